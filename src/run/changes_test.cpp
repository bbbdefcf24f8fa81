#include "run/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/object_path.h"
#include "store/store_fixture.h"
#include "world/test_store.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const StoreFactory& factory() {
    static const StoreFactory wanted{
        "wanted", [](const std::string& folder, const Schema& schema, StoreAccess access) {
            return testing::open_test_store(folder + "/muster.db", schema, access);
        }};
    return wanted;
}

class ChangesTest : public ::testing::Test, public StoreFixture {
 public:
    ChangesTest() : StoreFixture(factory()) {}
    void TearDown() override { testing::require_agreement(*store); }

    const TypeId person = type("metaverse", "person");
    const TypeId user = type("directory", "user");
    const TypeId group = type("directory", "group");
    const SpaceId directory = schema.find_space("directory");
    const AttributeId member = attribute(group, "member");

    Object make_user(const std::string& anchor, const std::string& name) {
        auto object = make(user, anchor);
        set(object, "cn", {name});
        create(object);
        return read(object.id);
    }
    CommitNumber rename(ObjectId id, const std::string& name) {
        const auto before = read(id);
        auto after = before;
        set(after, "cn", {name});
        return write(update(before, after));
    }
    CommitNumber write_link(ObjectId source, ObjectId target, bool open) {
        ChangeSet changes;
        changes.objects.push_back(touched(source, {{member, open, target, {}}}));
        changes.links.push_back({{member, source, target, {}}, open});
        return store->commit(changes);
    }
    std::vector<ObjectChange> changes(CommitNumber after) {
        std::vector<ObjectChange> all;
        each_change(schema, *store->view(), directory, after,
                    [&](const ObjectChange& change) { all.push_back(change); });
        return all;
    }
    std::string path(ObjectId id) {
        return object_paths(schema, *store->view(), std::span(&id, 1)).front();
    }
};

TEST_F(ChangesTest, PathsSayNameElseAnchorElseNumber) {
    EXPECT_EQ(path(make_user("u1", "Ada").id), "directory/user/u1");
    const auto named = make(user, "u2", "uid=u2,dc=x");
    create(named);
    EXPECT_EQ(path(named.id), "directory/user/uid=u2,dc=x");
    EXPECT_EQ(path(ObjectId(999)), "#999");
}

TEST_F(ChangesTest, PathsOfMetaverseObjectsAreTheirKeys) {
    auto object = make(person);
    create(object);
    EXPECT_EQ(path(object.id), "metaverse/person/#" + std::to_string(object.id.value));
    auto keyed = make(person);
    set(keyed, "mail", {"ada@x"});
    create(keyed);
    EXPECT_EQ(path(keyed.id), "metaverse/person/ada@x");
    auto planned = make(user);
    planned.joined = keyed.id;
    planned.state = ObjectState::provisioning;
    create(planned);
    EXPECT_EQ(path(planned.id), "directory/user/new for metaverse/person/ada@x");
}

TEST_F(ChangesTest, AnErasedObjectKeepsItsPath) {
    const auto ada = make_user("u1", "Ada");
    write(erasure(ada));
    EXPECT_EQ(path(ada.id), "directory/user/u1");
}

TEST_F(ChangesTest, SeveralUpdatesAreOneChange) {
    const auto ada = make_user("u1", "Ada");
    const auto before = store->view()->last_commit();
    rename(ada.id, "Bea");
    rename(ada.id, "Cleo");
    const auto all = changes(before);
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].kind, ChangeKind::update);
    EXPECT_EQ(all[0].path, "directory/user/u1");
    EXPECT_THAT(all[0].values, ElementsAre(ValueDifference{
                                   attribute(user, "cn"), "cn", false, {"Ada"}, {"Cleo"}}));
}

TEST_F(ChangesTest, WhatIsTakenBackIsNoChange) {
    const auto ada = make_user("u1", "Ada");
    const auto team = make(group, "g1");
    create(team);
    const auto before = store->view()->last_commit();
    rename(ada.id, "Bea");
    rename(ada.id, "Ada");
    write_link(team.id, ada.id, true);
    write_link(team.id, ada.id, false);
    write(erasure(make_user("u2", "Eve")));
    EXPECT_THAT(changes(before), IsEmpty());
}

TEST_F(ChangesTest, ACreatedObjectShowsWhatItIsInTheEnd) {
    const auto before = store->view()->last_commit();
    const auto ada = make_user("u1", "Ada");
    rename(ada.id, "Bea");
    const auto team = make(group, "g1");
    create(team);
    write_link(team.id, ada.id, true);
    const auto all = changes(before);
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_EQ(all[0].kind, ChangeKind::create);
    EXPECT_THAT(all[0].values,
                ElementsAre(ValueDifference{{}, "anchor", false, {}, {"u1"}},
                            ValueDifference{attribute(user, "cn"), "cn", false, {}, {"Bea"}}));
    EXPECT_THAT(all[1].values,
                ElementsAre(ValueDifference{{}, "anchor", false, {}, {"g1"}},
                            ValueDifference{member, "member", true, {}, {"directory/user/u1"}}));
}

TEST_F(ChangesTest, AnErasedObjectShowsWhatItWas) {
    const auto ada = make_user("u1", "Ada");
    const auto before = store->view()->last_commit();
    rename(ada.id, "Bea");
    write(erasure(read(ada.id)));
    const auto all = changes(before);
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].kind, ChangeKind::erase);
    EXPECT_EQ(all[0].path, "directory/user/u1");
    EXPECT_THAT(all[0].values.back(),
                (ValueDifference{attribute(user, "cn"), "cn", false, {"Ada"}, {}}));
}

TEST_F(ChangesTest, ManyObjectsComeInOrderAcrossBatches) {
    const auto before = store->view()->last_commit();
    ChangeSet set;
    for (int i = 0; i < 1'203; ++i) {
        set.objects.push_back(creation(make(user, "u" + std::to_string(i))));
    }
    store->commit(set);
    const auto all = changes(before);
    ASSERT_THAT(all, SizeIs(1'203));
    EXPECT_EQ(all.front().path, "directory/user/u0");
    EXPECT_EQ(all.back().path, "directory/user/u1202");
    std::size_t described = 0;
    EXPECT_EQ(each_change(
                  schema, *store->view(), directory, before,
                  [&](const ObjectChange&) { ++described; }, 7),
              1'203u);
    EXPECT_EQ(described, 7u);
}

TEST_F(ChangesTest, PendingExportsNameTheirLinksAndCause) {
    const auto ada = make_user("u1", "Ada");
    const auto team = make(group, "g1");
    create(team);
    ChangeSet set;
    Export row;
    row.object = team.id;
    row.type = group;
    row.cause = ada.id;
    row.delta.attributes = {{attribute(group, "cn"), {"old"}, {"new"}}};
    set.exports.push_back({row});
    set.export_links.push_back({{team.id, member, true, ada.id, {}}});
    set.export_links.push_back({{team.id, member, false, {}, "uid=gone"}});
    store->commit(set);
    std::vector<PendingExport> all;
    each_pending_export(schema, *store->view(), directory, {},
                        [&](const PendingExport& pending) { all.push_back(pending); });
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].path, "directory/group/g1");
    EXPECT_EQ(all[0].cause, "directory/user/u1");
    EXPECT_THAT(
        all[0].values,
        ElementsAre(ValueDifference{attribute(group, "cn"), "cn", false, {"old"}, {"new"}},
                    ValueDifference{member, "member", true, {"uid=gone"}, {"directory/user/u1"}}));
    EXPECT_EQ(all[0].held_links, 0u);
    EXPECT_TRUE(find_pending_export(schema, *store->view(), team.id));
    EXPECT_FALSE(find_pending_export(schema, *store->view(), ada.id));
}

TEST_F(ChangesTest, LinksAreHeldApartFromTheRestOfTheirObject) {
    const auto ada = make_user("u1", "Ada");
    const auto team = make(group, "g1");
    create(team);
    ChangeSet set;
    Export row;
    row.object = team.id;
    row.type = group;
    row.delta.attributes = {{attribute(group, "cn"), {"old"}, {"new"}}};
    set.exports.push_back({row});
    set.export_links.push_back({{team.id, member, false, ada.id, {}, ExportState::held}});
    store->commit(set);
    const auto in = [&](ExportState state) {
        std::vector<PendingExport> all;
        each_pending_export(schema, *store->view(), directory, std::span(&state, 1),
                            [&](const PendingExport& pending) { all.push_back(pending); });
        return all;
    };
    ASSERT_THAT(in(ExportState::held), SizeIs(1));
    EXPECT_EQ(in(ExportState::held)[0].held_links, 1u);
    EXPECT_THAT(in(ExportState::held)[0].values,
                ElementsAre(ValueDifference{member, "member", true, {"directory/user/u1"}, {}}));
    ASSERT_THAT(in(ExportState::planned), SizeIs(1));
    EXPECT_THAT(
        in(ExportState::planned)[0].values,
        ElementsAre(ValueDifference{attribute(group, "cn"), "cn", false, {"old"}, {"new"}}));
    EXPECT_THAT(in(ExportState::failed), IsEmpty());
}

}  // namespace
}  // namespace muster
