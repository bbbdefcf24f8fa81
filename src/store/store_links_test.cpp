#include "base/error.h"
#include "store/store_suite.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The sample without people of the system: who reads with it has forgotten them.
inline Schema forgetful_schema() {
    Schema forgetful;
    const SpaceId metaverse = forgetful.add_space("metaverse");
    const TypeId person = forgetful.add_type(
        metaverse, "person",
        {{"mail"}, {"name"}, {"age", Type::integer}, {"tags", Type::text, true}});
    forgetful.add_key(person, {forgetful.find_attribute(person, "mail")});
    forgetful.add_type(forgetful.add_space("directory"), "group", {{"cn"}});
    return forgetful;
}

TEST_P(StoreTest, JoinsOfForgottenTypesEndWithTheirObject) {
    if (GetParam().access != StoreAccess::write)
        GTEST_SKIP() << "another process would have another preview";
    const Object ann = make(person);
    create(ann);
    const ObjectId account = make_user("a");
    Object joined = read(account);
    joined.joined = ann.id;
    write(update(read(account), joined));
    std::vector<ForgottenJoin> forgotten;
    store->view()->forgotten(std::vector{ann.id}, forgotten);
    EXPECT_THAT(forgotten, ::testing::IsEmpty());

    const Schema whole = schema;
    store.reset();
    schema = forgetful_schema();
    reopen();
    std::vector<Join> joins;
    store->view()->connectors(std::vector{ann.id}, joins);
    EXPECT_THAT(joins, ::testing::IsEmpty());
    store->view()->forgotten(std::vector{ann.id}, forgotten);
    ASSERT_EQ(forgotten.size(), 1u);
    EXPECT_EQ(forgotten[0].connector, account);
    EXPECT_EQ(forgotten[0].system + "." + forgotten[0].type, "directory.user");
    write(erasure(read(ann.id)));

    store.reset();
    schema = whole;
    reopen();
    EXPECT_FALSE(read(account).joined);
    const auto history = store->view()->history(account, 10);
    ASSERT_EQ(history.size(), 3u);
    const auto parted = decode_delta(history[0].delta, user, schema);
    EXPECT_EQ(parted.joined, std::optional(std::pair(ann.id, ObjectId())));
    EXPECT_EQ(history[0].previous, history[1].commit);
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
    EXPECT_EQ(store->view()->count_joined(directory), 2u);
    EXPECT_EQ(store->view()->count_joined(kMetaverse), 0u);
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
    std::vector<std::uint64_t> counts(4);
    const std::vector<LinkCount> counted = {
        {g.id, member, 10}, {g.id, member, 2}, {a, member, 10}, {g.id, owner, 10}};
    store->view()->count_links(counted, counts);
    EXPECT_THAT(counts, ElementsAre(3u, 2u, 0u, 1u));
    const std::vector<Link> asked = {{member, g.id, a, {}}, {owner, g.id, b, {}}};
    bool answers[2];
    store->view()->exist(asked, answers);
    EXPECT_TRUE(answers[0]);
    EXPECT_FALSE(answers[1]);
    std::vector<Link> open;
    store->view()->unresolved(directory, [&](const Link& link) { open.push_back(link); });
    EXPECT_EQ(store->view()->count_unresolved(directory), open.size());
    EXPECT_EQ(store->view()->count_unresolved(kMetaverse), 0u);
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

}  // namespace
}  // namespace muster
