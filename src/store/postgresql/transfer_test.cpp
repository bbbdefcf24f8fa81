#include "store/transfer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "base/error.h"
#include "store/open_store.h"
#include "store/postgresql/testing.h"
#include "store/store_suite.h"

namespace muster::postgresql {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::string_literals;

const StoreFactory& sqlite_factory() {
    static const StoreFactory kFactory = {
        "sqlite", [](const std::string& folder, const Schema& schema, StoreAccess access) {
            return open_sqlite_store(folder + "/muster.db", schema, access);
        }};
    return kFactory;
}

/// Stands before or after its neighbours by its bytes, by a locale, and as a server stores it.
const std::string kOdd[] = {"a",         "B",          "_",        "é",        "e",
                            "z \0 nul"s, "z \x19 sub", "z \x1a 0", "\xff\xc3", "\\u0000 \"\\\""};

/// A SQLite store with rows in every table.
class TransferTest : public ::testing::Test, public StoreFixture {
 public:
    TransferTest() : StoreFixture(sqlite_factory()) {}

    const TypeId person = type("metaverse", "person");
    const TypeId user = type("directory", "user");
    const TypeId group = type("directory", "group");
    const SpaceId directory = schema.find_space("directory");
    const AttributeId member = attribute(group, "member");
    const std::string path = folder.file("muster.db");
    const std::string url = testing::shared_postgres().fresh_database();

    void fill() {
        fill_objects();
        fill_links();
        fill_exports();
        fill_work();
    }
    static TransferResult move(const std::string& from, const std::string& to) {
        const auto source = open_transfer(from, false);
        const auto target = open_transfer(to, true);
        return transfer(*source, *target, {});
    }
    std::string contents(Store& of) const;

 private:
    void fill_objects();
    void fill_links();
    void fill_exports();
    void fill_work();

    std::vector<ObjectId> people_;
    std::vector<ObjectId> users_;
    ObjectId group_;
};

void TransferTest::fill_objects() {
    ChangeSet changes;
    constexpr ObjectState kStates[] = {ObjectState::normal, ObjectState::provisioning,
                                       ObjectState::gone};
    for (std::size_t i = 0; i < std::size(kOdd); ++i) {
        Object ann = make(person);
        set(ann, "mail", {"ann" + std::to_string(i)});
        set(ann, "age", {std::to_string(i)});
        set(ann, "tags", {"é", "\\u0000", "nul \0 sub \x1a"s});
        ann.provenance = store->intern("pattern " + std::to_string(i % 3));
        if (i % 4 == 3) {
            ann.state = ObjectState::leaving;
            ann.due = at(1'000 + static_cast<std::int64_t>(i));
        }
        people_.push_back(ann.id);
        changes.objects.push_back(creation(ann));
        changes.keys.push_back(
            {schema.keys().front().id, SpaceId(kMetaverse), kOdd[i], ann.id, true});
        Object account = make(user, kOdd[i], "cn=" + kOdd[i]);
        account.state = kStates[i % 3];
        account.retry = i % 2 == 0;
        account.unconfirmed = i % 2 == 1;
        account.joined = i < 8 ? ann.id : ObjectId();
        account.payload = digest(kOdd[i]);
        users_.push_back(account.id);
        changes.objects.push_back(creation(account));
    }
    const Object crew = make(group, "crew");
    group_ = crew.id;
    changes.objects.push_back(creation(crew));
    const Object nobody = make(user, "nobody", "cn=nobody");
    changes.objects.push_back(creation(nobody));
    changes.cause = "import directory";
    changes.time = at(1);
    commit(changes);
    Object renamed = read(users_[0]);
    renamed.name = "cn=renamed";
    write(update(read(users_[0]), renamed));
    write(erasure(read(nobody.id)));
}

void TransferTest::fill_links() {
    const auto change = [&](const std::vector<LinkWrite>& links) {
        std::vector<LinkChange> notes;
        for (const LinkWrite& one : links)
            notes.push_back({one.link.attribute, one.open, one.link.target, one.link.text});
        std::sort(notes.begin(), notes.end());
        ChangeSet changes;
        changes.objects.push_back(touched(group_, notes));
        changes.links = links;
        commit(changes);
    };
    std::vector<LinkWrite> links;
    for (const std::string& text : kOdd)
        if (text != kOdd[8])  // the log is JSON
            links.push_back({{member, group_, {}, text}, true});
    for (const ObjectId target : users_)
        links.push_back({{member, group_, target, {}}, true});
    change(links);
    change({{links[0].link, false}, {links[5].link, false}, {links.back().link, false}});
    change({{links.back().link, true}});
    change({{links.back().link, false}});
}

void TransferTest::fill_exports() {
    ChangeSet changes;
    constexpr ExportState kStates[] = {ExportState::planned, ExportState::sent, ExportState::held,
                                       ExportState::failed};
    for (std::size_t i = 0; i < users_.size(); ++i) {
        Export row;
        row.object = users_[i];
        row.type = user;
        row.kind = ExportKind::update;
        row.state = kStates[i % 4];
        row.delta.attributes = {{attribute(user, "cn"), {}, {"new é"}}};
        row.error = i % 4 == 3 ? kOdd[i] : "";
        row.cause = users_[0];
        row.attempts = static_cast<int>(i);
        row.released = i % 2 == 1;
        changes.exports.push_back({row});
    }
    Export crew;
    crew.object = group_;
    crew.type = group;
    changes.exports.push_back({crew});
    for (const std::string& text : kOdd)
        changes.export_links.push_back({{group_, member, false, {}, text}});
    changes.export_links.push_back({{group_, member, true, users_[1], {}}});
    commit(changes);
}

void TransferTest::fill_work() {
    ChangeSet changes;
    const ActivityId run = store->reserve_activity();
    const ActivityId step = store->reserve_activity();
    changes.activities = {
        {run, {}, "run", "", "running", at(1), {}, "{}", ""},
        {step, run, "import", "directory", "done", at(1), at(2), R"({"added":3})", kOdd[5]}};
    for (std::size_t i = 0; i < std::size(kOdd); ++i) {
        changes.items.push_back(
            {step, users_[i], "directory", "user", kOdd[i], "code", kOdd[i], "file:1"});
        changes.reservations.push_back({attribute(person, "mail"), kOdd[i], "owner " + kOdd[i]});
        changes.watermarks.emplace_back(fmt::format("follower {}", kOdd[i % 5]), CommitNumber(2));
        changes.meta.emplace_back("meta " + kOdd[i % 5], kOdd[i]);
    }
    commit(changes);
}

/// Everything a reader can learn of a store, in an order of its own.
std::string TransferTest::contents(Store& of) const {
    std::vector<std::string> lines;
    const auto view = of.view();
    std::vector<ObjectId> ids;
    view->scan_objects([&](const Object& o) {
        std::string json;
        encode(o.attributes, schema, json);
        ids.push_back(o.id);
        lines.push_back(fmt::format("object {} {} {} {}{}{} {} {} {} {} {} {} {} {}", o.id.value,
                                    o.type.value, state_name(o.state), o.unconfirmed, o.retry,
                                    o.waiting, o.joined.value, o.anchor, o.name, json,
                                    hex(o.payload), o.commit.value,
                                    o.provenance == 0 ? "" : view->pattern(o.provenance),
                                    o.due ? o.due->time_since_epoch().count() : 0));
    });
    view->scan_links([&](const Link& l) {
        lines.push_back(fmt::format("link {} {} {} {}", l.attribute.value, l.source.value,
                                    l.target.value, l.text));
    });
    view->scan_keys([&](const KeyRow& k) {
        lines.push_back(
            fmt::format("key {} {} {} {}", k.key.value, k.space.value, k.value, k.object.value));
    });
    for (std::int64_t id = 1; id < 50; ++id)
        for (const Change& c : view->history(ObjectId(id), 100))
            lines.push_back(fmt::format("change {} {} {} {} {}", id, c.commit.value,
                                        c.previous.value, change_kind_name(c.kind), c.delta));
    view->exports(directory, {}, [&](const Export& e) {
        std::string json;
        encode(e.delta, schema, json);
        lines.push_back(fmt::format("export {} {} {} {} {} {} {} {}", e.object.value,
                                    export_state_name(e.state), json, e.attempts, e.error,
                                    e.cause.value, e.planned.value, e.released));
    });
    std::vector<ExportLink> links;
    view->export_links(ids, links);
    for (const ExportLink& l : links)
        lines.push_back(
            fmt::format("export link {} {} {} {}", l.object.value, l.add, l.target.value, l.text));
    for (const Space& space : schema.spaces())
        for (const Population& p : view->population(space.id))
            lines.push_back(
                fmt::format("count {} {} {}", p.type.value, p.attribute.value, p.count));
    for (const ActivityRow& a : view->activities(10))
        lines.push_back(
            fmt::format("activity {} {} {} {}", a.id.value, a.parent.value, a.status, a.message));
    for (const Item& i : view->items(ActivityId(1), 100))
        lines.push_back(fmt::format("item {} {} {}", i.object.value, i.anchor, i.message));
    for (const std::string& odd : kOdd) {
        std::vector<std::string> owners(1);
        view->reserved(attribute(person, "mail"), std::vector<std::string_view>{odd}, owners);
        lines.push_back(fmt::format("{} {} {}", owners[0], view->meta("meta " + odd),
                                    view->watermark("follower " + odd).value));
    }
    lines.push_back(fmt::format("last {}", view->last_commit().value));
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, "\n"));
}

TEST_F(TransferTest, ThereAndBackEverythingIsTheSame) {
    fill();
    const std::string before = contents(*store);
    EXPECT_THAT(store->check(1, {}), IsEmpty());
    store.reset();
    const TransferResult there = move(path, url);
    EXPECT_GT(there.rows, 100u);
    {
        PostgresqlStore moved(url, schema, StoreAccess::write);
        EXPECT_EQ(contents(moved), before);
        EXPECT_THAT(moved.check(1, {}), IsEmpty());
    }
    const std::string back = folder.file("back.db");
    EXPECT_EQ(move(url, back).digest, there.digest);
    const auto returned = open_sqlite_store(back, schema, StoreAccess::write);
    EXPECT_EQ(contents(*returned), before);
    EXPECT_THAT(returned->check(1, {}), IsEmpty());
}

TEST_F(TransferTest, WhatWasMovedIsWrittenToAsBefore) {
    fill();
    const ObjectId reserved = store->reserve_ids(100);
    Object last = make(user, "last", "cn=last");
    ASSERT_GT(last.id, reserved);
    create(last);
    write(erasure(read(last.id)));
    store.reset();
    move(path, url);
    store = std::make_unique<PostgresqlStore>(url, schema, StoreAccess::write);
    EXPECT_GT(store->reserve_ids(1), last.id);
    EXPECT_GT(store->reserve_activity(), ActivityId(2));
    EXPECT_EQ(store->intern("pattern 1"), 2u);
    EXPECT_EQ(store->intern("a fourth"), 4u);
    const CommitNumber before = store->view()->last_commit();
    EXPECT_EQ(create(make(user, "new")), CommitNumber(before.value + 1));
    ChangeSet note;
    note.items = {{ActivityId(1), {}, "directory", "user", "a", "code", "why", ""}};
    commit(note);
    EXPECT_THAT(store->view()->items(ActivityId(1), 100), SizeIs(std::size(kOdd) + 1));
    EXPECT_THAT(store->check(1, {}), IsEmpty());
    const std::string database = url.substr(url.rfind('/') + 1);
    EXPECT_EQ(
        testing::shared_postgres().query(database, "SELECT count(*) FROM muster.metaverse_person"),
        fmt::format("{}\n", std::size(kOdd)));
}

TEST_F(TransferTest, NumbersThatAServerNeverGaveOutMayBeMissing) {
    {
        PostgresqlStore from(url, schema, StoreAccess::write);
        from.intern("first");
        const std::string database = url.substr(url.rfind('/') + 1);
        testing::shared_postgres().query(
            database, "UPDATE muster.sequence SET next = next + 5 WHERE name = 'pattern'");
        EXPECT_EQ(from.intern("seventh"), 7u);
    }
    const std::string target = folder.file("gaps.db");
    move(url, target);
    const auto moved = open_sqlite_store(target, schema, StoreAccess::write);
    EXPECT_EQ(moved->intern("seventh"), 7u);
    EXPECT_EQ(moved->intern("eighth"), 8u);
}

TEST_F(TransferTest, AStoreIsNotMovedOntoAnother) {
    fill();
    store.reset();
    move(path, url);
    for (const std::string& target : {url, path + ".other"}) {
        if (target != url)
            open_sqlite_store(target, schema, StoreAccess::write);
        try {
            const auto source = target == url ? path : url;
            move(source, target);
            FAIL() << target;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("not empty"));
        }
    }
}

TEST_F(TransferTest, NothingIsKeptOfAMoveThatFails) {
    fill();
    const std::string database = url.substr(url.rfind('/') + 1);
    store.reset();
    {
        const auto source = open_transfer(path, false);
        const auto target = open_transfer(url, true);
        EXPECT_THROW(transfer(*source, *target,
                              [](const char* table, std::uint64_t) {
                                  if (std::string_view(table) == "item")
                                      throw Error(ErrorCode::cancelled, "stop");
                              }),
                     Error);
    }
    EXPECT_EQ(testing::shared_postgres().query(
                  database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'muster'"),
              "0\n");
    move(path, url);
}

}  // namespace
}  // namespace muster::postgresql
