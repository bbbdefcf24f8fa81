#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "cache/entity_cache.h"
#include "follow/log_follower.h"
#include "follow/view_pool.h"

namespace muster {

/// What a connected system calls an object, or nothing (ObjectCache finds no object by that).
struct AnchorKey {
    TypeId type;
    std::string_view anchor;
    friend bool operator==(const AnchorKey&, const AnchorKey&) = default;
};

struct ObjectsById {
    using Key = ObjectId;
    using Owned = ObjectId;
    static bool has(const Object&) { return true; }
    static ObjectId of(const Object& object) { return object.id; }
    static std::size_t hash(ObjectId id) { return std::hash<ObjectId>{}(id); }
};

struct ObjectsByAnchor {
    using Key = AnchorKey;
    struct Owned {
        TypeId type;
        std::string anchor;
        explicit Owned(const AnchorKey& key) : type(key.type), anchor(key.anchor) {}
        operator AnchorKey() const {
            return {type, anchor};
        }  // NOLINT(google-explicit-constructor)
        friend bool operator==(const Owned&, const Owned&) = default;
    };
    static bool has(const Object& object) { return !object.anchor.empty(); }
    static AnchorKey of(const Object& object) { return {object.type, object.anchor}; }
    static std::size_t hash(const AnchorKey& key) {
        return std::hash<std::string_view>{}(key.anchor) ^ std::hash<TypeId>{}(key.type);
    }
};

/// Reads objects from a store; thread-safe.
class ObjectSource {
 public:
    explicit ObjectSource(Store& store) : views_(store) {}
    void load(ObjectsById, std::span<const ObjectId> ids,
              std::vector<std::optional<Object>>& objects);
    void load(ObjectsByAnchor, std::span<const ObjectsByAnchor::Owned> anchors,
              std::vector<std::optional<Object>>& objects);

 private:
    ViewPool views_;
};

struct ObjectTraits {
    using Value = Object;
    using Keys = std::tuple<ObjectsById, ObjectsByAnchor>;
    using Source = ObjectSource;
    static std::size_t weight(const Object& object) {
        return object.anchor.capacity() + object.name.capacity() + object.attributes.held_bytes();
    }
};

/// The objects of a store, for reading: connector and metaverse objects by id or by anchor, kept as
/// long as there is room and the log says nothing of them.
///
/// What the log does not tell of an object may be older in here: its payload digest, and whether it
/// is to be retried or waits to be joined. Who writes reads the store.
class ObjectCache : public LogSubscriber, public EntityCache<ObjectTraits> {
 public:
    /// Store and follower must outlive it.
    ObjectCache(Store& store, LogFollower& follower, EntityOptions options = {});
    ~ObjectCache() override;

    // LogSubscriber
    using EntityCache<ObjectTraits>::changed;
    void changed(std::span<const Change> changes) override;
    void reset() noexcept override { clear(); }
    void tidy() override;

 private:
    ObjectCache(std::unique_ptr<ObjectSource> source, LogFollower& follower, EntityOptions options);

    std::unique_ptr<ObjectSource> source_;
    LogFollower& follower_;
};

}  // namespace muster
