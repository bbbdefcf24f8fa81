#include "follow/log_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "follow/follow_testing.h"

namespace muster::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Heard : public LogSubscriber {
 public:
    void changed(std::span<const Change> changes) override {
        if (throws)
            throw Error(ErrorCode::store, "cannot");
        for (const Change& change : changes)
            ids.push_back(change.object);
    }
    void reset() noexcept override { ++resets; }

    std::vector<ObjectId> ids;
    int resets = 0;
    bool throws = false;
};

class LogFollowerTest : public Followed {
 public:
    LogFollowerTest() { follower.subscribe(heard); }
    LogFollower follower{*there, schema};
    Heard heard;
};

TEST_F(LogFollowerTest, TellsOfAllSpacesInOrderOfCommits) {
    const Object a = make(type("metaverse", "person"));
    const Object b = make(user, "b");
    create(b);
    create(a);
    rename(b.id, "uid=b");
    follower.step();
    EXPECT_THAT(heard.ids, ElementsAre(b.id, a.id, b.id));
    EXPECT_EQ(follower.status().position, CommitNumber(3));
    EXPECT_EQ(follower.status().changes, 3u);
    follower.step();
    EXPECT_EQ(heard.ids.size(), 3u) << "nothing twice";
    EXPECT_EQ(heard.resets, 0);
}

TEST_F(LogFollowerTest, BeginsAtThePresent) {
    make_user("a");
    LogFollower late(*there, schema);
    Heard nothing;
    late.subscribe(nothing);
    late.step();
    EXPECT_THAT(nothing.ids, IsEmpty());
    EXPECT_EQ(late.freshness().position(), CommitNumber(1));
    EXPECT_TRUE(late.status().fresh);
    late.unsubscribe(nothing);
}

TEST_F(LogFollowerTest, AGapInTheLogIsAReset) {
    for (int i = 0; i < 5; ++i)
        make_user("u" + std::to_string(i));
    ASSERT_GT(store->forget(Instant(std::chrono::hours(24 * 365 * 1'000))), 0u);
    follower.step();
    EXPECT_EQ(heard.resets, 1);
    EXPECT_EQ(follower.freshness().position(), CommitNumber(5));
    const Object next = make_user("next");
    follower.step();
    EXPECT_THAT(heard.ids, ElementsAre(next.id));
}

TEST_F(LogFollowerTest, AFloodIsAReset) {
    ChangeSet flood;
    for (std::size_t i = 0; i <= limits::kFollowedChanges; ++i)
        flood.objects.push_back(creation(make(user, std::to_string(i))));
    commit(flood);
    follower.step();
    EXPECT_EQ(heard.resets, 1);
    EXPECT_THAT(heard.ids, IsEmpty());
    EXPECT_EQ(follower.freshness().position(), CommitNumber(1));
}

TEST_F(LogFollowerTest, WhoCannotApplyIsResetAndTheRestGoesOn) {
    heard.throws = true;
    Heard other;
    follower.subscribe(other);
    const Object a = make_user("a");
    follower.step();
    EXPECT_EQ(heard.resets, 1);
    EXPECT_THAT(other.ids, ElementsAre(a.id));
    EXPECT_EQ(follower.status().failures, 1u);
    heard.throws = false;
    const Object b = make_user("b");
    follower.step();
    EXPECT_THAT(heard.ids, ElementsAre(b.id));
}

TEST_F(LogFollowerTest, ReachesACommit) {
    follower.start();
    for (int i = 0; i < 20; ++i) {
        make_user("u" + std::to_string(i));
        EXPECT_TRUE(follower.reach(CommitNumber(i + 1), milliseconds(30'000)));
        EXPECT_GE(follower.freshness().position(), CommitNumber(i + 1));
    }
    EXPECT_FALSE(follower.reach(CommitNumber(1'000), milliseconds(5)));
    follower.stop();
    EXPECT_EQ(heard.ids.size(), 20u);
}

TEST_F(LogFollowerTest, AnOlderStoreInItsPlaceIsAReset) {
    Cuttable restored(*there);
    make_user("a");
    make_user("b");
    LogFollower following(restored, schema);
    Heard listener;
    following.subscribe(listener);
    StoreFixture backup(sqlite_factory());
    backup.create(backup.make(user, "a"));
    restored.cut(true);
    EXPECT_THROW(following.step(), Error);
    restored.lead_to(*backup.store);
    restored.cut(false);
    following.step();
    EXPECT_EQ(listener.resets, 1);
    EXPECT_EQ(following.freshness().position(), CommitNumber(1));
}

TEST_F(LogFollowerTest, WithoutItsStoreItIsStaleAndRecovers) {
    Cuttable store_there(*there);
    LogFollower cut(store_there, schema, milliseconds(40));
    Heard listener;
    cut.subscribe(listener);
    cut.start();
    store_there.cut(true);
    while (cut.status().failures == 0 || cut.status().fresh)
        std::this_thread::yield();
    EXPECT_EQ(cut.status().last_error, "the store is away");
    const Object a = make_user("a");
    store_there.cut(false);
    EXPECT_TRUE(cut.reach(CommitNumber(1), milliseconds(30'000)));
    while (!cut.status().fresh)
        std::this_thread::yield();
    cut.stop();
    EXPECT_THAT(listener.ids, ElementsAre(a.id));
}

}  // namespace
}  // namespace muster::testing
