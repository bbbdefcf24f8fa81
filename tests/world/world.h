#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "run/run.h"
#include "world/memory_system.h"
#include "world/random_configuration.h"

namespace muster::testing {

/// What somebody else has references of a target lead to.
inline const std::string kForeign = "cn=foreign,ou=x";

/// Something that people do in a connected system.
struct Edit {
    enum class Kind : std::uint8_t {
        put,           ///< adds the row, or replaces the one with its anchor
        repeat,        ///< adds the row even where its anchor is taken
        remove,        ///< removes every row with the anchor
        empty,         ///< removes every row of the type
        drift_remove,  ///< in a target: removes the row with that `id`
        drift_set,     ///< in a target: gives one attribute of it other values
        // What only a hostile world has:
        shuffle,       ///< shows the rows in another order
        rebuild,       ///< in a target: as MemorySystem::rebuild
        respell,       ///< in a target: of the attributes that `row` has, see MemorySystem::respelt
        refuse,        ///< in a target: nothing is done any more about objects with that `id`
        accept,        ///< in a target: is done again
        drift_rename,  ///< in a target: the row with that `id` gets the name of `row`
        drift_foreign,  ///< in a target: references of `row` are added to that with that `id`
    };
    Kind kind = Kind::put;
    SpaceId system;
    Row row;  ///< put, repeat: all of it; remove: type and anchor; drift: type and the values
    std::string id;  ///< drift
};

/// A call of run(), some time after the one before.
struct Run {
    std::chrono::hours later{0};
    std::vector<SpaceId> systems;  ///< empty: all
    std::vector<SpaceId> accept_incomplete;
    bool import = true;
    bool sync = true;
    bool exports = true;
    bool full = false;
    std::vector<TypeId> truncated;  ///< connector types of which a read misses objects
};

struct Step {
    std::vector<Edit> edits;
    Run run;
};

/// A configuration, and what happens in time. Plain data, so that a world that fails can be made
/// smaller and printed.
struct World {
    Configuration configuration;
    std::vector<SpaceId> sources;
    std::vector<SpaceId> targets;
    std::vector<Step> steps;
};

/// The world of a seed: the same on every machine.
World random_world(std::uint64_t seed, Manner manner);

/// What is outside: the connected systems, by space.
using Systems = std::map<SpaceId, MemorySystem>;
Systems make_systems(const Configuration& configuration);

/// As long as it lives, reads of the types miss objects.
class Truncation {
 public:
    Truncation(const std::vector<TypeId>& types, const Schema& schema, Systems& systems);
    ~Truncation();
    Truncation(const Truncation&) = delete;
    Truncation& operator=(const Truncation&) = delete;

 private:
    const std::vector<TypeId>& types_;
    const Schema& schema_;
    Systems& systems_;
};

void apply(const Edit& edit, const Configuration& configuration, Systems& systems);

/// The moment of a step's run.
Instant moment(const World& world, std::size_t step);

/// For people: the configuration in the words of muster.yaml and the steps one a line.
std::string describe(const World& world);
std::string describe(const Configuration& configuration);
std::string describe(const Row& row, const Schema& schema);

}  // namespace muster::testing
