#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "store/sqlite/connection.h"
#include "store/store_fixture.h"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const StoreFactory& factory() {
    static const StoreFactory kFactory = {
        "sqlite", [](const std::string& folder, const Schema& schema, StoreAccess access) {
            return open_sqlite_store(folder + "/muster.db", schema, access);
        }};
    return kFactory;
}

class SqliteStoreTest : public ::testing::Test, public StoreFixture {
 public:
    SqliteStoreTest() : StoreFixture(factory()) {}

    const TypeId user = type("directory", "user");
    const std::string path = folder.file("muster.db");

    std::string complaint(StoreAccess access) {
        try {
            open(access);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), access == StoreAccess::read ? ErrorCode::store : error.code());
            return error.what();
        }
        return {};
    }
    Digest file_digest() const { return digest(testing::read_file(path)); }
};

/// Runs `body` in another process; true where it ended by itself and `body` said so.
template <class Body>
bool in_child(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(body() ? 0 : 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(SqliteStoreTest, OnlyOneWriterAndItIsNamed) {
    EXPECT_THAT(complaint(StoreAccess::write), HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_THAT(complaint(StoreAccess::preview), HasSubstr("is in use"));
    EXPECT_EQ(complaint(StoreAccess::read), "");
    store.reset();
    EXPECT_EQ(complaint(StoreAccess::write), "");
}

TEST_F(SqliteStoreTest, IsForItsOwnerAlone) {
    const auto mode_of = [&](const char* suffix) {
        struct stat found{};
        EXPECT_EQ(::stat((path + suffix).c_str(), &found), 0) << suffix;
        return found.st_mode & 0777;
    };
    store.reset();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"})
        std::filesystem::remove(path + suffix);
    const mode_t before = ::umask(0);
    for (const bool existed : {false, true}) {
        {
            const auto opened = open(StoreAccess::write);
            for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
                EXPECT_EQ(mode_of(suffix), 0600u) << suffix << existed;
                ASSERT_EQ(::chmod((path + suffix).c_str(), 0644), 0);
            }
        }
        const auto opened = open(StoreAccess::preview);
        for (const char* suffix : {"", "-wal", "-shm", ".lock"})
            EXPECT_EQ(mode_of(suffix), 0600u) << suffix;
    }
    ::umask(before);
}

TEST_F(SqliteStoreTest, TheLockEndsWithItsProcess) {
    store.reset();
    const pid_t child = ::fork();
    if (child == 0) {
        const auto held = open(StoreAccess::write);
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(complaint(StoreAccess::write), "");
}

TEST_F(SqliteStoreTest, WhatFailsTakesWhatWasAppendedWithIt) {
    create(make(user, "kept"));
    const auto append = [&](const Object& object) {
        ChangeSet changes;
        changes.objects.push_back(creation(object));
        return store->append(changes);
    };
    Object lost = make(user, "lost");
    lost.provenance = store->intern("a pattern of its own");
    EXPECT_EQ(append(lost), CommitNumber(2));
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(1)) << "not seen yet";
    EXPECT_THROW(append(make(user, "kept")), Error);
    store->flush();
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(1));
    EXPECT_FALSE(read(lost.id).id);
    EXPECT_EQ(create(lost), CommitNumber(2)) << "and may be written again";
    reopen();
    EXPECT_EQ(store->intern("a pattern of its own"), lost.provenance);
    EXPECT_THAT(store->check(1, {}), IsEmpty());
}

TEST_F(SqliteStoreTest, AKillTakesWhatWasNotFlushed) {
    store.reset();
    const pid_t child = ::fork();
    if (child == 0) {
        store = open(StoreAccess::write);
        create(make(user, "flushed"));
        ChangeSet changes;
        changes.objects.push_back(creation(make(user, "appended")));
        store->append(changes);
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    store = open(StoreAccess::write);
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(1));
    EXPECT_THAT(store->check(1, {}), IsEmpty());
}

TEST_F(SqliteStoreTest, RefusesWhatIsNoStore) {
    store.reset();
    EXPECT_THAT((std::filesystem::remove(path), complaint(StoreAccess::read)),
                HasSubstr("there is no store"));
    folder.write("muster.db", "This is a text and not a database at all, whatever its name says.");
    for (const StoreAccess access : {StoreAccess::read, StoreAccess::write, StoreAccess::preview})
        EXPECT_THAT(complaint(access), HasSubstr("not a database"));
    std::filesystem::remove(path);
    sqlite::Connection(path, sqlite::Connection::Open::write).execute("CREATE TABLE t(x)");
    const Digest before = file_digest();
    for (const StoreAccess access : {StoreAccess::read, StoreAccess::write, StoreAccess::preview})
        EXPECT_THAT(complaint(access), HasSubstr("another program"));
    EXPECT_EQ(file_digest(), before) << "left as it was";
}

TEST_F(SqliteStoreTest, RefusesANewerStore) {
    store.reset();
    sqlite::Connection(path, sqlite::Connection::Open::write).execute("PRAGMA user_version = 999");
    for (const StoreAccess access : {StoreAccess::read, StoreAccess::write, StoreAccess::preview})
        EXPECT_THAT(complaint(access), AllOf(HasSubstr("newer"), HasSubstr("999")));
}

TEST_F(SqliteStoreTest, StateSurvivesAndNumbersGoOn) {
    const Object a = make(user, "a");
    create(a);
    const std::uint32_t pattern = store->intern("one");
    create(make(user, "b"));
    reopen();
    EXPECT_EQ(read(a.id).anchor, "a");
    EXPECT_EQ(store->intern("one"), pattern);
    EXPECT_NE(store->intern("two"), pattern);
    EXPECT_GT(store->reserve_ids(1).value, a.id.value + 1);
    EXPECT_EQ(create(make(user, "c")), CommitNumber(3));
}

TEST_F(SqliteStoreTest, IdsOfTheConfigurationMayMove) {
    Object a = make(user, "a", "uid=a");
    set(a, "cn", {"A"});
    create(a);
    store.reset();
    // A space and a type before the old ones, an attribute more, and one gone.
    Schema moved;
    moved.add_type(moved.add_space("metaverse"), "animal", {{"legs", Type::integer}});
    moved.add_type(moved.add_space("another"), "user", {{"cn"}});
    const SpaceId directory = moved.add_space("directory");
    moved.add_type(directory, "aaa", {{"cn"}});
    const TypeId moved_user = moved.add_type(directory, "user", {{"age"}, {"cn"}});
    const auto other = factory().open(folder.path(), moved, StoreAccess::write);
    std::vector<ObjectId> ids(1);
    other->view()->lookup(moved_user, std::vector<std::string_view>{"a"}, ids);
    EXPECT_EQ(ids[0], a.id);
    std::vector<Object> objects;
    other->view()->hydrate(ids, objects);
    EXPECT_EQ(objects[0].type, moved_user);
    EXPECT_EQ(objects[0].attributes.first(moved.find_attribute(moved_user, "cn")), "A");
    std::size_t changes = 0;
    other->view()->changed_since(directory, {}, [&](const Change& change) {
        EXPECT_EQ(change.type, moved_user);
        ++changes;
    });
    EXPECT_EQ(changes, 1u);
    EXPECT_THAT(other->check(1, {}), IsEmpty());
}

TEST_F(SqliteStoreTest, AnotherDefinitionIsNoContradictionInTheLog) {
    Object a = make(user, "a");
    set(a, "uid", {"7"});
    set(a, "cn", {"A"});
    create(a);
    store.reset();
    Schema redefined;
    redefined.add_type(redefined.add_space("metaverse"), "person", {});
    redefined.add_type(redefined.add_space("directory"), "user",
                       {{"uid", Type::integer}, {"cn", Type::text, true}});
    for (const StoreAccess access : {StoreAccess::read, StoreAccess::write, StoreAccess::read})
        EXPECT_THAT(factory().open(folder.path(), redefined, access)->check(1, {}), IsEmpty());
}

TEST_F(SqliteStoreTest, AnotherProcessReadsWhileThisOneWrites) {
    const Object a = make(user, "a");
    create(a);
    const auto reader = store->view();
    create(make(user, "b"));
    EXPECT_TRUE(in_child([&] {
        const auto other = open(StoreAccess::read);
        const auto view = other->view();
        std::vector<Object> objects;
        view->hydrate(std::vector{a.id}, objects);
        return view->last_commit() == CommitNumber(2) && objects[0].anchor == "a";
    }));
    EXPECT_EQ(reader->last_commit(), CommitNumber(2));
}

TEST_F(SqliteStoreTest, AKillLeavesWholeCommits) {
    constexpr int kPage = 500;
    store.reset();
    for (const int milliseconds : {15, 25, 40, 60}) {
        const pid_t child = ::fork();
        if (child == 0) {
            const auto other = open(StoreAccess::write);
            for (;;) {
                ChangeSet changes;
                for (int i = 0; i < kPage; ++i) {
                    Object object;
                    object.id = other->reserve_ids(1);
                    object.type = user;
                    object.anchor = std::to_string(object.id.value);
                    changes.objects.push_back(creation(object));
                }
                other->commit(changes);
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        store = open(StoreAccess::write);
        std::vector<ObjectId> ids;
        store->view()->objects(user, {}, 1'000'000, ids);
        EXPECT_EQ(ids.size(), static_cast<std::size_t>(store->view()->last_commit().value) * kPage);
        EXPECT_THAT(store->check(1, {}), IsEmpty());
        store.reset();
    }
}

TEST_F(SqliteStoreTest, APreviewLeavesTheFileAsItWas) {
    const Object a = make(user, "a");
    create(a);
    store.reset();
    const Digest before = file_digest();
    {
        store = open(StoreAccess::preview);
        for (int i = 0; i < 200; ++i)
            create(make(user, "b" + std::to_string(i), std::string(1'000, 'n')));
        EXPECT_EQ(store->view()->last_commit(), CommitNumber(201));
        EXPECT_THROW(create(make(user, "b1")), Error);
        EXPECT_EQ(store->view()->last_commit(), CommitNumber(201)) << "only that one is undone";
        EXPECT_THAT(store->check(1, {}), IsEmpty());
        EXPECT_TRUE(in_child(
            [&] { return open(StoreAccess::read)->view()->last_commit() == CommitNumber(1); }));
        store.reset();
    }
    EXPECT_EQ(file_digest(), before);
    store = open(StoreAccess::write);
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(1));
}

TEST_F(SqliteStoreTest, APreviewOfNothingLeavesNothing) {
    const testing::TempFolder empty;
    const auto preview = factory().open(empty.path(), schema, StoreAccess::preview);
    ChangeSet changes;
    Object object;
    object.id = preview->reserve_ids(1);
    object.type = user;
    changes.objects.push_back(creation(object));
    EXPECT_EQ(preview->commit(changes), CommitNumber(1));
    EXPECT_EQ(preview->view()->last_commit(), CommitNumber(1));
    EXPECT_TRUE(std::filesystem::is_empty(empty.path()));
}

TEST_F(SqliteStoreTest, CallbacksMayUseTheStore) {
    for (const StoreAccess access : {StoreAccess::write, StoreAccess::preview}) {
        store.reset();
        store = open(access);
        const Object a = make(user, access == StoreAccess::write ? "a" : "b");
        create(a);
        const auto view = store->view();
        std::size_t seen = 0;
        view->changed_since(schema.find_space("directory"), {}, [&](const Change& change) {
            std::vector<Object> objects;
            view->hydrate(std::vector{change.object}, objects);
            EXPECT_TRUE(objects[0].id);
            std::thread([&] { create(make(user)); }).join();
            ++seen;
        });
        EXPECT_EQ(seen, access == StoreAccess::write ? 1u : 3u) << "what was there at the start";
    }
}

TEST_F(SqliteStoreTest, ReadsFromWhereNobodyCanWrite) {
    create(make(user, "a"));
    store.reset();
    sqlite::Connection immutable(path, sqlite::Connection::Open::immutable);
    EXPECT_EQ(immutable.integer("SELECT count(*) FROM object"), 1);
    EXPECT_FALSE(std::filesystem::exists(path + "-shm"));
}

void work_concurrently(Store& store, StoreFixture& fixture, TypeId user) {
    std::atomic<bool> done = false;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            const auto view = store.view();
            std::vector<Object> objects;
            while (!done) {
                std::vector<ObjectId> ids;
                view->objects(user, {}, 100, ids);
                view->hydrate(ids, objects);
                for (const Object& object : objects)
                    EXPECT_TRUE(object.id) << "a page is read at one state at least";
                std::uint64_t count = 0;
                view->index(fixture.schema.find_space("directory"),
                            [&](const IndexRow&) { ++count; });
                const std::string pattern = "pattern" + std::to_string(count % 7);
                EXPECT_EQ(store.intern(pattern), store.intern(pattern));
                store.reserve_ids(1);
            }
        });
    for (int i = 0; i < 50; ++i)
        fixture.create(fixture.make(user, "c" + std::to_string(i)));
    done = true;
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_THAT(store.check(1, {}), IsEmpty());
}

TEST_F(SqliteStoreTest, ManyReadWhileOneCommits) {
    work_concurrently(*store, *this, user);
    store.reset();
    store = open(StoreAccess::preview);
    ChangeSet changes;
    std::vector<ObjectId> ids;
    store->view()->objects(user, {}, 100, ids);
    for (const ObjectId id : ids)
        changes.objects.push_back(erasure(read(id)));
    commit(changes);
    work_concurrently(*store, *this, user);
}

}  // namespace
}  // namespace muster
