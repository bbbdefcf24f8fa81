#pragma once

#include <memory>
#include <string>

#include "run/step.h"

namespace muster {

/// What a run holds as long as it lives: whoever gets it knows that it is dead. Throws
/// Error(store).
std::unique_ptr<StoreLock> hold_run(Store& store, ActivityId run);

/// Ends the activities of runs that were killed: nobody else will.
void end_killed_runs(const RunContext& context, View& view);

}  // namespace muster
