#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <span>
#include <vector>

#include "run/sync_state.h"

namespace muster {

/// The metaverse objects that a page of connector objects may join, and what is joined to them:
/// asked for once a page.
class MatchedObjects {
 public:
    /// Loads a page, in place of the one before. Of the metaverse objects in `fed` their connector
    /// objects are read as well, those that this sync has joined included. Blocks.
    void load(const SyncState& state, std::vector<ObjectId> matched, std::vector<ObjectId> fed);

    /// Takes in a connector object of the page itself, which must stay where it is until the next.
    void add(const Object& connector) { connectors_.emplace(connector.id, &connector); }

    /// What the store has joined to a metaverse object.
    std::span<const Join> joins(ObjectId metaverse) const;
    /// Whether a connector object among these joins is only planned: the system has not shown it.
    bool planned(ObjectId connector) const { return planned_.contains(connector); }
    /// A connector object of one in `fed`, or of the page.
    const Object& connector(ObjectId id) const;

 private:
    void look_up_planned(const SyncState& state);

    std::vector<Join> joins_;  ///< ascending
    boost::unordered_flat_set<ObjectId> planned_;
    std::vector<Object> loaded_;
    boost::unordered_flat_map<ObjectId, const Object*> connectors_;
};

}  // namespace muster
