#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/configuration.h"
#include "run/step.h"
#include "store/store.h"

namespace muster {

/// Named fact of a system: something of it may be refused and waiting. Saves everybody else from
/// looking through what is planned.
std::string refused_meta(const Schema& schema, SpaceId system);

/// What waits after its system refused it, of every system that has any.
std::vector<Refusals> refusals(const Configuration& configuration, View& view);

/// Stores of earlier versions gave up after some refusals: what they did is taken for planned.
/// Throws Error(store | busy).
void take_up_failed(const RunContext& context, View& view);

}  // namespace muster
