#include "run/kept_links.h"

#include <algorithm>

namespace muster {

namespace {

/// Those of the objects that a type gone from the configuration keeps.
std::vector<ObjectId> kept_by_forgotten(const SyncState& state, View& view,
                                        std::span<const ObjectId> ids) {
    std::vector<Identity> identities;
    view.identify(ids, identities);
    std::vector<ForgottenJoin> joins;
    view.forgotten(ids, joins);
    std::vector<ObjectId> kept;
    for (const auto& join : joins) {
        const auto& object = *std::ranges::find(identities, join.metaverse, &Identity::id);
        if (object.type && !is_leaving(object.state) &&
            state.keepers.keeper_of(object.type, is_unclaimed(object.state), join.system,
                                    join.type)) {
            kept.push_back(join.metaverse);
        }
    }
    return kept;
}

/// Takes away those that a source of the configuration has as well.
void drop_claimed(const SyncState& state, View& view, std::vector<ObjectId>& ids) {
    std::vector<Join> joins;
    view.connectors(ids, joins);
    const auto types = state.types_of(view, ids);
    const auto& schema = state.step.schema();
    std::vector<ObjectId> claimed;
    for (const auto& join : joins) {
        const auto at =
            static_cast<std::size_t>(std::ranges::find(ids, join.metaverse) - ids.begin());
        const auto& sources = state.book.metaverse_type(types[at]).deletion_sources;
        if (std::ranges::count(sources, schema.space_of(join.type)) > 0) {
            claimed.push_back(join.metaverse);
        }
    }
    std::erase_if(ids, [&](ObjectId id) { return std::ranges::count(claimed, id) > 0; });
}

}  // namespace

void keep_links(const SyncState& state, View& view, std::vector<LinkChange>& changes) {
    if (state.keepers.gone().empty()) {
        return;
    }
    std::vector<ObjectId> ends;
    for (const auto& change : changes) {
        if (!change.opened && change.target) {
            ends.push_back(change.target);
        }
    }
    std::ranges::sort(ends);
    const auto repeated = std::ranges::unique(ends);
    ends.erase(repeated.begin(), repeated.end());
    if (ends.empty()) {
        return;
    }
    auto kept = kept_by_forgotten(state, view, ends);
    if (kept.empty()) {
        return;
    }
    drop_claimed(state, view, kept);
    std::erase_if(changes, [&](const LinkChange& change) {
        return !change.opened && std::ranges::count(kept, change.target) > 0;
    });
}

}  // namespace muster
