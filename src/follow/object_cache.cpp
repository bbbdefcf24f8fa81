#include "follow/object_cache.h"

#include <utility>

namespace muster {
namespace {

constexpr std::size_t kTidied = 10'000;  // cleared objects freed between two looks at the log

}  // namespace

void ObjectSource::load(ObjectsById, std::span<const ObjectId> ids,
                        std::vector<std::optional<Object>>& objects) {
    std::vector<Object> read;
    views_.with([&](View& view) { view.hydrate(ids, read); });
    objects.reserve(read.size());
    for (Object& object : read)
        objects.push_back(object.id ? std::optional(std::move(object)) : std::nullopt);
}

// Between finding the id and reading the object its anchor may have moved: nobody has it then.
void ObjectSource::load(ObjectsByAnchor, std::span<const ObjectsByAnchor::Owned> anchors,
                        std::vector<std::optional<Object>>& objects) {
    std::vector<Object> read;
    views_.with([&](View& view) {
        std::vector<ObjectId> ids(anchors.size());
        for (std::size_t i = 0; i < anchors.size();) {
            std::vector<std::string_view> same_type;
            const TypeId type = anchors[i].type;
            const std::size_t first = i;
            for (; i < anchors.size() && anchors[i].type == type; ++i)
                same_type.push_back(anchors[i].anchor);
            view.lookup(type, same_type, std::span(ids).subspan(first, same_type.size()));
        }
        view.hydrate(ids, read);
    });
    objects.reserve(read.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        const bool same = read[i].id && ObjectsByAnchor::of(read[i]) == AnchorKey(anchors[i]);
        objects.push_back(same ? std::optional(std::move(read[i])) : std::nullopt);
    }
}

ObjectCache::ObjectCache(Store& store, LogFollower& follower, EntityOptions options)
    : ObjectCache(std::make_unique<ObjectSource>(store), follower, options) {}

ObjectCache::ObjectCache(std::unique_ptr<ObjectSource> source, LogFollower& follower,
                         EntityOptions options)
    : EntityCache(*source, &follower.freshness(), options),
      source_(std::move(source)),
      follower_(follower) {
    follower_.subscribe(*this);
}

ObjectCache::~ObjectCache() {
    follower_.unsubscribe(*this);
}

void ObjectCache::changed(std::span<const Change> changes) {
    std::vector<ObjectId> ids;
    ids.reserve(changes.size());
    for (const Change& change : changes)
        ids.push_back(change.object);
    changed(std::span<const ObjectId>(ids));
}

void ObjectCache::tidy() {
    collect(kTidied);
}

}  // namespace muster
