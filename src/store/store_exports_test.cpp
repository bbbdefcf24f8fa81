#include <map>
#include <tuple>

#include "store/store_suite.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

TEST_P(StoreTest, CountsWhatWasRefused) {
    const auto refused = [this] { return store->view()->refused(directory); };
    EXPECT_EQ(refused().count, 0u);
    Export planned = pending(make_user("a"), ExportKind::erase);
    Export held = pending(make_user("b"), ExportKind::erase);
    held.error = "no room";
    held.state = ExportState::held;
    plan({{planned}, {held}});
    EXPECT_EQ(refused().count, 0u);
    planned.error = "no room";
    plan({{planned}});
    EXPECT_EQ(refused().count, 1u);
    EXPECT_EQ(refused().first, store->view()->last_commit());
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
    EXPECT_EQ(count(group, LimitKind::removals), Pair(1, 0)) << "the other one goes with its end";
    EXPECT_EQ(count(group, LimitKind::updates), Pair(0, 0)) << "only links change";
    EXPECT_EQ(count(user, LimitKind::disables), Pair(0, 0));

    using To = ExportSweep::To;
    plan({}, {},
         {{directory, user, LimitKind::deletes, To::held},
          {directory, group, LimitKind::removals, To::held}});
    EXPECT_EQ(count(user, LimitKind::deletes), Pair(1, 1));
    EXPECT_EQ(count(group, LimitKind::removals), Pair(1, 1));
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
    EXPECT_THAT(links, SizeIs(3)) << "what was discarded is not planned again";
    plan({}, {}, {{directory, group, LimitKind::removals, To::planned}});
    EXPECT_EQ(count(group, LimitKind::removals), Pair(0, 0));
    plan({}, {}, {{directory, group, LimitKind::removals, To::released}});
    links.clear();
    store->view()->export_links(std::vector{g.id}, links);
    EXPECT_EQ(std::ranges::count(links, ExportState::planned, &ExportLink::state), 3);
}

TEST_P(StoreTest, CountsWhatIsPendingWithoutReadingIt) {
    const ObjectId a = make_user("a");
    const ObjectId b = make_user("b");
    const ObjectId c = make_user("c");
    const Object g = make_group("g");
    const Object h = make_group("h");
    Export renamed = pending(a, ExportKind::update);
    renamed.delta.anchor = {"a", "],\"name\":[\""};
    renamed.delta.name = {"uid=a", "uid=b"};
    Export changed =
        pending(b, ExportKind::update);  // an attribute that is called "name" is no name
    changed.delta.anchor = {"b", "{\"name\":[\""};
    changed.delta.attributes.push_back({attribute(user, "cn"), {}, {"{\"name\":[\"x"}});
    Export disabled = pending(c, ExportKind::disable);
    disabled.delta.name = {"uid=c", "uid=c,ou=gone"};
    disabled.state = ExportState::failed;
    ExportLink held{h.id, member, false, a, {}};
    held.state = ExportState::held;
    plan({{renamed}, {changed}, {disabled}},
         {{{g.id, member, true, a, {}}}, {{g.id, member, true, b, {}}}, {held}});
    std::map<std::tuple<ExportKind, ExportState, bool>, std::uint64_t> counted;
    for (const auto& one : store->view()->pending(directory))
        counted[{one.kind, one.state, one.renames}] += one.count;
    using Sort = std::tuple<ExportKind, ExportState, bool>;
    EXPECT_EQ((counted[Sort{ExportKind::update, ExportState::planned, true}]), 1u);
    EXPECT_EQ((counted[Sort{ExportKind::update, ExportState::planned, false}]), 2u);  // b and g
    EXPECT_EQ((counted[Sort{ExportKind::update, ExportState::held, false}]), 1u);     // h
    EXPECT_EQ((counted[Sort{ExportKind::disable, ExportState::failed, true}]), 1u);
    EXPECT_THAT(counted, SizeIs(4));
    EXPECT_THAT(store->view()->pending(kMetaverse), IsEmpty());
}

TEST_P(StoreTest, WhatIsExcusedCountsInNoLimit) {
    const ObjectId a = make_user("a");
    Export creation = pending(a, ExportKind::create);
    creation.delta.name = std::pair<std::string, std::string>{"", "cn=a"};
    plan({{creation}});
    const auto creates = [&] {
        const auto counts = store->view()->planned(directory);
        return counts.empty() ? View::PlannedCount{} : counts.front();
    };
    EXPECT_EQ(creates().kind, LimitKind::creates);
    EXPECT_EQ(creates().planned, 1u);
    plan({}, {}, {{directory, user, LimitKind::creates, ExportSweep::To::excused}});
    EXPECT_EQ(creates().planned, 0u);
    EXPECT_EQ(creates().pending, 1u);
    plan({}, {}, {{directory, user, LimitKind::creates, ExportSweep::To::held}});
    EXPECT_THAT(exports({ExportState::planned}), SizeIs(1));
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

}  // namespace
}  // namespace muster
