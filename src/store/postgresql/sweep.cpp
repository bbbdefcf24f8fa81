#include "store/export_row.h"
#include "store/postgresql/writer.h"

namespace muster::postgresql {
namespace {

// Rows of one system ($1), type ($2) and kind ($3)
constexpr const char* kMoveRows =
    "UPDATE export SET state = $5::bigint, released = $6::bigint WHERE space = $1::bigint::int AND "
    "type = $2::bigint::int AND kind = $3::bigint::int AND state = $4::bigint::int AND "
    "(released = 0 OR $6::bigint = 1)";
constexpr const char* kDiscardLinksOfRows =
    "DELETE FROM export_link WHERE object IN (SELECT object FROM export WHERE space = "
    "$1::bigint::int AND type = $2::bigint::int AND kind = $3::bigint::int AND state = 2)";
constexpr const char* kDiscardRows =
    "DELETE FROM export WHERE space = $1::bigint::int AND type = $2::bigint::int AND "
    "kind = $3::bigint::int AND state = 2";

// Links to be taken away, of objects that are not to be deleted themselves
constexpr const char* kMoveRemovals =
    "UPDATE export_link SET state = $4::bigint, released = $5::bigint WHERE adds = 0 AND "
    "(target = 0 OR text_key = 0) AND state = $3::bigint AND (released = 0 OR $5::bigint = 1) AND "
    "object IN (SELECT object FROM export WHERE space = $1::bigint::int AND "
    "type = $2::bigint::int AND kind <> 3)";
constexpr const char* kDiscardRemovals =
    "DELETE FROM export_link WHERE adds = 0 AND (target = 0 OR text_key = 0) AND state = 2 AND "
    "object IN (SELECT object FROM export WHERE space = $1::bigint::int AND "
    "type = $2::bigint::int AND kind <> 3)";
constexpr const char* kDropEmptied =
    "DELETE FROM export e WHERE e.space = $1::bigint::int AND e.type = $2::bigint::int AND "
    "e.kind = 1 AND e.delta = '' AND NOT EXISTS "
    "(SELECT FROM export_link l WHERE l.object = e.object)";

}  // namespace

void Writer::queue_sweep(const ExportSweep& sweep) {
    const std::int64_t system = names_.stored(sweep.system);
    const std::int64_t type = names_.stored(sweep.type);
    const bool discard = sweep.to == ExportSweep::To::discarded;
    if (sweep.kind == LimitKind::removals) {
        if (discard) {
            queue(kDiscardRemovals, Parameters(system, type));
            queue(kDropEmptied, Parameters(system, type));
            return;
        }
        const SweepMove move = move_of(sweep.to);
        queue(kMoveRemovals, Parameters(system, type, move.from, move.to, move.release));
        return;
    }
    const ExportKind kind = kind_of(sweep.kind);
    if (discard) {
        queue(kDiscardLinksOfRows, Parameters(system, type, kind));
        queue(kDiscardRows, Parameters(system, type, kind));
        return;
    }
    const SweepMove move = move_of(sweep.to);
    queue(kMoveRows, Parameters(system, type, kind, move.from, move.to, move.release));
}

}  // namespace muster::postgresql
