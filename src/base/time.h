#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

/// A moment in UTC, to the microsecond.
using Instant = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// The present. The only place that reads the wall clock; runs take the moment once and pass it on.
Instant now();

/// `2026-03-01T09:30:00Z`, with a fraction only where it is not zero and no trailing zeros in it.
std::string format_instant(Instant t);

/// By a pattern of text and %Y %y %m %d %e %j %H %I %p %M %S %a %A %b %B %% (English names, UTC).
/// Nothing where the pattern holds any other conversion.
std::optional<std::string> format_instant(Instant t, std::string_view pattern);

/// Reads ISO 8601: a date, optionally `T` or blank and a time with or without seconds and fraction
/// (to the microsecond; more digits must be zero), optionally `Z` or an offset. Without an offset
/// it is UTC. Nothing where it is anything else or the day does not exist.
std::optional<Instant> parse_instant(std::string_view text);

/// Reads a date, or a date and time in UTC, written by a pattern of text and %Y %y %m %d %e %H %M
/// %S %b %B %%. Nothing where the text is not so written or the pattern holds any other conversion.
std::optional<Instant> parse_instant(std::string_view text, std::string_view pattern);

/// RFC 4517 GeneralizedTime (`20260301093000Z`, fractions and offsets allowed), as LDAP has it.
std::optional<Instant> parse_generalized_time(std::string_view text);
std::string format_generalized_time(Instant t);

}  // namespace muster
