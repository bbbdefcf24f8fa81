#include <fmt/format.h>

#include "store/store_suite.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

constexpr std::size_t kMoreThanAPage = 2'500;

TEST_P(StoreTest, ScansEveryObjectOnce) {
    ChangeSet changes;
    std::vector<ObjectId> users;
    for (std::size_t i = 0; i < kMoreThanAPage; ++i) {
        Object object = make(user, fmt::format("u{}", i), fmt::format("uid=u{},dc=x", i));
        set(object, "cn", {fmt::format("User {}", i)});
        users.push_back(object.id);
        changes.objects.push_back(creation(object));
    }
    Object team_one = make(team);
    changes.objects.push_back(creation(team_one));
    commit(changes);
    write(erasure(read(users.back())));
    users.pop_back();

    std::vector<ObjectId> seen_users;
    std::vector<ObjectId> seen_teams;
    store->view()->scan_objects([&](const Object& object) {
        (object.type == user ? seen_users : seen_teams).push_back(object.id);
        if (object.id == users[1'234]) {
            EXPECT_EQ(object.anchor, "u1234");
            EXPECT_EQ(object.name, "uid=u1234,dc=x");
            EXPECT_EQ(object.attributes.first(attribute(user, "cn")), "User 1234");
            EXPECT_EQ(object.commit, CommitNumber(1));
        }
    });
    EXPECT_THAT(seen_users, ElementsAreArray(users));
    EXPECT_THAT(seen_teams, ElementsAre(team_one.id));
}

TEST_P(StoreTest, ScansEveryJoinOnce) {
    Object ann = make(person);
    Object joined = make(user, "ann");
    joined.joined = ann.id;
    ChangeSet changes;
    changes.objects = {creation(ann), creation(joined), creation(make(user, "nobody"))};
    commit(changes);

    std::vector<Join> seen;
    store->view()->scan_joins([&](const Join& join) { seen.push_back(join); });
    EXPECT_THAT(seen, ElementsAre(Join{ann.id, joined.id, user}));
}

TEST_P(StoreTest, ScansEveryLinkOnce) {
    const Object staff = make_group("staff");
    const ObjectId ann = make_user("ann");
    std::vector<Link> all{{member, staff.id, {}, "uid=who"}, {owner, staff.id, ann, {}}};
    for (std::size_t i = 0; i < kMoreThanAPage; ++i)
        all.push_back({member, staff.id, ObjectId(static_cast<std::int64_t>(1'000 + i)), {}});
    std::vector<LinkWrite> writes;
    for (const Link& link : all)
        writes.push_back({link, true});
    write_links(staff.id, writes);
    write_links(staff.id, {{all.back(), false}});
    all.pop_back();

    std::vector<Link> seen;
    store->view()->scan_links([&](const Link& link) { seen.push_back(link); });
    EXPECT_THAT(seen, UnorderedElementsAreArray(all));
}

TEST_P(StoreTest, ScansEveryKeyOnce) {
    const KeyId mail = schema.keys().front().id;
    std::vector<KeyWrite> all{{mail, directory, "waiting@x", ObjectId(7)}};
    for (std::size_t i = 0; i < kMoreThanAPage; ++i)
        all.push_back({mail, kMetaverse, fmt::format("p{}@x", i % 2'000),
                       ObjectId(static_cast<std::int64_t>(i + 1))});
    ChangeSet changes;
    changes.keys = all;
    commit(changes);
    changes.keys = {all.back()};
    changes.keys.front().add = false;
    commit(changes);
    all.pop_back();

    std::vector<std::string> expected;
    for (const KeyWrite& key : all)
        expected.push_back(fmt::format("{} {} {}", key.space.value, key.value, key.object.value));
    std::vector<std::string> seen;
    store->view()->scan_keys([&](const KeyRow& key) {
        EXPECT_EQ(key.key, mail);
        seen.push_back(fmt::format("{} {} {}", key.space.value, key.value, key.object.value));
    });
    EXPECT_THAT(seen, UnorderedElementsAreArray(expected));
}

TEST_P(StoreTest, AnEmptyStoreHasNothingToScan) {
    std::vector<int> seen;
    const auto view = store->view();
    view->scan_objects([&](const Object&) { seen.push_back(1); });
    view->scan_links([&](const Link&) { seen.push_back(2); });
    view->scan_keys([&](const KeyRow&) { seen.push_back(3); });
    EXPECT_THAT(seen, IsEmpty());
}

}  // namespace
}  // namespace muster
