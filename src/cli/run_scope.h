#pragma once

#include "cli/console.h"
#include "cli/options.h"
#include "run/run.h"

namespace muster {

// What `run` and `preview` share.

/// The options of a run over the scope. Throws Error(usage) for an unknown system.
RunOptions run_options(const Configuration& configuration, const Scope& scope);

/// A line a step with its counters, then what went wrong, the items and what is held.
void print_summary(const Console& console, const Schema& schema, const RunSummary& summary);

}  // namespace muster
