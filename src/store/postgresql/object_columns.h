#pragma once

namespace muster::postgresql {

/// What PostgresqlView::read_object reads, from column 1 on, of object `o`.
inline constexpr const char* kObjectSelect =
    "o.id, o.type, o.flags, o.joined, o.commit_no, o.provenance, o.due, o.payload_low, "
    "o.payload_high, o.anchor, o.name, o.attributes";

}  // namespace muster::postgresql
