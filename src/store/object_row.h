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

/// What names are looked up by; whoever finds a row by it compares the names themselves. Names that
/// directories tell apart may have one key.
inline std::int64_t name_key(std::string_view normalised) {
    return std::bit_cast<std::int64_t>(digest(fold_dn(normalised)).low);
}

inline std::optional<std::int64_t> name_key_of(const std::string& name) {
    return name.empty() ? std::nullopt : std::optional(name_key(normalize_dn(name)));
}

inline Digest digest_of(std::int64_t low, std::int64_t high) {
    return {std::bit_cast<std::uint64_t>(low), std::bit_cast<std::uint64_t>(high)};
}

/// Reads flags, joined, commit, provenance, due and both halves of the payload digest, from column
/// `first` on.
template <class Row, class Column>
void read_object_facts(const Row& row, Column first, Object& object) {
    const std::int64_t flags = row.integer(first);
    object.state = state_of(flags);
    object.unconfirmed = (flags & kUnconfirmed) != 0;
    object.retry = (flags & kRetry) != 0;
    object.waiting = (flags & kWaiting) != 0;
    object.joined = row.template id<ObjectId>(first + 1);
    object.commit = row.template id<CommitNumber>(first + 2);
    object.provenance = static_cast<std::uint32_t>(row.integer(first + 3));
    object.due =
        row.null(first + 4) ? std::nullopt : std::optional<Instant>(row.instant(first + 4));
    object.payload = digest_of(row.integer(first + 5), row.integer(first + 6));
}

/// NULL for "none", so that partial indexes leave it out.
template <class Tag, class Rep>
std::optional<Rep> or_null(Id<Tag, Rep> id) {
    return id ? std::optional(id.value) : std::nullopt;
}
inline std::optional<std::string_view> or_null(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace muster
