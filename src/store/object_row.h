#pragma once

#include <bit>
#include <optional>
#include <string_view>

#include "base/dn.h"
#include "base/hash.h"
#include "model/object.h"

namespace muster {

// object.flags: the state in the lowest three bits, then these. The partial indexes of the tables
// and the queries that use them have the numbers spelled out.
inline constexpr std::int64_t kStateBits = 7;
inline constexpr std::int64_t kUnconfirmed = 8;
inline constexpr std::int64_t kRetry = 16;
inline constexpr std::int64_t kWaiting = 32;

inline std::int64_t flags_of(const Object& object) {
    return static_cast<std::int64_t>(object.state) | (object.unconfirmed ? kUnconfirmed : 0) |
           (object.retry ? kRetry : 0) | (object.waiting ? kWaiting : 0);
}

inline ObjectState state_of(std::int64_t flags) {
    return static_cast<ObjectState>(flags & kStateBits);
}

/// What names are looked up by; whoever finds a row by it compares the names themselves.
inline std::int64_t name_key(std::string_view normalised) {
    return std::bit_cast<std::int64_t>(digest(normalised).low);
}

inline std::optional<std::int64_t> name_key_of(const std::string& name) {
    return name.empty() ? std::nullopt : std::optional(name_key(normalize_dn(name)));
}

}  // namespace muster
