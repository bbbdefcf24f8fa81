#include "store/store.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "store/store_fixture.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::string_literals;

StoreFactory sqlite_factory() {
    return {"sqlite", [](const std::string& folder, const Schema& schema, StoreAccess access) {
                return open_sqlite_store(folder + "/muster.db", schema, access);
            }};
}

Instant at(std::int64_t seconds) {
    return Instant(std::chrono::seconds(seconds));
}

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

/// What every store must do, when writing and in preview.
struct Case {
    StoreFactory factory;
    StoreAccess access;
};

class StoreTest : public ::testing::TestWithParam<Case>, public StoreFixture {
 public:
    StoreTest() : StoreFixture(GetParam().factory, GetParam().access) {}

    const TypeId person = type("metaverse", "person");
    const TypeId team = type("metaverse", "team");
    const TypeId user = type("directory", "user");
    const TypeId group = type("directory", "group");
    const SpaceId directory = schema.find_space("directory");
    const AttributeId member = attribute(group, "member");
    const AttributeId owner = attribute(group, "owner");
    const AttributeId manager = attribute(user, "manager");

    ObjectId make_user(const std::string& anchor, const std::string& name = {}) {
        const Object object = make(user, anchor, name);
        create(object);
        return object.id;
    }
    Object make_group(const std::string& anchor) {
        const Object object = make(group, anchor);
        create(object);
        return read(object.id);
    }
    CommitNumber write_links(ObjectId source, std::vector<LinkWrite> links) {
        std::vector<LinkChange> notes;
        for (const LinkWrite& write : links)
            notes.push_back({write.link.attribute, write.open, write.link.target, write.link.text});
        std::sort(notes.begin(), notes.end());
        ChangeSet changes;
        changes.objects.push_back(touched(source, notes));
        changes.links = std::move(links);
        return store->commit(changes);
    }
    std::vector<Link> links_of(ObjectId source, AttributeId attribute = {}) {
        std::vector<Link> links;
        store->view()->links(std::vector{source}, attribute, links);
        return links;
    }
    void plan(std::vector<ExportWrite> exports, std::vector<ExportLinkWrite> links = {},
              std::vector<ExportSweep> sweeps = {}) {
        ChangeSet changes;
        changes.exports = std::move(exports);
        changes.export_links = std::move(links);
        changes.sweeps = std::move(sweeps);
        store->commit(changes);
    }
    Export pending(ObjectId object, ExportKind kind) const {
        Export row;
        row.object = object;
        row.type = user;
        row.kind = kind;
        return row;
    }
    std::vector<Export> exports(std::vector<ExportState> states = {}) {
        std::vector<Export> rows;
        store->view()->exports(directory, states, [&](const Export& row) { rows.push_back(row); });
        return rows;
    }
    /// What was written must survive, where anything does.
    void reopen_if_durable() {
        if (GetParam().access == StoreAccess::write)
            reopen();
    }
    std::vector<std::string> check() { return store->check(1, {}); }
};

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

TEST_P(StoreTest, AnObjectComesBackAsItWasWritten) {
    Object object = make(user, "a\0b\"é"s, "uid=Ann,dc=x");
    set(object, "uid", {"ann"});
    set(object, "cn", {"Ann \"the\" Ô"});
    object.state = ObjectState::provisioning;
    object.unconfirmed = object.retry = object.waiting = true;
    object.joined = ObjectId(77);
    object.payload = {~0ull, 1};
    object.provenance = store->intern("p");
    object.due = at(1'000) + std::chrono::microseconds(7);
    const CommitNumber number = create(object);
    EXPECT_EQ(number, CommitNumber(1));
    const Object back = read(object.id);
    EXPECT_EQ(back.id, object.id);
    EXPECT_EQ(back.type, object.type);
    EXPECT_EQ(back.state, object.state);
    EXPECT_TRUE(back.unconfirmed);
    EXPECT_TRUE(back.retry);
    EXPECT_TRUE(back.waiting);
    EXPECT_EQ(back.joined, object.joined);
    EXPECT_EQ(back.anchor, object.anchor);
    EXPECT_EQ(back.name, object.name);
    EXPECT_EQ(back.attributes, object.attributes);
    EXPECT_EQ(back.payload, object.payload);
    EXPECT_EQ(back.commit, number);
    EXPECT_EQ(back.provenance, object.provenance);
    EXPECT_EQ(back.due, object.due);
}

TEST_P(StoreTest, HydrationAnswersBesideItsQuestions) {
    const ObjectId a = make_user("a");
    const ObjectId b = make_user("b");
    std::vector<Object> objects;
    store->view()->hydrate(std::vector{b, ObjectId(999), a}, objects);
    ASSERT_THAT(objects, SizeIs(3));
    EXPECT_EQ(objects[0].id, b);
    EXPECT_FALSE(objects[1].id);
    EXPECT_EQ(objects[2].id, a);
}

TEST_P(StoreTest, LooksUpAnchorsPerType) {
    const ObjectId a = make_user("a");
    make_group("b");
    std::vector<ObjectId> ids(3);
    store->view()->lookup(user, std::vector<std::string_view>{"a", "b", ""}, ids);
    EXPECT_THAT(ids, ElementsAre(a, ObjectId{}, ObjectId{}));
}

TEST_P(StoreTest, LooksUpNormalisedNames) {
    const ObjectId a = make_user("a", "UID=Ann, DC=x");
    std::vector<ObjectId> ids(2);
    store->view()->lookup_names(directory, std::vector<std::string_view>{"uid=ann,dc=x", "dc=x"},
                                ids);
    EXPECT_THAT(ids, ElementsAre(a, ObjectId{}));
}

TEST_P(StoreTest, ANameGoesToTheSuccessorOfWhatIsGone) {
    Object gone = make(user, "a", "uid=ann");
    Object successor = make(user, "b", "uid=ann");
    std::swap(gone.id, successor.id);
    gone.state = ObjectState::gone;
    create(gone);
    std::vector<ObjectId> ids(1);
    store->view()->lookup_names(directory, std::vector<std::string_view>{"uid=ann"}, ids);
    EXPECT_EQ(ids[0], gone.id);
    create(successor);
    store->view()->lookup_names(directory, std::vector<std::string_view>{"uid=ann"}, ids);
    EXPECT_EQ(ids[0], successor.id);
    std::vector<ObjectId> all;
    store->view()->gone(directory, all);
    EXPECT_THAT(all, ElementsAre(gone.id));
}

TEST_P(StoreTest, AnAnchorIsTakenOverInOneCommit) {
    const ObjectId old = make_user("a");
    const Object successor = make(user, "a");
    ChangeSet changes;
    changes.objects.push_back(creation(successor));
    changes.objects.push_back(erasure(read(old)));
    commit(changes);
    std::vector<ObjectId> ids(1);
    store->view()->lookup(user, std::vector<std::string_view>{"a"}, ids);
    EXPECT_EQ(ids[0], successor.id);
    EXPECT_THAT(check(), IsEmpty());
}

TEST_P(StoreTest, TwoObjectsOfATypeNeverShareAnAnchor) {
    make_user("a");
    const Object second = make(user, "a");
    EXPECT_THROW(create(second), Error);
    EXPECT_FALSE(read(second.id).id);
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(1));
}

TEST_P(StoreTest, IndexesASpaceInOrderOfIdOverItsTypes) {
    const ObjectId a = make_user("a", "uid=a");
    const ObjectId g = make_group("g").id;
    const ObjectId b = make_user("b");
    create(make(person));
    std::vector<ObjectId> ids;
    std::vector<std::string> texts;
    store->view()->index(directory, [&](const IndexRow& row) {
        ids.push_back(row.id);
        texts.push_back(std::string(row.anchor) + "/" + std::string(row.name));
    });
    EXPECT_THAT(ids, ElementsAre(a, g, b));
    EXPECT_THAT(texts, ElementsAre("a/uid=a", "g/", "b/"));
}

TEST_P(StoreTest, PagesThroughTheObjectsOfAType) {
    const ObjectId a = make_user("a");
    make_group("g");
    const ObjectId b = make_user("b");
    const ObjectId c = make_user("c");
    std::vector<ObjectId> ids;
    store->view()->objects(user, {}, 2, ids);
    EXPECT_THAT(ids, ElementsAre(a, b));
    store->view()->objects(user, b, 2, ids);
    EXPECT_THAT(ids, ElementsAre(a, b, c));
}

TEST_P(StoreTest, AnUpdateWritesOnlyWhatItSaysChanged) {
    Object object = make(user, "a", "uid=a");
    set(object, "cn", {"A"});
    create(object);
    Object after = read(object.id);
    set(after, "cn", {"B"});
    after.anchor = "ignored";
    after.payload = {5, 6};
    ObjectWrite write = update(read(object.id), after);
    write.identity_changed = false;
    EXPECT_EQ(this->write(write), CommitNumber(2));
    Object back = read(object.id);
    EXPECT_EQ(back.anchor, "a");
    EXPECT_EQ(back.attributes, after.attributes);
    EXPECT_EQ(back.payload, after.payload);
    EXPECT_EQ(back.commit, CommitNumber(2));

    after = back;
    after.name = "uid=z";
    set(after, "cn", {"ignored"});
    write = update(back, after);
    write.attributes_changed = false;
    EXPECT_EQ(this->write(write), CommitNumber(3));
    EXPECT_EQ(read(object.id).name, "uid=z");
    EXPECT_EQ(read(object.id).attributes, back.attributes);
}

TEST_P(StoreTest, BookkeepingIsNotLogged) {
    const ObjectId id = make_user("a");
    ObjectWrite write;
    write.object = read(id);
    write.object.payload = {1, 2};
    write.object.retry = true;
    write.attributes_changed = write.identity_changed = false;
    EXPECT_EQ(this->write(write), CommitNumber{});
    EXPECT_EQ(read(id).payload, (Digest{1, 2}));
    EXPECT_EQ(read(id).commit, CommitNumber(1));
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(1));
    std::vector<ObjectId> ids;
    store->view()->retries(directory, ids);
    EXPECT_THAT(ids, ElementsAre(id));
}

TEST_P(StoreTest, AStaleWriteIsRefusedWhole) {
    const ObjectId a = make_user("a");
    const Object stale = read(a);
    Object after = stale;
    set(after, "cn", {"B"});
    write(update(stale, after));
    ChangeSet changes;
    changes.objects.push_back(creation(make(user, "b")));
    changes.objects.push_back(update(stale, after));
    try {
        store->commit(changes);
        FAIL() << "not refused";
    } catch (const Conflict& conflict) {
        EXPECT_EQ(conflict.object, a);
    }
    EXPECT_FALSE(read(changes.objects.front().object.id).id);
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(2));
    EXPECT_THROW(write(erasure(stale)), Conflict);
    EXPECT_THAT(check(), IsEmpty());
}

TEST_P(StoreTest, KnowsWhatIsDue) {
    Object late = make(person);
    late.due = at(20);
    Object soon = make(person);
    soon.due = at(10);
    create(late);
    create(soon);
    std::vector<ObjectId> ids;
    store->view()->due(at(10), ids);
    EXPECT_THAT(ids, ElementsAre(soon.id));
    store->view()->due(at(20), ids);
    EXPECT_THAT(ids, ElementsAre(soon.id, late.id, soon.id));
}

TEST_P(StoreTest, FindsConnectorsAndTheirMetaverseObjects) {
    const Object centre = make(person);
    create(centre);
    Object a = make(user, "a");
    Object g = make(group, "g");
    a.joined = g.joined = centre.id;
    create(a);
    create(g);
    const ObjectId alone = make_user("b");
    std::vector<Join> joins;
    store->view()->connectors(std::vector{alone, centre.id}, joins);
    EXPECT_THAT(joins, ElementsAre(Join{centre.id, a.id, user}, Join{centre.id, g.id, group}));
    std::vector<ObjectId> ids(2);
    store->view()->joined(std::vector{g.id, alone}, ids);
    EXPECT_THAT(ids, ElementsAre(centre.id, ObjectId{}));
}

TEST_P(StoreTest, MatchesKeysPerSpace) {
    const KeyId key = schema.keys().front().id;
    ChangeSet changes;
    changes.keys = {{key, kMetaverse, "ann@x", ObjectId(9), true},
                    {key, kMetaverse, "ann@x", ObjectId(4), true},
                    {key, directory, "ann@x", ObjectId(5), true}};
    commit(changes);
    std::vector<std::pair<std::size_t, ObjectId>> found;
    const auto ask = [&] {
        found.clear();
        store->view()->match(key, kMetaverse, std::vector<std::string_view>{"none", "ann@x"},
                             [&](std::size_t i, ObjectId id) { found.emplace_back(i, id); });
    };
    ask();
    EXPECT_THAT(found, ElementsAre(std::pair(1u, ObjectId(4)), std::pair(1u, ObjectId(9))));
    EXPECT_TRUE(store->view()->has_keys(key, directory));
    changes.keys = {{key, kMetaverse, "ann@x", ObjectId(4), false},
                    {key, directory, "ann@x", ObjectId(5), false}};
    commit(changes);
    ask();
    EXPECT_THAT(found, ElementsAre(std::pair(1u, ObjectId(9))));
    EXPECT_FALSE(store->view()->has_keys(key, directory));
    EXPECT_THROW(commit(changes), Error);
}

TEST_P(StoreTest, LinksComeInOrderAndBothWays) {
    const ObjectId a = make_user("a");
    const ObjectId b = make_user("b");
    const Object g = make_group("g");
    write_links(g.id, {{{owner, g.id, a, {}}, true},
                       {{member, g.id, b, {}}, true},
                       {{member, g.id, {}, "uid=z"}, true},
                       {{member, g.id, a, {}}, true}});
    EXPECT_THAT(links_of(g.id),
                ElementsAre(Link{member, g.id, {}, "uid=z"}, Link{member, g.id, a, {}},
                            Link{member, g.id, b, {}}, Link{owner, g.id, a, {}}));
    EXPECT_THAT(links_of(g.id, owner), ElementsAre(Link{owner, g.id, a, {}}));
    std::vector<Link> to;
    store->view()->referrers(std::vector{b, a}, to);
    EXPECT_THAT(to, ElementsAre(Link{member, g.id, b, {}}, Link{member, g.id, a, {}},
                                Link{owner, g.id, a, {}}));
    EXPECT_EQ(store->view()->count_links(g.id, member, 10), 3u);
    EXPECT_EQ(store->view()->count_links(g.id, member, 2), 2u);
    const std::vector<Link> asked = {{member, g.id, a, {}}, {owner, g.id, b, {}}};
    bool answers[2];
    store->view()->exist(asked, answers);
    EXPECT_TRUE(answers[0]);
    EXPECT_FALSE(answers[1]);
    std::vector<Link> open;
    store->view()->unresolved(directory, [&](const Link& link) { open.push_back(link); });
    EXPECT_THAT(open, ElementsAre(Link{member, g.id, {}, "uid=z"}));
    EXPECT_THAT(check(), IsEmpty());
}

TEST_P(StoreTest, ClosingALinkLeavesTheOthers) {
    const ObjectId a = make_user("a");
    const Object g = make_group("g");
    write_links(g.id, {{{member, g.id, {}, "uid=a"}, true}});
    write_links(g.id, {{{member, g.id, a, {}}, true}, {{member, g.id, {}, "uid=a"}, false}});
    EXPECT_THAT(links_of(g.id), ElementsAre(Link{member, g.id, a, {}}));
    // Opened and closed again and again: the past keeps each time.
    write_links(g.id, {{{member, g.id, a, {}}, false}});
    write_links(g.id, {{{member, g.id, a, {}}, true}});
    write_links(g.id, {{{member, g.id, a, {}}, false}});
    EXPECT_THAT(links_of(g.id), IsEmpty());
    EXPECT_THROW(write_links(g.id, {{{member, g.id, a, {}}, false}}), Error);
    EXPECT_THAT(check(), IsEmpty());
}

TEST_P(StoreTest, CountsThePopulation) {
    const ObjectId a = make_user("a");
    const ObjectId b = make_user("b");
    const Object g = make_group("g");
    write_links(g.id, {{{member, g.id, a, {}}, true}, {{member, g.id, b, {}}, true}});
    write_links(g.id, {{{member, g.id, b, {}}, false}});
    write(erasure(read(b)));
    std::vector<std::tuple<TypeId, AttributeId, std::uint64_t>> counts;
    for (const Population& p : store->view()->population(directory))
        counts.emplace_back(p.type, p.attribute, p.count);
    EXPECT_THAT(counts, ::testing::UnorderedElementsAre(std::tuple(user, AttributeId{}, 1u),
                                                        std::tuple(group, AttributeId{}, 1u),
                                                        std::tuple(group, member, 1u)));
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

TEST_P(StoreTest, FindsByAnchorNameOrFoldedValue) {
    Object object = make(user, "a", "uid=Ann,dc=x");
    set(object, "cn", {"Ann  ÄRGER"});
    create(object);
    const auto view = store->view();
    EXPECT_THAT(view->find(directory, "a", 5), ElementsAre(object.id));
    EXPECT_THAT(view->find(directory, "UID=ann, dc=x", 5), ElementsAre(object.id));
    EXPECT_THAT(view->find(directory, "ann ärger", 5), ElementsAre(object.id));
    EXPECT_THAT(view->find(directory, "ann", 5), IsEmpty());
    EXPECT_THAT(view->find(kMetaverse, "a", 5), IsEmpty());
}

TEST_P(StoreTest, KeepsPendingExports) {
    const ObjectId a = make_user("a");
    const ObjectId b = make_user("b");
    Export update = pending(a, ExportKind::update);
    update.delta.attributes.push_back({attribute(user, "cn"), {"A"}, {"B"}});
    update.attempts = 2;
    update.error = "no";
    update.cause = b;
    plan({{update}, {pending(b, ExportKind::create)}});
    std::vector<Export> rows = exports();
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_EQ(rows[0].object, a);
    EXPECT_EQ(rows[0].type, user);
    EXPECT_EQ(rows[0].delta, update.delta);
    EXPECT_EQ(rows[0].attempts, 2);
    EXPECT_EQ(rows[0].error, "no");
    EXPECT_EQ(rows[0].cause, b);
    EXPECT_EQ(rows[0].planned, CommitNumber(2));
    EXPECT_EQ(rows[1].kind, ExportKind::create);

    update.state = ExportState::failed;
    plan({{update}, {pending(b, ExportKind::create), true}});
    EXPECT_THAT(exports({ExportState::planned}), IsEmpty());
    EXPECT_THAT(exports({ExportState::planned, ExportState::failed}), SizeIs(1));
    std::vector<std::optional<Export>> beside;
    store->view()->exports(std::vector{b, a}, beside);
    EXPECT_FALSE(beside[0]);
    ASSERT_TRUE(beside[1]);
    EXPECT_EQ(beside[1]->state, ExportState::failed);
}

TEST_P(StoreTest, PendingLinksComeWithAnExportAndGoWithIt) {
    const ObjectId a = make_user("a");
    const Object g = make_group("g");
    const ExportLink add{g.id, member, true, a, {}};
    const ExportLink remove{g.id, member, false, {}, "uid=old"};
    plan({}, {{add}, {remove}});
    std::vector<Export> rows = exports();
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows[0].object, g.id);
    EXPECT_EQ(rows[0].type, group);
    EXPECT_EQ(rows[0].kind, ExportKind::update);
    EXPECT_TRUE(rows[0].delta.empty());
    std::vector<ExportLink> links;
    store->view()->export_links(std::vector{a, g.id}, links);
    ASSERT_THAT(links, SizeIs(2));
    EXPECT_FALSE(links[0].add);
    EXPECT_EQ(links[0].text, "uid=old");
    EXPECT_EQ(links[1].target, a);
    EXPECT_THAT(check(), IsEmpty());
    plan({}, {{add, true}});
    EXPECT_THAT(exports(), SizeIs(1));
    plan({}, {{remove, true}});
    EXPECT_THAT(exports(), IsEmpty());
}

TEST_P(StoreTest, CountsAndSweepsWhatIsPlanned) {
    const ObjectId a = make_user("a");
    const ObjectId b = make_user("b");
    const Object g = make_group("g");
    Export changed = pending(b, ExportKind::update);
    changed.delta.attributes.push_back({attribute(user, "cn"), {}, {"B"}});
    plan({{pending(a, ExportKind::erase)}, {changed}}, {{{g.id, member, false, a, {}}},
                                                        {{g.id, member, false, b, {}}},
                                                        {{g.id, owner, true, b, {}}}});
    const auto count = [&](TypeId type, LimitKind kind) {
        for (const View::PlannedCount& c : store->view()->planned(directory))
            if (c.type == type && c.kind == kind)
                return std::pair(c.planned, c.held);
        return std::pair(std::uint64_t{0}, std::uint64_t{0});
    };
    using Pair = std::pair<std::uint64_t, std::uint64_t>;
    EXPECT_EQ(count(user, LimitKind::deletes), Pair(1, 0));
    EXPECT_EQ(count(user, LimitKind::updates), Pair(1, 0));
    EXPECT_EQ(count(group, LimitKind::removals), Pair(2, 0));
    EXPECT_EQ(count(group, LimitKind::updates), Pair(1, 0));
    EXPECT_EQ(count(user, LimitKind::disables), Pair(0, 0));

    using To = ExportSweep::To;
    plan({}, {},
         {{directory, user, LimitKind::deletes, To::held},
          {directory, group, LimitKind::removals, To::held}});
    EXPECT_EQ(count(user, LimitKind::deletes), Pair(1, 1));
    EXPECT_EQ(count(group, LimitKind::removals), Pair(2, 2));
    EXPECT_EQ(count(group, LimitKind::updates), Pair(1, 0));
    EXPECT_THAT(exports({ExportState::held}), SizeIs(1));
    reopen_if_durable();

    plan({}, {}, {{directory, user, LimitKind::deletes, To::planned}});
    EXPECT_EQ(count(user, LimitKind::deletes), Pair(1, 0));
    plan({}, {}, {{directory, user, LimitKind::deletes, To::held}});
    plan({}, {}, {{directory, user, LimitKind::deletes, To::released}});
    EXPECT_EQ(count(user, LimitKind::deletes), Pair(0, 0));
    EXPECT_TRUE(exports()[0].released);
    plan({}, {}, {{directory, user, LimitKind::deletes, To::held}});
    EXPECT_THAT(exports({ExportState::held}), IsEmpty()) << "what was released stays so";

    plan({}, {}, {{directory, group, LimitKind::removals, To::discarded}});
    EXPECT_EQ(count(group, LimitKind::removals), Pair(0, 0));
    std::vector<ExportLink> links;
    store->view()->export_links(std::vector{g.id}, links);
    EXPECT_THAT(links, SizeIs(1));
}

TEST_P(StoreTest, DiscardingTheLastRemovalDropsTheExport) {
    const ObjectId a = make_user("a");
    const Object g = make_group("g");
    ExportLink removal{g.id, member, false, a, {}};
    removal.state = ExportState::held;
    plan({}, {{removal}});
    EXPECT_THAT(exports(), SizeIs(1));
    plan({}, {}, {{directory, group, LimitKind::removals, ExportSweep::To::discarded}});
    EXPECT_THAT(exports(), IsEmpty());
}

TEST_P(StoreTest, RemovalsOfADeletedObjectAreNotCounted) {
    const ObjectId a = make_user("a");
    const Object g = make_group("g");
    Export erase = pending(g.id, ExportKind::erase);
    erase.type = group;
    plan({{erase}}, {{{g.id, member, false, a, {}}}});
    std::vector<LimitKind> kinds;
    for (const View::PlannedCount& c : store->view()->planned(directory))
        kinds.push_back(c.kind);
    EXPECT_THAT(kinds, ElementsAre(LimitKind::deletes));
}

TEST_P(StoreTest, AReservedValueBelongsToItsOwnerForEver) {
    const AttributeId mail = attribute(person, "mail");
    ChangeSet changes;
    changes.reservations = {{mail, "Ann@x", "a1"}};
    EXPECT_EQ(commit(changes), CommitNumber{});
    commit(changes);
    std::vector<std::string> owners;
    store->view()->reserved(mail, views({"ann@x", "bob@x"}), owners);
    EXPECT_THAT(owners, ElementsAre("a1", ""));
    std::vector<std::string> values;
    store->view()->reservations(mail, views({"b", "a1"}), values);
    EXPECT_THAT(values, ElementsAre("", "Ann@x"));
    changes.reservations = {{mail, "ANN@x", "b"}};
    EXPECT_THROW(commit(changes), Conflict);
    changes.reservations = {{mail, "other", "a1"}};
    EXPECT_THROW(commit(changes), Conflict);
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

TEST_P(StoreTest, PatternsKeepTheirNumbers) {
    const std::uint32_t one = store->intern("one");
    const std::uint32_t two = store->intern("two");
    EXPECT_NE(one, two);
    EXPECT_EQ(store->intern("one"), one);
    Object object = make(person);
    object.provenance = two;
    create(object);
    EXPECT_EQ(store->view()->pattern(two), "two");
    EXPECT_EQ(store->view()->pattern(one), "one");
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
    Object other = make(user, "b");
    ObjectWrite creation_lie = creation(other);
    set(creation_lie.object, "cn", {"X"});
    write(creation_lie);
    EXPECT_THAT(check(), SizeIs(2));
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

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreTest,
                         ::testing::Values(Case{sqlite_factory(), StoreAccess::write},
                                           Case{sqlite_factory(), StoreAccess::preview}),
                         [](const auto& test) {
                             return test.param.factory.name +
                                    (test.param.access == StoreAccess::write ? "" : "_preview");
                         });

}  // namespace
}  // namespace muster
