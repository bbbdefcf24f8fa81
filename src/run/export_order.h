#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "model/configuration.h"
#include "store/view.h"

namespace muster {

/// One pending export and where it stands in the order of sending.
struct ExportRef {
    ObjectId object;
    std::uint32_t rank = 0;   ///< of its type: referred types first
    std::uint32_t depth = 0;  ///< components of its name: parents first
    std::uint32_t level = 0;  ///< among creations of one rank and depth: referred objects first

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

/// Sorts by rank, depth, level and object.
void sort_exports(std::vector<ExportRef>& refs);

}  // namespace muster
