#include "run/matched_objects.h"

#include <algorithm>

#include "base/error.h"

namespace muster {

namespace {

void sort_once(std::vector<ObjectId>& ids) {
    std::ranges::sort(ids);
    const auto repeated = std::ranges::unique(ids);
    ids.erase(repeated.begin(), repeated.end());
}

}  // namespace

void MatchedObjects::load(const SyncState& state, std::vector<ObjectId> matched,
                          std::vector<ObjectId> fed) {
    sort_once(matched);
    sort_once(fed);
    joins_.clear();
    if (!matched.empty()) {
        state.view.connectors(matched, joins_);
    }
    look_up_planned(state);
    std::vector<ObjectId> ids;
    for (const auto metaverse : fed) {
        for (const auto& join : joins(metaverse)) {
            ids.push_back(join.connector);
        }
        if (const auto staged = state.joined_to.find(metaverse); staged != state.joined_to.end()) {
            ids.insert(ids.end(), staged->second.begin(), staged->second.end());
        }
    }
    connectors_.clear();
    loaded_.clear();
    if (!ids.empty()) {
        state.view.hydrate(ids, loaded_);
    }
    for (const auto& object : loaded_) {
        add(object);
    }
}

void MatchedObjects::look_up_planned(const SyncState& state) {
    planned_.clear();
    std::vector<ObjectId> targets;
    for (const auto& join : joins_) {
        if (state.book.is_written(join.type)) {
            targets.push_back(join.connector);
        }
    }
    if (targets.empty()) {
        return;
    }
    std::vector<Identity> identities;
    state.view.identify(targets, identities);
    for (const auto& identity : identities) {
        if (identity.state == ObjectState::provisioning) {
            planned_.insert(identity.id);
        }
    }
}

std::span<const Join> MatchedObjects::joins(ObjectId metaverse) const {
    const auto own = std::ranges::equal_range(joins_, metaverse, {}, &Join::metaverse);
    return {own.begin(), own.end()};
}

const Object& MatchedObjects::connector(ObjectId id) const {
    const auto at = connectors_.find(id);
    MUSTER_ASSERT(at != connectors_.end(), "connector object {} was not asked for", id.value);
    return *at->second;
}

}  // namespace muster
