#include "follow/anchor_cache.h"

#include <string>
#include <vector>

#include "model/delta.h"

namespace muster {
namespace {

Digest key_of(TypeId type, std::string_view anchor) {
    return digest(anchor, type.value);
}

}  // namespace

AnchorCache::AnchorCache(Store& store, const Schema& schema, SpaceId system, LogFollower& follower,
                         std::size_t budget_bytes)
    : schema_(schema),
      system_(system),
      follower_(follower),
      views_(store),
      ids_(&follower.freshness(), budget_bytes) {
    follower_.subscribe(*this);
}

AnchorCache::~AnchorCache() {
    follower_.unsubscribe(*this);
}

void AnchorCache::lookup(TypeId type, std::span<const std::string_view> anchors,
                         std::span<ObjectId> ids, CommitNumber at_least) {
    std::vector<Digest> keys;
    keys.reserve(anchors.size());
    for (const std::string_view anchor : anchors)
        keys.push_back(key_of(type, anchor));
    const auto load = [&](std::span<const std::size_t> missing, std::span<ObjectId> found) {
        std::vector<std::string_view> asked;
        asked.reserve(missing.size());
        for (const std::size_t i : missing)
            asked.push_back(anchors[i]);
        views_.with([&](View& view) { view.lookup(type, asked, found); });
    };
    ids_.get(keys, ids, load, at_least);
}

bool AnchorCache::warm() {
    bool fits = false;
    views_.with([&](View& view) {
        fits = ids_.warm([&](const std::function<void(const LookupCache::Key&)>& each) {
            view.index(system_, [&](const IndexRow& row) {
                if (!row.anchor.empty())
                    each({key_of(row.type, row.anchor), row.id});
            });
        });
    });
    return fits;
}

void AnchorCache::changed(std::span<const Change> changes) {
    learn(changes);
    for (const Change& change : changes)
        if (change.kind != ChangeKind::create && schema_.space_of(change.type) == system_)
            follow(change);
}

// What was created is asked for as it is now: what became of it since is told after this.
void AnchorCache::learn(std::span<const Change> changes) {
    std::vector<ObjectId> created;
    std::vector<TypeId> types;
    for (const Change& change : changes) {
        if (change.kind != ChangeKind::create || schema_.space_of(change.type) != system_)
            continue;
        created.push_back(change.object);
        types.push_back(change.type);
    }
    if (created.empty())
        return;
    std::vector<Identity> identities;
    views_.with([&](View& view) { view.identify(created, identities); });
    std::vector<LookupCache::Key> keys;
    for (std::size_t i = 0; i < created.size(); ++i)
        if (!identities[i].anchor.empty())
            keys.push_back({key_of(types[i], identities[i].anchor), created[i]});
    ids_.change({}, keys);
}

void AnchorCache::follow(const Change& change) {
    const Delta delta = decode_delta(change.delta, change.type, schema_);
    if (!delta.anchor)
        return;
    const LookupCache::Key before{key_of(change.type, delta.anchor->first), change.object};
    const LookupCache::Key after{key_of(change.type, delta.anchor->second), change.object};
    ids_.change({&before, 1}, {&after, delta.anchor->second.empty() ? 0u : 1u});
}

}  // namespace muster
