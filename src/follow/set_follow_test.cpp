// Whole sets fed by the log of another process's writes: counts that stay the same, tables that
// were empty, and what depends on another type.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cache/set_cache.h"
#include "follow/follow_testing.h"
#include "follow/object_cache.h"

namespace muster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// All objects of one type.
class ObjectsOfType {
 public:
    ObjectsOfType(Store& store, TypeId type) : views_(store), type_(type) {}
    void load_all(std::vector<Object>& objects) {
        ++queries;
        views_.with([&](View& view) {
            std::vector<ObjectId> ids;
            view.objects(type_, {}, 1'000, ids);
            view.hydrate(ids, objects);
        });
    }
    int queries = 0;

 private:
    ViewPool views_;
    TypeId type_;
};

struct SetTraits {
    using Value = Object;
    using Keys = std::tuple<ObjectsById, ObjectsByAnchor>;
    using Source = ObjectsOfType;
    static std::size_t weight(const Object& object) { return object.attributes.held_bytes(); }
};

/// A set that ends with any change of the types it depends on.
class FollowedSet : public LogSubscriber {
 public:
    FollowedSet(Store& store, LogFollower& follower, TypeId type, std::set<TypeId> depends_on)
        : source(store, type), depends_on_(std::move(depends_on)), follower_(follower) {
        depends_on_.insert(type);
        follower_.subscribe(*this);
    }
    ~FollowedSet() override { follower_.unsubscribe(*this); }
    void changed(std::span<const Change> changes) override {
        for (const Change& change : changes)
            if (depends_on_.contains(change.type))
                return cache.clear();
    }
    void reset() noexcept override { cache.clear(); }

    std::vector<std::string> anchors() {
        std::vector<std::string> all;
        for (const Object& object : cache.all()->rows())
            all.push_back(object.anchor);
        return all;
    }

    ObjectsOfType source;

 private:
    std::set<TypeId> depends_on_;
    LogFollower& follower_;

 public:
    SetCache<SetTraits> cache{source, &follower_.freshness(), 1 << 20};
};

class SetFollowTest : public Followed {
 public:
    const TypeId group = type("directory", "group");
    LogFollower follower{*there, schema};
    FollowedSet groups{*there, follower, group, {}};
    FollowedSet users{*there, follower, user, {group}};
};

TEST_F(SetFollowTest, OneLessAndOneMoreIsAnotherSet) {
    const Object a = make(group, "a");
    create(a);
    create(make(group, "b"));
    follower.step();
    EXPECT_THAT(groups.anchors(), ElementsAre("a", "b"));
    erase(a.id);
    create(make(group, "c"));
    follower.step();
    EXPECT_THAT(groups.anchors(), ElementsAre("b", "c"));
    EXPECT_FALSE(groups.cache.exists<ObjectsByAnchor>({group, "a"}));
}

TEST_F(SetFollowTest, AnEmptyTableIsReadOnceUntilSomethingIsCreated) {
    for (int i = 0; i < 100; ++i)
        EXPECT_THAT(groups.anchors(), IsEmpty());
    EXPECT_EQ(groups.source.queries, 1);
    create(make(group, "a"));
    follower.step();
    EXPECT_THAT(groups.anchors(), ElementsAre("a"));
    EXPECT_EQ(groups.source.queries, 2);
}

TEST_F(SetFollowTest, DependantsFollowAndTheRestStays) {
    make_user("u");
    create(make(group, "g"));
    follower.step();
    EXPECT_THAT(users.anchors(), ElementsAre("u"));
    EXPECT_THAT(groups.anchors(), ElementsAre("g"));
    make_user("v");
    follower.step();
    EXPECT_THAT(groups.anchors(), ElementsAre("g"));
    EXPECT_EQ(groups.source.queries, 1) << "groups do not depend on users";
    EXPECT_THAT(users.anchors(), ElementsAre("u", "v"));
    create(make(group, "h"));
    follower.step();
    EXPECT_THAT(users.anchors(), ElementsAre("u", "v"));
    EXPECT_EQ(users.source.queries, 3) << "users depend on groups";
}

}  // namespace
}  // namespace muster::testing
