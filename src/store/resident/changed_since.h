#pragma once

#include <optional>
#include <vector>

#include "store/resident/resident_spaces.h"

namespace muster::resident {

/// What became of a store since a commit: the objects that were changed, as they stand now.
struct Changed {
    CommitNumber last;  ///< everything up to it is in here
    std::vector<Present> objects;
    Keys keys;
};

/// Reads what other commits have changed after `after`, and the objects of `ids` in any case.
/// Nothing where the log no longer tells, or tells of so much that reading everything costs less.
std::optional<Changed> changed_since(View& view, const Schema& schema, CommitNumber after,
                                     std::vector<ObjectId> ids);

}  // namespace muster::resident
