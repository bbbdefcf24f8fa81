#include <thread>

#include "store/store_suite.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::string_literals;

TEST_P(StoreTest, BeginsEmpty) {
    const auto view = store->view();
    EXPECT_EQ(view->last_commit(), CommitNumber{});
    EXPECT_EQ(view->watermark("sync"), CommitNumber{});
    EXPECT_EQ(view->meta("digest"), "");
    EXPECT_FALSE(view->commit(CommitNumber(1)));
    EXPECT_THAT(view->activities(10), IsEmpty());
    EXPECT_THAT(check(), IsEmpty());
}

TEST_P(StoreTest, AnEmptySetDoesNothing) {
    EXPECT_EQ(commit({}), CommitNumber{});
    EXPECT_EQ(store->view()->last_commit(), CommitNumber{});
}

TEST_P(StoreTest, AppendedCommitsAreThereOnceFlushed) {
    const auto append = [&](ObjectWrite write) {
        ChangeSet changes;
        changes.objects.push_back(std::move(write));
        return store->append(changes);
    };
    const auto view = store->view();
    const Object a = make(user, "a");
    Object b = make(user, "b");
    b.provenance = store->intern("one pattern");
    EXPECT_EQ(append(creation(a)), CommitNumber(1));
    EXPECT_EQ(append(creation(b)), CommitNumber(2));
    Object renamed = a;
    renamed.commit = CommitNumber(1);
    renamed.name = "uid=a";
    EXPECT_EQ(append(update(a, renamed)), CommitNumber(3));
    store->flush();
    EXPECT_EQ(view->last_commit(), CommitNumber(3));
    EXPECT_EQ(read(a.id).name, "uid=a");
    EXPECT_EQ(view->history(a.id, 10).size(), 2u);
    Object c = make(user, "c");
    c.provenance = store->intern("another");
    append(creation(c));
    EXPECT_EQ(create(make(user, "d")), CommitNumber(5)) << "a commit ends it as well";
    EXPECT_EQ(read(c.id).anchor, "c");
    store->flush();
    EXPECT_THAT(check(), IsEmpty());
}

TEST_P(StoreTest, TheLogTellsEverythingInOrder) {
    Object object = make(user, "a", "uid=a");
    set(object, "cn", {"A"});
    ChangeSet changes;
    changes.activity = store->reserve_activity();
    changes.cause = "import directory";
    changes.time = at(1);
    changes.objects.push_back(creation(object));
    EXPECT_EQ(commit(changes), CommitNumber(1));
    create(make(person));
    Object after = read(object.id);
    set(after, "cn", {"B"});
    write(update(read(object.id), after));
    write(erasure(read(object.id)));

    const auto view = store->view();
    EXPECT_EQ(view->last_commit(), CommitNumber(4));
    const auto first = view->commit(CommitNumber(1));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->cause, "import directory");
    EXPECT_EQ(first->time, at(1));
    EXPECT_EQ(first->activity, changes.activity);

    std::vector<std::pair<CommitNumber, ChangeKind>> seen;
    view->changed_since(directory, CommitNumber(1), [&](const Change& change) {
        seen.emplace_back(change.commit, change.kind);
        EXPECT_EQ(change.object, object.id);
        EXPECT_EQ(change.type, user);
    });
    EXPECT_THAT(seen, ElementsAre(std::pair(CommitNumber(3), ChangeKind::update),
                                  std::pair(CommitNumber(4), ChangeKind::erase)));

    const std::vector<Change> history = view->history(object.id, 10);
    ASSERT_THAT(history, SizeIs(3));
    EXPECT_EQ(history[0].kind, ChangeKind::erase);
    EXPECT_EQ(history[0].previous, CommitNumber(3));
    EXPECT_EQ(history[1].previous, CommitNumber(1));
    EXPECT_EQ(history[2].kind, ChangeKind::create);
    EXPECT_EQ(history[2].previous, CommitNumber{});
    EXPECT_THAT(view->history(object.id, 1), SizeIs(1));
    EXPECT_THAT(view->history(ObjectId(12345), 1), IsEmpty());

    EXPECT_THAT(view->erased("a", 5), SizeIs(1));
    EXPECT_THAT(view->erased("uid=a", 5), SizeIs(1));
    EXPECT_THAT(view->erased("B", 5), IsEmpty());
}

TEST_P(StoreTest, WaitsForTheNextCommit) {
    using std::chrono::milliseconds;
    EXPECT_EQ(store->wait_beyond({}, milliseconds(0)), CommitNumber{});
    create(make(person));
    EXPECT_EQ(store->wait_beyond({}, milliseconds(0)), CommitNumber(1));
    EXPECT_EQ(store->wait_beyond(CommitNumber(1), milliseconds(1)), CommitNumber(1));
    std::thread writer([&] { create(make(person)); });
    EXPECT_EQ(store->wait_beyond(CommitNumber(1), milliseconds(30'000)), CommitNumber(2));
    writer.join();
}

TEST_P(StoreTest, AHeldViewKeepsToOneState) {
    const Object object = make(user, "a", "before");
    create(object);
    const auto view = store->view();
    auto hold = view->hold();
    if (!hold)
        GTEST_SKIP() << "this store cannot";
    EXPECT_EQ(view->last_commit(), CommitNumber(1));
    Object after = read(object.id);
    after.name = "after";
    write(update(read(object.id), after));
    std::vector<Object> objects;
    view->hydrate(std::vector{object.id}, objects);
    EXPECT_EQ(objects[0].name, "before");
    EXPECT_EQ(view->last_commit(), CommitNumber(1));
    hold.reset();
    EXPECT_EQ(view->last_commit(), CommitNumber(2));
}

TEST_P(StoreTest, RemembersActivitiesItemsAndPositions) {
    ActivityRow run;
    run.id = store->reserve_activity();
    run.kind = "run";
    run.status = "running";
    run.started = at(5);
    ActivityRow step = run;
    step.id = store->reserve_activity();
    step.parent = run.id;
    step.kind = "import";
    step.system = "directory";
    ChangeSet changes;
    changes.activities = {run, step};
    changes.items = {{step.id, ObjectId(3), "directory", "user", "a", "no-anchor", "why", "f:1"},
                     {run.id, {}, "", "", "", "code", "m", ""}};
    changes.watermarks = {{"sync", {}}, {"mirror", CommitNumber(0)}};
    changes.meta = {{"digest", "1"}};
    changes.objects.push_back(creation(make(user, "a")));
    commit(changes);
    run.status = "done";
    run.ended = at(9);
    run.counters = "{\"read\":1}";
    changes.clear();
    changes.activities = {run};
    changes.watermarks = {{"sync", CommitNumber(1)}};
    changes.meta = {{"digest", "2"}};
    EXPECT_EQ(commit(changes), CommitNumber{});

    const auto view = store->view();
    const std::vector<ActivityRow> rows = view->activities(5);
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_EQ(rows[0].parent, run.id);
    EXPECT_FALSE(rows[0].ended);
    EXPECT_EQ(rows[1].status, "done");
    EXPECT_EQ(rows[1].ended, at(9));
    EXPECT_EQ(rows[1].counters, run.counters);
    EXPECT_THAT(view->items(run.id, 10), SizeIs(2));
    EXPECT_THAT(view->items(run.id, 1), SizeIs(1));
    const std::vector<Item> items = view->items(step.id, 10);
    ASSERT_THAT(items, SizeIs(1));
    EXPECT_EQ(items[0].where, "f:1");
    EXPECT_EQ(items[0].anchor, "a");
    EXPECT_EQ(view->watermark("sync"), CommitNumber(1));
    EXPECT_EQ(view->meta("digest"), "2");
}

TEST_P(StoreTest, ForgetsWhatEveryFollowerHasSeen) {
    Object object = make(user, "a");
    set(object, "cn", {"0"});
    ChangeSet changes;
    changes.time = at(0);
    changes.objects = {creation(object)};
    commit(changes);
    for (int i = 1; i <= 4; ++i) {
        const Object before = read(object.id);
        Object after = before;
        set(after, "cn", {std::to_string(i)});
        changes.objects = {update(before, after)};
        changes.time = at(i);
        changes.watermarks = {{"slow", CommitNumber(3)}};
        commit(changes);
    }
    EXPECT_EQ(store->forget(at(2)), 2u);
    EXPECT_FALSE(store->view()->commit(CommitNumber(2)));
    EXPECT_EQ(store->forget(at(100)), 1u) << "not below a watermark";
    changes.objects.clear();
    changes.watermarks = {{"slow", CommitNumber(5)}};
    commit(changes);
    EXPECT_EQ(store->forget(at(100)), 1u) << "never the newest";
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(5));
    EXPECT_THAT(store->view()->history(object.id, 10), SizeIs(1));
    EXPECT_THAT(check(), IsEmpty());
    EXPECT_EQ(create(make(user, "b")), CommitNumber(6));
}

TEST_P(StoreTest, TheReplayFindsALogThatLies) {
    Object object = make(user, "a");
    set(object, "cn", {"A"});
    create(object);
    const Object before = read(object.id);
    Object after = before;
    set(after, "cn", {"B"});
    ObjectWrite lie = update(before, after);
    lie.delta = "{\"attributes\":{\"cn\":[\"A\",\"C\"]}}";
    write(lie);
    EXPECT_THAT(check(), SizeIs(1));
    Object group_lie = make_group("g");
    write_links(group_lie.id, {{{member, group_lie.id, object.id, {}}, true}});
    EXPECT_THAT(check(), SizeIs(1));
    ChangeSet unlogged;
    unlogged.links = {{{member, group_lie.id, object.id, {}}, false}};
    commit(unlogged);
    EXPECT_THAT(check(), SizeIs(2));
    Object other = make(user, "b");
    ObjectWrite creation_lie = creation(other);
    set(creation_lie.object, "cn", {"X"});
    write(creation_lie);
    EXPECT_THAT(check(), SizeIs(3));
}

TEST_P(StoreTest, TheCheckFindsWhatDangles) {
    const Object g = make_group("g");
    write_links(g.id, {{{member, g.id, ObjectId(4'000), {}}, true}});
    Object lost = make(user, "a");
    lost.joined = ObjectId(5'000);
    create(lost);
    ChangeSet changes;
    changes.keys = {{schema.keys().front().id, kMetaverse, "v", ObjectId(6'000), true}};
    changes.exports = {{pending(ObjectId(7'000), ExportKind::erase)}};
    commit(changes);
    EXPECT_THAT(check(), SizeIs(4));
}

}  // namespace
}  // namespace muster
