#pragma once

#include <bit>

#include "base/hash.h"
#include "store/postgresql/rows.h"

namespace muster::postgresql {

/// What PostgresqlView::read_object reads, from column 1 on, of object `o`.
inline constexpr const char* kObjectSelect =
    "o.id, o.type, o.flags, o.joined, o.commit_no, o.provenance, o.due, o.payload_low, "
    "o.payload_high, o.anchor, o.name, o.attributes";

inline Digest digest_at(const Row& row, std::size_t column) {
    return {std::bit_cast<std::uint64_t>(row.integer(column)),
            std::bit_cast<std::uint64_t>(row.integer(column + 1))};
}

}  // namespace muster::postgresql
