#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <latch>
#include <thread>

#include "base/error.h"
#include "base/limits.h"
#include "store/postgresql/testing.h"

namespace muster::postgresql {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::string_literals;

class PostgresqlStoreTest : public PostgresqlTest {
 public:
    template <class Work>
    static std::string complaint(const Work& work) {
        try {
            work();
        } catch (const Error& error) {
            return std::string(error.what()) + " — " + error.cure();
        }
        return {};
    }
};

TEST_F(PostgresqlStoreTest, RoundTripsDoNotGrowWithThePage) {
    const auto store = open();
    // Statements are prepared, and the staging table made, once per connection.
    store->commit(creations(*store, 2'000, "warm"));
    store->commit(creations(*store, 2, "few"));
    const auto warm = users(*store);
    store->commit(renaming(*store, warm, "w"));
    store->commit(renaming(*store, {warm.front()}, "w"));
    const auto trips = [&](const ChangeSet& changes) {
        const std::uint64_t before = store->traffic().round_trips;
        store->commit(changes);
        return store->traffic().round_trips - before;
    };
    EXPECT_EQ(trips(creations(*store, 1, "one")), 2u);
    const std::size_t sizes[] = {100, 1'000, 10'000};
    for (const std::size_t size : sizes) {
        EXPECT_LE(trips(creations(*store, size, "c" + std::to_string(size) + "-")), 5u) << size;
        auto ids = users(*store);
        ids.resize(size);
        ChangeSet changes = renaming(*store, ids, "r" + std::to_string(size));
        const AttributeId manager = schema.find_attribute(user, "manager");
        for (const ObjectId id : ids) {
            changes.links.push_back({{manager, id, ids.front(), {}}, true});
            changes.keys.push_back({schema.keys().front().id, schema.find_space("directory"),
                                    std::to_string(size) + std::to_string(id.value), id, true});
            Export row;
            row.object = id;
            row.type = user;
            row.kind = ExportKind::erase;
            changes.exports.push_back({row});
            changes.items.push_back({{}, id, "directory", "user", "a", "code", "why", ""});
        }
        changes.watermarks = {{"sync", {}}};
        EXPECT_LE(trips(changes), 5u) << size;
        changes = renaming(*store, ids, "s" + std::to_string(size));
        for (const ObjectId id : ids)
            changes.links.push_back({{manager, id, ids.front(), {}}, false});
        EXPECT_LE(trips(changes), 5u) << size;
    }
    EXPECT_THAT(store->check(1'000, {}), IsEmpty());
}

TEST_F(PostgresqlStoreTest, OneOfTwoWritersIsToldToComputeAgain) {
    const auto first = open();
    const auto second = open();
    first->commit(creations(*first, 500, "a"));
    const auto ids = users(*first);
    const ChangeSet stale = renaming(*second, ids, "second");
    first->commit(renaming(*first, {ids[321]}, "first"));
    try {
        second->commit(stale);
        FAIL() << "overwritten";
    } catch (const Conflict& conflict) {
        EXPECT_EQ(conflict.object, ids[321]);
    }
    EXPECT_EQ(second->commit(renaming(*second, ids, "second")), CommitNumber(3));
    EXPECT_THAT(first->check(1, {}), IsEmpty());
}

/// Creates what of the anchors is not there yet, as a run does: looks, writes, and looks again
/// where another was faster.
void create_all(const PostgresqlTest& test, Store& store, std::size_t count, int& conflicts) {
    std::vector<std::string> anchors;
    for (std::size_t i = 0; i < count; ++i)
        anchors.push_back("p" + std::to_string(i));
    const std::vector<std::string_view> views(anchors.begin(), anchors.end());
    constexpr std::size_t kPage = 50;
    for (std::size_t at = 0; at < count;) {
        const auto page = std::span(views).subspan(at, std::min(kPage, count - at));
        std::vector<ObjectId> ids(page.size());
        store.view()->lookup(test.user, page, ids);
        ChangeSet changes;
        for (std::size_t i = 0; i < page.size(); ++i)
            if (!ids[i])
                changes.objects.push_back(
                    test.creation(store.reserve_ids(1), std::string(page[i])));
        try {
            store.commit(changes);
            at += page.size();
        } catch (const Conflict&) {
            ++conflicts;
        }
    }
}

TEST_F(PostgresqlStoreTest, TheServerNoticesWithinHalfAMinuteThatAClientIsGone) {
    Connection connection(url, Connection::Purpose::rows);
    const Result idle = connection.ask("SHOW tcp_keepalives_idle");
    const Result interval = connection.ask("SHOW tcp_keepalives_interval");
    const Result count = connection.ask("SHOW tcp_keepalives_count");
    EXPECT_LE(std::stoi(idle[0].string(0)) +
                  std::stoi(interval[0].string(0)) * std::stoi(count[0].string(0)),
              limits::kStoreSilenceSeconds);
    EXPECT_GT(std::stoi(idle[0].string(0)), 0);
}

TEST_F(PostgresqlStoreTest, TheSameAnchorsFromTwoProcessesAreThereOnce) {
    constexpr std::size_t kCount = 2'000;
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t other = ::fork();
    if (other == 0) {
        const auto store = open();
        char start = 1;
        int conflicts = 0;
        if (::write(ready[1], &start, 1) == 1)
            create_all(*this, *store, kCount, conflicts);
        ::_exit(0);
    }
    const auto store = open();
    char start = 0;
    ASSERT_EQ(::read(ready[0], &start, 1), 1);  // it is about to begin
    int conflicts = 0;
    create_all(*this, *store, kCount, conflicts);
    int status = 0;
    ::waitpid(other, &status, 0);
    EXPECT_EQ(status, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    EXPECT_THAT(users(*store), SizeIs(kCount));
    EXPECT_THAT(store->check(1, {}), IsEmpty());
    RecordProperty("conflicts", conflicts);
}

TEST_F(PostgresqlStoreTest, ManyWritersOnTheSameObjectsNeitherBlockNorMissACommit) {
    constexpr int kWriters = 4;
    constexpr int kCommits = 25;
    const auto store = open();
    store->commit(creations(*store, 60, "a"));
    const auto ids = users(*store);
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w)
        writers.emplace_back([&, w] {
            const auto own = open();
            auto order = ids;
            if (w % 2 == 1)
                std::reverse(order.begin(), order.end());
            for (int done = 0; done < kCommits;) {
                try {
                    own->commit(renaming(*own, order, fmt::format("w{}-{}-", w, done)));
                    ++done;
                } catch (const Conflict&) {  // another was faster: again
                }
            }
        });
    std::thread watcher([&] {  // a number that is seen has all before it
        const auto view = store->view();
        for (CommitNumber last; last < CommitNumber(1 + kWriters * kCommits);) {
            last = store->wait_beyond(last, std::chrono::seconds(30));
            std::int64_t seen = 1;
            view->changed_since(schema.find_space("directory"), CommitNumber(1),
                                [&](const Change& change) {
                                    EXPECT_LE(change.commit.value, seen + 1);
                                    seen = change.commit.value;
                                });
            EXPECT_GE(seen, last.value);
        }
    });
    for (std::thread& writer : writers)
        writer.join();
    watcher.join();
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(1 + kWriters * kCommits));
    EXPECT_THAT(store->check(1, {}), IsEmpty());
}

TEST_F(PostgresqlStoreTest, ALockHasOneHolderAndNamesIt) {
    const auto one = open();
    const auto two = open();
    auto held = one->lock("run hr");
    EXPECT_THAT(
        complaint([&] { two->lock("run hr"); }),
        AllOf(HasSubstr("run hr is locked by muster"), HasSubstr(std::to_string(::getpid()))));
    EXPECT_THAT(complaint([&] { one->lock("run hr"); }), HasSubstr("this very process"));
    const auto other = two->lock("run directory");
    held.reset();
    EXPECT_EQ(complaint([&] { two->lock("run hr"); }), "");
}

TEST_F(PostgresqlStoreTest, APreviewKeepsCommitsOutAndLeavesNothing) {
    const auto store = open();
    store->commit(creations(*store, 10, "a"));
    const std::string before = query("SELECT md5(string_agg(o::text, ',')) FROM object o");
    {
        const auto preview = open(StoreAccess::preview);
        preview->commit(creations(*preview, 3'000, "b"));
        EXPECT_THAT(users(*preview), SizeIs(3'010));
        EXPECT_THAT(users(*store), SizeIs(10));
        EXPECT_THAT(preview->check(1, {}), IsEmpty());
    }
    EXPECT_EQ(query("SELECT md5(string_agg(o::text, ',')) FROM object o"), before);
    EXPECT_EQ(store->commit(creations(*store, 1, "c")), CommitNumber(2));
}

TEST_F(PostgresqlStoreTest, APreviewOfNothingLeavesNothing) {
    {
        const auto preview = open(StoreAccess::preview);
        preview->commit(creations(*preview, 3, "a"));
        EXPECT_THAT(users(*preview), SizeIs(3));
    }
    EXPECT_THAT(complaint([&] { open(StoreAccess::read); }),
                AllOf(HasSubstr("no store"), HasSubstr("muster db init")));
}

TEST_F(PostgresqlStoreTest, TextsComeBackWhateverTheyHold) {
    const auto store = open();
    ChangeSet changes;
    const ObjectId id = store->reserve_ids(1);
    const std::string odd =
        "nul \0 sub \x1a"
        "1 broken \xff\xc3"
        "( é"s;
    const std::string valid =
        "nul \0 sub \x1a"
        "0 \\u0000 \"\\\" é"s;
    ObjectWrite write = creation(id, "a");
    const std::string_view text = valid;
    write.object.attributes.set(schema.find_attribute(user, "cn"), std::span(&text, 1));
    write.object.name = odd;
    changes.objects.push_back(write);
    changes.items = {{{}, id, "directory", "user", odd, "code", odd, ""}};
    store->commit(changes);
    std::vector<Object> objects;
    store->view()->hydrate(std::vector{id}, objects);
    EXPECT_EQ(objects[0].name, odd);
    EXPECT_EQ(objects[0].attributes.first(schema.find_attribute(user, "cn")), valid);
    EXPECT_EQ(store->view()->items({}, 1)[0].message, odd);
}

TEST_F(PostgresqlStoreTest, AViewPerMetaverseTypeHasRealColumns) {
    const auto store = open();
    const TypeId person = schema.find_type(kMetaverse, "person");
    ChangeSet changes;
    ObjectWrite write;
    write.kind = ChangeKind::create;
    write.object.id = store->reserve_ids(1);
    write.object.type = person;
    const auto set = [&](std::string_view name, std::vector<std::string_view> values) {
        write.object.attributes.set(schema.find_attribute(person, name), values);
    };
    set("mail", {"ann@x"});
    set("age", {"41"});
    set("tags", {"a", "b"});
    write.delta = "0";
    changes.objects.push_back(write);
    store->commit(changes);
    EXPECT_EQ(query("SELECT mail, age + 1, tags[2], state, name IS NULL FROM metaverse_person"),
              "ann@x|42|b|normal|t\n");
}

TEST_F(PostgresqlStoreTest, AWorkerNeedsFewRights) {
    open();
    query(role_statements());
    query(
        "CREATE ROLE hand LOGIN IN ROLE muster_worker; CREATE ROLE eye LOGIN IN ROLE "
        "muster_reader;");
    const auto as = [&](const std::string& role) {
        std::string other = url;
        return other.replace(other.find("muster@"), 6, role);
    };
    const auto worker = open_at(as("hand"));
    worker->commit(creations(*worker, 1'000, "a"));
    worker->commit(renaming(*worker, users(*worker), "b"));
    EXPECT_THAT(worker->lock("run"), ::testing::NotNull());
    const auto reader = open_at(as("eye"), StoreAccess::read);
    EXPECT_THAT(users(*reader), SizeIs(1'000));
    EXPECT_GT(reader->status().bytes, 100'000u);
    EXPECT_THAT(reader->check(1, {}), IsEmpty());
    const auto eye = open_at(as("eye"));
    EXPECT_THAT(complaint([&] { eye->commit(creations(*worker, 1, "b")); }),
                AllOf(HasSubstr("permission denied"), HasSubstr("db init --roles")));
}

TEST_F(PostgresqlStoreTest, SaysWhatIsWrongWithoutSecrets) {
    const std::string unreachable = "postgresql://me:s3cret@127.0.0.1:1/nowhere";
    EXPECT_THAT(complaint([&] { open_at(unreachable); }),
                AllOf(HasSubstr("127.0.0.1:1/nowhere"), HasSubstr("see that the server runs"),
                      Not(HasSubstr("s3cret"))));
    EXPECT_THAT(complaint([&] { open_at("postgresql://me:s3%zzcret@host/db"); }),
                AllOf(HasSubstr("not one that PostgreSQL takes"), Not(HasSubstr("cret@"))));
    query(
        "CREATE SCHEMA IF NOT EXISTS muster; CREATE TABLE version(number bigint); "
        "INSERT INTO version VALUES (999)");
    EXPECT_THAT(complaint([&] { open(); }), AllOf(HasSubstr("newer"), HasSubstr("999")));
}

}  // namespace
}  // namespace muster::postgresql
