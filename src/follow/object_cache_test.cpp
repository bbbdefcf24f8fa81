#include "follow/object_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "follow/anchor_cache.h"
#include "follow/follow_testing.h"
#include "follow/pinned_objects.h"
#include "support/process.h"
#include "support/rounds.h"

namespace muster::testing {
namespace {

using std::chrono::milliseconds;

class ObjectCacheTest : public Followed {
 public:
    std::string name_of(ObjectId id) {
        const auto object = cache.get(id);
        return object ? object->name : "none";
    }
    LogFollower follower{*there, schema};
    ObjectCache cache{*there, follower, {.negatives = 100}};
};

TEST_F(ObjectCacheTest, OneObjectByIdAndByAnchor) {
    const Object a = make_user("a", "uid=a");
    follower.step();
    const auto by_id = cache.get(a.id);
    ASSERT_TRUE(by_id);
    EXPECT_EQ(by_id->name, "uid=a");
    EXPECT_EQ(cache.get<ObjectsByAnchor>({user, "a"}), by_id);
    EXPECT_FALSE(cache.get<ObjectsByAnchor>({type("directory", "group"), "a"}));
    EXPECT_EQ(cache.counters().loads, 2u);
}

TEST_F(ObjectCacheTest, WhatIsWrittenElsewhereIsSeenAfterAStep) {
    const Object a = make_user("a", "old");
    const Object b = make_user("b", "other");
    follower.step();
    EXPECT_EQ(name_of(a.id), "old");
    EXPECT_EQ(name_of(b.id), "other");
    rename(a.id, "new");
    EXPECT_EQ(name_of(a.id), "old") << "not told yet";
    EXPECT_EQ(cache.get(a.id, CommitNumber(3))->name, "new") << "but insisted on";
    follower.step();
    EXPECT_EQ(name_of(a.id), "new");
    const std::uint64_t loads = cache.counters().loads;
    EXPECT_EQ(name_of(b.id), "other");
    EXPECT_EQ(cache.counters().loads, loads);
}

TEST_F(ObjectCacheTest, AnchorsMoveAndComeBack) {
    const Object a = make_user("a");
    follower.step();
    EXPECT_TRUE(cache.get<ObjectsByAnchor>({user, "a"}));
    EXPECT_FALSE(cache.get<ObjectsByAnchor>({user, "b"}));
    move(a.id, "b");
    follower.step();
    EXPECT_FALSE(cache.get<ObjectsByAnchor>({user, "a"}));
    EXPECT_EQ(cache.get<ObjectsByAnchor>({user, "b"})->id, a.id);
    erase(a.id);
    const Object again = make_user("b");
    follower.step();
    EXPECT_EQ(cache.get<ObjectsByAnchor>({user, "b"})->id, again.id);
    EXPECT_EQ(name_of(a.id), "none");
}

TEST_F(ObjectCacheTest, ARefusedCommitLeavesNoTrace) {
    const Object a = make_user("a", "old");
    follower.step();
    EXPECT_EQ(name_of(a.id), "old");
    Object outdated = read(a.id);
    rename(a.id, "new");
    Object wrong = outdated;
    wrong.name = "wrong";
    EXPECT_THROW(write(update(outdated, wrong)), Conflict);
    follower.step();
    EXPECT_EQ(name_of(a.id), "new");
    rename(a.id, "newer");
    follower.step();
    EXPECT_EQ(name_of(a.id), "newer");
}

TEST_F(ObjectCacheTest, ASlowLoadDoesNotBringBackWhatChanged) {
    const Object a = make_user("a", "old");
    follower.step();
    // A reader at the old state: its view is held there while the log goes on.
    PinnedObjects pinned(*there, cache);
    rename(a.id, "new");
    follower.step();
    EXPECT_EQ(pinned.get(a.id)->name, "old");
    EXPECT_EQ(name_of(a.id), "new");
}

TEST_F(ObjectCacheTest, AUnitOfWorkSeesOneCommit) {
    const Object a = make_user("a", "a old");
    const Object b = make_user("b", "b old");
    const Object gone = make_user("gone");
    follower.step();
    EXPECT_EQ(name_of(a.id), "a old");
    PinnedObjects pinned(*there, cache);
    EXPECT_EQ(pinned.commit(), CommitNumber(3));
    EXPECT_EQ(pinned.get(a.id), cache.get(a.id)) << "shared, not read again";
    rename(a.id, "a new");
    rename(b.id, "b new");
    erase(gone.id);
    const Object later = make_user("later");
    follower.step();
    EXPECT_EQ(name_of(a.id), "a new");
    EXPECT_EQ(name_of(b.id), "b new");
    EXPECT_EQ(name_of(later.id), "");
    EXPECT_EQ(pinned.get(a.id)->name, "a old");
    EXPECT_EQ(pinned.get(b.id)->name, "b old");
    EXPECT_TRUE(pinned.get(gone.id));
    EXPECT_FALSE(pinned.get(later.id));
}

TEST_F(ObjectCacheTest, AUnitOfWorkAheadOfTheFollowerReadsTheStore) {
    const Object a = make_user("a", "old");
    follower.step();
    EXPECT_EQ(name_of(a.id), "old");
    rename(a.id, "new");
    PinnedObjects pinned(*there, cache);
    EXPECT_EQ(pinned.get(a.id)->name, "new");
}

TEST_F(ObjectCacheTest, AnchorsStayCompleteWhileTheLogIsFollowed) {
    AnchorCache anchors(*there, schema, directory, follower);
    const Object a = make_user("a");
    follower.step();
    ASSERT_TRUE(anchors.warm());
    std::vector<ObjectId> ids(3);
    const std::vector<std::string_view> asked{"a", "b", "c"};
    const auto look = [&] { anchors.lookup(user, asked, ids); };
    look();
    EXPECT_THAT(ids, ::testing::ElementsAre(a.id, ObjectId{}, ObjectId{}));
    const Object b = make_user("b");
    move(a.id, "c");
    follower.step();
    look();
    EXPECT_THAT(ids, ::testing::ElementsAre(ObjectId{}, b.id, a.id));
    erase(a.id);
    move(b.id, "a");
    const Object second = make_user("b");
    erase(second.id);
    const Object third = make_user("b");
    follower.step();
    look();
    EXPECT_THAT(ids, ::testing::ElementsAre(b.id, third.id, ObjectId{}));
    EXPECT_TRUE(anchors.complete());
    EXPECT_EQ(anchors.counters().loads, 1u) << "the warming";
    const Object fourth = make_user("c");
    anchors.lookup(user, asked, ids, CommitNumber(follower.freshness().position().value + 1));
    EXPECT_EQ(ids[2], fourth.id) << "insisted on";
}

/// A program of its own for the next test, as a fork of one with threads could not open a store:
/// renames every user to the number of each commit until it is killed.
TEST(WriterElsewhere, DISABLED_WritesUntilItIsKilled) {
    const char* const folder = std::getenv("MUSTER_TEST_FOLDER");  // NOLINT(concurrency-mt-unsafe)
    ASSERT_NE(folder, nullptr) << "is started by another test";
    const Schema schema = sample_schema();
    const auto store = sqlite_factory().open(folder, schema, StoreAccess::write);
    const auto view = store->view();
    std::vector<ObjectId> users;
    view->objects(schema.find_type(schema.find_space("directory"), "user"), {}, 100, users);
    for (;;) {
        std::vector<Object> objects;
        view->hydrate(users, objects);
        const std::string name = std::to_string(view->last_commit().value + 1);
        ChangeSet changes;
        for (Object& object : objects) {
            Delta delta;
            delta.name = {object.name, name};
            ObjectWrite write;
            encode(delta, schema, write.delta);
            object.name = name;
            write.object = std::move(object);
            changes.objects.push_back(std::move(write));
        }
        store->commit(changes);
    }
}

TEST_F(ObjectCacheTest, NothingIsLostWhenTheWriterIsKilled) {
    std::vector<ObjectId> users;
    for (int i = 0; i < 5; ++i)
        users.push_back(make_user("u" + std::to_string(i)).id);
    store.reset();
    follower.start();
    for (int round = 0; round < rounds(50); ++round) {
        const CommitNumber before = there->view()->last_commit();
        Process writer({"/proc/self/exe", "--gtest_filter=WriterElsewhere.*",
                        "--gtest_also_run_disabled_tests"},
                       {}, {"MUSTER_TEST_FOLDER=" + folder.path()});
        ASSERT_GT(
            there->wait_beyond(CommitNumber(before.value + 3 * (round % 10)), milliseconds(30'000)),
            before);
        for (int read = 0; read < 1'000; ++read) {
            const CommitNumber least = follower.freshness().position();
            const auto object = cache.get(users[static_cast<std::size_t>(read) % 5]);
            if (least > before) {
                EXPECT_GE(std::stoll(object->name), least.value);
            }
        }
        writer.kill();
        const CommitNumber last = there->view()->last_commit();
        ASSERT_TRUE(follower.reach(last, milliseconds(30'000)));
        for (const ObjectId id : users)
            EXPECT_EQ(name_of(id), std::to_string(last.value));
    }
    follower.stop();
}

TEST_F(ObjectCacheTest, CutOffItReadsTheStoreAndComesBack) {
    const Object a = make_user("a", "old");
    Cuttable store_there(*there);
    LogFollower cut(store_there, schema, milliseconds(60));
    ObjectCache far(*there, cut);
    cut.start();
    far.get(a.id);
    store_there.cut(true);
    while (cut.status().fresh)
        std::this_thread::yield();
    rename(a.id, "new");
    EXPECT_EQ(far.get(a.id)->name, "new");
    EXPECT_GT(far.counters().closed, 0u);
    store_there.cut(false);
    ASSERT_TRUE(cut.reach(CommitNumber(2), milliseconds(30'000)));
    while (!cut.status().fresh)
        std::this_thread::yield();
    const std::uint64_t hits = far.counters().hits;
    while (far.counters().hits == hits)  // a slow machine may be stale again at any moment
        EXPECT_EQ(far.get(a.id)->name, "new");
    cut.stop();
}

TEST_F(ObjectCacheTest, ReadsOfOneWriteOfAnotherThreadNeverGoBack) {
    const Object a = make_user("a", "0");
    follower.start();
    std::atomic<std::int64_t> told{1};
    std::atomic<bool> done{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            while (!done) {
                const CommitNumber token(told.load());
                const auto object = cache.get(a.id, token);
                ASSERT_GE(object->commit, token);
            }
        });
    for (int i = 1; i <= 150; ++i)
        told = rename(a.id, std::to_string(i)).value;
    done = true;
    for (std::thread& reader : readers)
        reader.join();
    follower.stop();
}

}  // namespace
}  // namespace muster::testing
