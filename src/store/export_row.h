#pragma once

#include "store/store.h"

namespace muster {

// What a row of the export table says, the same in every store.

/// From which state a sweep takes rows, where it brings them, and whether that releases them.
struct SweepMove {
    ExportState from;
    ExportState to;
    bool release;
};

SweepMove move_of(ExportSweep::To to);

/// The kind of row a limit is about; removals are links, not rows.
ExportKind kind_of(LimitKind limit);

/// The limit for a kind of row.
LimitKind limit_of(ExportKind kind);

/// Reads kind, state, released, attempts, cause and planned, from column `first` on.
template <class Row, class Column>
void read_export_facts(const Row& row, Column first, Export& result) {
    result.kind = row.template as<ExportKind>(first);
    result.state = row.template as<ExportState>(first + 1);
    result.released = row.integer(first + 2) != 0;
    result.attempts = static_cast<int>(row.integer(first + 3));
    result.cause = row.template id<ObjectId>(first + 4);
    result.planned = row.template id<CommitNumber>(first + 5);
}

}  // namespace muster
