// What networks, servers, disks and other workers do to a writer: in the end everything is there,
// once, and sound.
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <thread>

#include "base/error.h"
#include "store/postgresql/testing.h"
#include "support/cutting_relay.h"

namespace muster::postgresql {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Moment = testing::CuttingRelay::Moment;

testing::MiniPostgres& own_server() {
    static testing::MiniPostgres server;
    return server;
}

class PostgresqlFaultTest : public PostgresqlTest {
 public:
    PostgresqlFaultTest() : PostgresqlTest(own_server()) {}

    std::string through(const testing::CuttingRelay& relay) const {
        std::string other = url;
        const std::string port = std::to_string(server.port());
        return other.replace(other.find(port), port.size(), std::to_string(relay.port()));
    }

    /// Commits pages large and small with a cut in every turn, at every moment of it, and with the
    /// server killed at that moment or not.
    void cut_everywhere(bool kill) {
        testing::CuttingRelay relay(server.port());
        const auto store = open_at(through(relay));
        store->commit(creations(*store, 2'000, "first"));  // everything prepared
        store->commit(creations(*store, 1, "second"));
        std::size_t expected = 2'001;
        std::int64_t number = 2;
        for (const std::size_t size : {std::size_t{2'000}, std::size_t{1}}) {
            const int turns = size == 1 ? 2 : 4;
            for (int turn = 1; turn <= turns; ++turn) {
                for (const Moment moment :
                     {Moment::request_lost, Moment::request_torn, Moment::answer_lost}) {
                    const std::string name =
                        fmt::format("size{}turn{}moment{}", size, turn, static_cast<int>(moment));
                    const ChangeSet changes = creations(*store, size, name);
                    std::latch struck(1);
                    relay.arm(turn, moment, [&] {
                        if (kill)
                            server.kill();
                        struck.count_down();
                    });
                    std::thread writing(
                        [&] { EXPECT_EQ(store->commit(changes), CommitNumber(++number)) << name; });
                    struck.wait();
                    if (kill)
                        server.start();
                    writing.join();
                    expected += size;
                }
            }
        }
        EXPECT_THAT(users(*store), SizeIs(expected));
        EXPECT_THAT(store->check(1'000, {}), IsEmpty());
    }
};

TEST_F(PostgresqlFaultTest, ACutConnectionNeitherLosesNorDoublesACommit) {
    cut_everywhere(false);
}

TEST_F(PostgresqlFaultTest, AKilledServerNeitherLosesNorDoublesACommit) {
    cut_everywhere(true);
}

TEST_F(PostgresqlFaultTest, ALostServerStopsTheRunAndTheNextOneGoesOn) {
    const auto store = open();
    store->commit(creations(*store, 100, "a"));
    const auto view = store->view();
    server.stop();
    std::string said;
    std::thread waiting([&] {
        try {
            view->last_commit();
        } catch (const Error& error) {
            said = error.what();
        }
    });
    server.start();
    waiting.join();
    EXPECT_EQ(said, "") << "a view comes back with its server";
    EXPECT_EQ(store->commit(creations(*store, 1, "b")), CommitNumber(2));
}

TEST_F(PostgresqlFaultTest, ATerminatedWriterGoesOn) {
    const auto store = open();
    store->commit(creations(*store, 10, "a"));
    query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
        "'muster%' AND datname = current_database()");
    EXPECT_EQ(store->commit(creations(*store, 10, "b")), CommitNumber(2));
    EXPECT_THAT(users(*store), SizeIs(20));
}

TEST_F(PostgresqlFaultTest, AKilledWorkerLeavesWholeCommitsAndNothingLocked) {
    constexpr int kPage = 1'000;
    const auto store = open();
    const auto lock_free = [&] { return store->lock("run"); };
    for (int round = 0; round < 3; ++round) {
        int ready[2];
        ASSERT_EQ(::pipe(ready), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const auto own = open();
            const auto held = own->lock("run");
            for (int page = 0;; ++page) {
                own->commit(creations(*own, kPage, fmt::format("r{}p{}-", round, page)));
                if (page == 0 && ::write(ready[1], "x", 1) != 1)
                    ::_exit(1);
            }
        }
        char byte = 0;
        ASSERT_EQ(::read(ready[0], &byte, 1), 1);
        store->commit(creations(*store, kPage, fmt::format("other{}-", round)));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ::close(ready[0]);
        ::close(ready[1]);
        store->commit(creations(*store, kPage, fmt::format("after{}-", round)));
        // The server notices a moment after the death that the lock has no holder.
        for (bool free = false; !free;) {
            try {
                lock_free();
                free = true;
            } catch (const Error& error) {
                ASSERT_EQ(error.code(), ErrorCode::busy);
            }
        }
    }
    EXPECT_EQ(users(*store).size(),
              static_cast<std::size_t>(store->view()->last_commit().value) * kPage);
    EXPECT_THAT(store->check(100, {}), IsEmpty());
}

/// A disk of its own, as long as it lives.
class SmallDisk {
 public:
    SmallDisk()
        : mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=48m,mode=777") == 0) {
    }
    ~SmallDisk() {
        if (mounted_)
            ::umount2(folder_.path().c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }
    std::string folder(const std::string& name) const {
        std::filesystem::create_directory(folder_.file(name));
        std::filesystem::permissions(folder_.file(name), std::filesystem::perms::all);
        return folder_.file(name);
    }
    std::string file(const std::string& name) const { return folder_.file(name); }

 private:
    testing::TempFolder folder_;
    bool mounted_;
};

TEST_F(PostgresqlFaultTest, AFullDiskStopsAndLosesNothing) {
    const SmallDisk disk;
    if (!disk.mounted())
        GTEST_SKIP() << "cannot mount a small disk here";
    const std::string ballast = disk.file("ballast");
    std::ofstream(ballast) << std::string(8u << 20, 'x');
    testing::MiniPostgres with_tablespace;
    with_tablespace.own(disk.folder("space"));
    with_tablespace.query("postgres",
                          "CREATE TABLESPACE small LOCATION '" + disk.file("space") + "'");
    with_tablespace.query("postgres", "CREATE DATABASE filled TABLESPACE small");
    const auto store = open_at(with_tablespace.url("filled"));
    std::string said;
    std::size_t pages = 0;
    while (said.empty() && pages < 100) {
        try {
            store->commit(creations(*store, 2'000, fmt::format("p{}-", pages)));
            ++pages;
        } catch (const Error& error) {
            said = error.cure();
        }
    }
    EXPECT_THAT(said, HasSubstr("free space"));
    EXPECT_THAT(users(*store), SizeIs(pages * 2'000));
    EXPECT_THAT(store->check(100, {}), IsEmpty());
    std::filesystem::remove(ballast);
    EXPECT_EQ(store->commit(creations(*store, 2'000, "again")),
              CommitNumber(static_cast<std::int64_t>(pages) + 1));
    EXPECT_THAT(store->check(100, {}), IsEmpty());
}

TEST_F(PostgresqlFaultTest, WorkersFindAPromotedStandby) {
    testing::MiniPostgres::Options options;
    options.settings = "synchronous_standby_names = '*'\nsynchronous_commit = local\n";
    testing::MiniPostgres primary(options);
    const std::string first = primary.fresh_database();
    const auto standby = testing::MiniPostgres::standby_of(primary);
    primary.query("postgres", "ALTER SYSTEM SET synchronous_commit = 'on'");
    primary.query("postgres", "SELECT pg_reload_conf()");
    const std::string hosts =
        fmt::format("127.0.0.1:{},127.0.0.1:{}", primary.port(), standby->port());
    const std::string one = fmt::format("127.0.0.1:{}", primary.port());
    std::string both = first;
    both.replace(both.find(one), one.size(), hosts);
    constexpr int kWorkers = 2;
    constexpr std::size_t kPages = 30;
    std::latch under_way(kWorkers);
    std::vector<std::thread> workers;
    {
        open_at(both)->commit({});
    }
    for (int worker = 0; worker < kWorkers; ++worker)
        workers.emplace_back([&, worker] {
            const auto store = open_at(both);
            for (std::size_t page = 0; page < kPages; ++page) {
                store->commit(creations(*store, 500, fmt::format("w{}p{}-", worker, page)));
                if (page == 5)
                    under_way.count_down();
            }
        });
    under_way.wait();
    primary.kill();
    standby->promote();
    // Its own standby is not there: nobody to wait for any more.
    standby->query("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''");
    standby->query("postgres", "SELECT pg_reload_conf()");
    for (std::thread& worker : workers)
        worker.join();
    const auto store = open_at(both);
    EXPECT_THAT(users(*store), SizeIs(kWorkers * kPages * 500));
    EXPECT_EQ(store->view()->last_commit(), CommitNumber(kWorkers * kPages));
    EXPECT_THAT(store->check(100, {}), IsEmpty());
}

}  // namespace
}  // namespace muster::postgresql
