#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "model/configuration.h"
#include "store/view.h"

namespace muster {

/// One pending export and where it stands in the order of sending.
struct ExportRef {
    ObjectId object;
    std::uint32_t rank = 0;   ///< of its type: referred types first
    std::uint32_t depth = 0;  ///< components of its name: parents first
    std::uint32_t level = 0;  ///< among creations of one rank and depth: referred objects first
    bool refused = false;     ///< before: goes after those that were not yet

    /// Whether two may be on their way at the same time.
    bool goes_with(const ExportRef& other) const {
        return rank == other.rank && depth == other.depth && level == other.level;
    }
};

/// The rank of each type of a system: one more than the highest of those it refers to.
std::map<TypeId, std::uint32_t> type_ranks(const Schema& schema, SpaceId system);

/// Components of a DN; zero for other names.
std::uint32_t name_depth(std::string_view name);

/// Sets the levels of creations, so that what an object refers to is created before it and the
/// links go out with the creation. Objects that refer to each other in a circle, and the ends of
/// very long chains, share the last level: their links have to follow later. Reads all pending
/// links of the creations once.
void set_levels(View& view, std::vector<ExportRef>& creations);

/// What a rename or a change of the anchor gives up and what it takes.
struct Move {
    Digest from;
    Digest to;
};

/// Sets the levels of moves, `moves` beside them: what gives up a name goes before what takes it.
/// Those that wait for each other in a circle share a level.
void set_levels(std::span<ExportRef> refs, std::span<const Move> moves);

/// Sorts by rank, depth, level, whether it was refused, and object.
void sort_exports(std::vector<ExportRef>& refs);

}  // namespace muster
