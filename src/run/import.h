#pragma once

#include "run/step.h"
#include "run/workers.h"

namespace muster {

/// Reads a connected system into its space: what is new, changed or gone there. Writes nothing
/// else. A read that was not complete deletes nothing, and marks the step as failed. Throws
/// Error(connection | data | store | cancelled); what was committed so far stays. Returns what the
/// operator should know of it.
std::string import_system(Step& step, Workers& workers, Connector& connector, SpaceId system);

/// Looks at the given objects of a system again, to confirm what was sent to them or to settle what
/// became of it.
void confirm_objects(Step& step, Workers& workers, Connector& connector, SpaceId system,
                     std::span<const ObjectId> objects);

/// Why the last read of a system did not show all of it: a fact of the store, that stands until a
/// read was complete. Empty where it was.
std::string incomplete_read(View& view, const Schema& schema, SpaceId system);
void note_incomplete_read(Step& step, View& view, SpaceId system, std::string_view because);

}  // namespace muster
