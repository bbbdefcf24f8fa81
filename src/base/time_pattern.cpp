#include <date/date.h>

#include <sstream>

#include "base/time.h"

namespace muster {

namespace {

constexpr std::size_t kPatternBytes = 256;

/// True where the pattern holds none but these conversions: the others depend on a locale or a time
/// zone, or take widths.
bool has_only(std::string_view conversions, std::string_view pattern) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '%') {
            continue;
        }
        ++i;
        if (i == pattern.size() || conversions.find(pattern[i]) == std::string_view::npos) {
            return false;
        }
    }
    return pattern.size() <= kPatternBytes;
}

}  // namespace

std::optional<std::string> format_instant(Instant t, std::string_view pattern) {
    if (!has_only("YymdejHIpMSaAbB%", pattern)) {
        return std::nullopt;
    }
    return date::format(std::locale::classic(), std::string(pattern),
                        date::floor<std::chrono::seconds>(t));
}

std::optional<Instant> parse_instant(std::string_view text, std::string_view pattern) {
    if (!has_only("YymdeHMSbB%", pattern)) {
        return std::nullopt;
    }
    std::istringstream in{std::string(text)};
    in.imbue(std::locale::classic());
    date::sys_seconds t;
    in >> date::parse(std::string(pattern), t);
    if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) {
        return std::nullopt;
    }
    // Four digits are what can be written again.
    return parse_instant(format_instant(t)) == t ? std::optional<Instant>(t) : std::nullopt;
}

}  // namespace muster
