#pragma once

#include <vector>

#include "run/run.h"

namespace muster {

/// What is pending for every system that rules write to, and what the run's steps have done there.
std::vector<TargetSummary> summarize_targets(const Configuration& configuration, View& view,
                                             const std::vector<StepSummary>& steps);

}  // namespace muster
