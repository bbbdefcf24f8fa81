#include "base/error.h"
#include "store/find.h"
#include "store/store_suite.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::string_literals;

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
    EXPECT_THAT(
        find_named(*store->view(), directory, std::vector<std::string>{"uid=ann,dc=x", "dc=x"}),
        ElementsAre(a, ObjectId{}));
}

TEST_P(StoreTest, NamesThatDirectoriesTellApartAreTwo) {
    const ObjectId a = make_user("a", "cn=Strau\u00df,dc=x");
    const ObjectId b = make_user("b", "cn=Strauss,dc=x");
    const std::vector<std::string> names{"CN=STRAU\u00df,dc=x", "cn=strauss,dc=x",
                                         "cn=Stra\u00dfs,dc=x"};
    EXPECT_THAT(find_named(*store->view(), directory, names), ElementsAre(a, b, ObjectId{}));
}

TEST_P(StoreTest, OfSeveralObjectsOfANameTheSpellingDecides) {
    const ObjectId a = make_user("a", "cn=Ann,dc=x");
    const ObjectId b = make_user("b", "cn=ANN,dc=x");
    const std::vector<std::string> names{"cn=Ann,dc=x", "cn=ANN,dc=x", "cn=ann,dc=x"};
    EXPECT_THAT(find_named(*store->view(), directory, names), ElementsAre(a, b, ObjectId{}));
}

TEST_P(StoreTest, ANameGoesToTheSuccessorOfWhatIsGone) {
    Object gone = make(user, "a", "uid=ann");
    Object successor = make(user, "b", "uid=ann");
    std::swap(gone.id, successor.id);
    gone.state = ObjectState::gone;
    create(gone);
    const std::vector<std::string> names{"uid=ann"};
    EXPECT_THAT(find_named(*store->view(), directory, names), ElementsAre(gone.id));
    create(successor);
    EXPECT_THAT(find_named(*store->view(), directory, names), ElementsAre(successor.id));
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
    EXPECT_ANY_THROW(create(second)) << "a Conflict where other processes may write, else an Error";
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

TEST_P(StoreTest, FindsByAnchorNameOrFoldedValue) {
    Object object = make(user, "a", "uid=Ann,dc=x");
    set(object, "cn", {"Ann  ÄRGER"});
    create(object);
    const auto view = store->view();
    EXPECT_THAT(find_objects(*view, schema, directory, "a", 5), ElementsAre(object.id));
    EXPECT_THAT(find_objects(*view, schema, directory, "UID=ann, dc=x", 5), ElementsAre(object.id));
    EXPECT_THAT(find_objects(*view, schema, directory, "ann ärger", 5), ElementsAre(object.id));
    EXPECT_THAT(find_objects(*view, schema, directory, "ann", 5), IsEmpty());
    EXPECT_THAT(find_objects(*view, schema, kMetaverse, "a", 5), IsEmpty());
}

TEST_P(StoreTest, FindsByAMatchingKeyBeforeItReadsEverything) {
    Object ann = make(person);
    set(ann, "mail", {"Ann@x"});
    ChangeSet changes;
    changes.objects.push_back(creation(ann));
    changes.keys.push_back({schema.keys().front().id, kMetaverse, "ann@x", ann.id, true});
    commit(std::move(changes));
    Object other = make(person);
    set(other, "name", {"ann@x"});
    create(other);
    EXPECT_THAT(find_objects(*store->view(), schema, kMetaverse, "ANN@x", 5), ElementsAre(ann.id));
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

}  // namespace
}  // namespace muster
