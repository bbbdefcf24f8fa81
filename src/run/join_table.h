#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <span>
#include <vector>

#include "store/store.h"

namespace muster {

/// Every join of the store, for a sync that looks at all of them: read once, kept current by what
/// the sync itself writes. About 50 bytes a join.
class JoinTable {
 public:
    /// Blocks while it reads all joins.
    explicit JoinTable(View& view);

    /// The metaverse object of a connector object; none where it has none.
    ObjectId joined(ObjectId connector) const;

    /// Like View::connectors; asks `view` only for metaverse objects whose joins have changed.
    void connectors(View& view, std::span<const ObjectId> metaverse,
                    std::vector<Join>& joins) const;

    /// To be told of everything that is committed.
    void note(const ChangeSet& changes);

 private:
    boost::unordered_flat_map<ObjectId, ObjectId> metaverse_of_;
    std::vector<Join> joins_;                    ///< as they were when read; ascending
    boost::unordered_flat_set<ObjectId> moved_;  ///< metaverse objects of which joins_ is outdated
};

}  // namespace muster
