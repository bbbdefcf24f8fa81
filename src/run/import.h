#pragma once

#include "run/step.h"
#include "run/workers.h"

namespace muster {

/// Reads a connected system into its space: what is new, changed or gone there. Writes nothing
/// else. Deletes nothing where the read was not complete. Throws Error(connection | data | store |
/// cancelled); what was committed so far stays.
void import_system(Step& step, Workers& workers, Connector& connector, SpaceId system);

/// Looks at the given objects of a system again, to confirm what was sent to them or to settle what
/// became of it.
void confirm_objects(Step& step, Workers& workers, Connector& connector, SpaceId system,
                     std::span<const ObjectId> objects);

}  // namespace muster
