#pragma once

#include <functional>
#include <string>

#include "world/world.h"

namespace muster::testing {

/// Holds a world against a property: empty where it has it, else what is wrong.
using Property = std::function<std::string(const World&)>;

/// Tries a property on `count` random worlds. The first world that does not have it is made as
/// small as it goes and reported as a test failure, with its seed. Environment: MUSTER_SEED tries
/// that seed alone, MUSTER_WORLDS another number of worlds.
void explore(Manner manner, std::uint64_t first_seed, std::size_t count, const Property& property);

}  // namespace muster::testing
