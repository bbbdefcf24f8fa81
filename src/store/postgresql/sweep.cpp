#include "store/export_row.h"
#include "store/postgresql/writer.h"

namespace muster::postgresql {
namespace {

// Rows of one system ($1), type ($2) and kind ($3)
constexpr const char* kMoveRows =
    "UPDATE export SET state = $5::bigint, released = $6::bigint WHERE space = $1::bigint::int AND "
    "type = $2::bigint::int AND kind = $3::bigint::int AND state = $4::bigint::int AND "
    "(released = 0 OR $6::bigint = 1) AND (kind <> 1 OR delta <> '')";

// Links to be taken away, of and to objects that are not to be deleted themselves
constexpr const char* kMoveRemovals =
    "UPDATE export_link l SET state = $4::bigint, released = $5::bigint WHERE adds = 0 AND "
    "(target = 0 OR text_key = 0) AND state = $3::bigint AND (released = 0 OR $5::bigint = 1) AND "
    "object IN (SELECT object FROM export WHERE space = $1::bigint::int AND "
    "type = $2::bigint::int AND kind <> 3) AND NOT EXISTS "
    "(SELECT FROM export d WHERE d.object = l.target AND d.kind = 3)";

}  // namespace

void Writer::queue_sweep(const ExportSweep& sweep) {
    const std::int64_t system = names_.stored(sweep.system);
    const std::int64_t type = names_.stored(sweep.type);
    const SweepMove move = move_of(sweep.to);
    if (sweep.kind == LimitKind::removals) {
        queue(kMoveRemovals, Parameters(system, type, move.from, move.to, move.release));
        return;
    }
    queue(kMoveRows,
          Parameters(system, type, kind_of(sweep.kind), move.from, move.to, move.release));
}

}  // namespace muster::postgresql
