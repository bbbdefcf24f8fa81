// How far behind a cache in another process is, and whether it ever misses a change;
// benchmarks/cache.py drives it.
//   follow_bench staleness COMMITS | lost COMMITS
// prints one JSON object.

#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <new>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "follow/object_cache.h"
#include "support/temp_folder.h"

namespace {

using namespace muster;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kUsers = 1'000;
constexpr std::int64_t kBlocks = 10;  // each commit changes one of them

Schema make_schema() {
    Schema schema;
    schema.add_type(schema.add_space("metaverse"), "person", {});
    schema.add_type(schema.add_space("directory"), "user", {{"cn"}});
    return schema;
}

/// A store of users, some of which each commit renames after its number.
class Users {
 public:
    explicit Users(const std::string& path)
        : store(open_sqlite_store(path, schema, StoreAccess::write)) {
        ChangeSet changes;
        const ObjectId first = store->reserve_ids(kUsers);
        for (std::int64_t i = 0; i < kUsers; ++i) {
            ObjectWrite& write = changes.objects.emplace_back();
            write.kind = ChangeKind::create;
            write.object.id = ObjectId(first.value + i);
            write.object.type = schema.find_type(SpaceId(2), "user");
            write.object.name = "1";
            write.delta = hex(digest("{}"));
            users.push_back(write.object);
        }
        last = store->commit(changes);
        for (Object& user : users)
            user.commit = last;
    }
    /// Renames the users of the block whose turn it is.
    void commit() {
        ChangeSet changes;
        const std::int64_t number = last.value + 1;
        const std::string name = std::to_string(number);
        for (std::int64_t i = number % kBlocks; i < kUsers; i += kBlocks) {
            Object& user = users[static_cast<std::size_t>(i)];
            ObjectWrite& write = changes.objects.emplace_back();
            write.delta = fmt::format(R"({{"name":["{}","{}"]}})", user.name, name);
            user.name = name;
            write.object = user;
            write.attributes_changed = false;
        }
        last = store->commit(changes);
        for (std::int64_t i = number % kBlocks; i < kUsers; i += kBlocks)
            users[static_cast<std::size_t>(i)].commit = last;
    }

    Schema schema = make_schema();
    std::unique_ptr<Store> store;
    std::vector<Object> users;
    CommitNumber last;
};

std::int64_t now_us() {
    return std::chrono::duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

/// Memory that forked processes share.
template <class Data>
Data& share() {
    void* memory =
        ::mmap(nullptr, sizeof(Data), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUSTER_ASSERT(memory != MAP_FAILED, "no shared memory");
    return *new (memory) Data;
}

template <class Body>
pid_t in_child(const Body& body) {
    const pid_t child = ::fork();
    if (child != 0)
        return child;
    body();
    ::_exit(0);
}

constexpr std::size_t kCommitsMost = 100'000;

struct Told {
    std::atomic<std::int64_t> at_us[kCommitsMost];  ///< when a commit had been told to the cache
    std::atomic<bool> ready;
};

/// Comes after the cache among the subscribers, so what it hears the cache has heard.
class Clock final : public LogSubscriber {
 public:
    explicit Clock(Told& told) : told_(told) {}
    void changed(std::span<const Change> changes) override {
        for (const Change& change : changes)
            told_.at_us[change.commit.value].store(now_us());
    }
    void reset() noexcept override {}

 private:
    Told& told_;
};

void staleness(std::int64_t commits) {
    const muster::testing::TempFolder folder;
    auto& told = share<Told>();
    const std::string path = folder.file("muster.db");
    Users(path).store.reset();
    const pid_t reader = in_child([&] {
        const Schema schema = make_schema();
        const auto store = open_sqlite_store(path, schema, StoreAccess::read);
        LogFollower follower(*store, schema);
        ObjectCache cache(*store, follower);
        Clock clock(told);
        follower.subscribe(clock);
        follower.start();
        told.ready = true;
        ::pause();
    });
    while (!told.ready)
        std::this_thread::sleep_for(milliseconds(1));
    const Schema schema = make_schema();
    const auto store = open_sqlite_store(path, schema, StoreAccess::write);
    const auto view = store->view();
    std::vector<ObjectId> ids;
    view->objects(schema.find_type(SpaceId(2), "user"), {}, 1, ids);
    std::mt19937_64 random(4);
    std::vector<double> late_ms;
    for (std::int64_t i = 0; i < commits; ++i) {
        std::this_thread::sleep_for(microseconds(random() % 20'000));
        std::vector<Object> objects;
        view->hydrate(ids, objects);
        ChangeSet changes;
        ObjectWrite& write = changes.objects.emplace_back();
        write.object = objects.front();
        write.attributes_changed = write.identity_changed = false;
        write.delta = R"({"name":["",""]})";
        const CommitNumber number = store->commit(changes);
        const std::int64_t committed = now_us();
        const std::atomic<std::int64_t>& at = told.at_us[number.value];
        while (at.load() == 0 && now_us() - committed < 5'000'000)
            std::this_thread::sleep_for(microseconds(200));
        late_ms.push_back(static_cast<double>(std::max<std::int64_t>(0, at - committed)) / 1'000);
    }
    ::kill(reader, SIGKILL);
    ::waitpid(reader, nullptr, 0);
    std::sort(late_ms.begin(), late_ms.end());
    fmt::print("{{\"commits\": {}, \"median_ms\": {}, \"p99_ms\": {}, \"max_ms\": {}}}\n", commits,
               late_ms[late_ms.size() / 2], late_ms[late_ms.size() * 99 / 100], late_ms.back());
}

struct Verdict {
    std::atomic<std::int64_t> reads;
    std::atomic<std::int64_t> hits;
    std::atomic<std::int64_t> wrong;  ///< older than what had been told
    std::atomic<std::int64_t> resets;
    std::atomic<bool> written;
};

/// The last commit up to `position` that renamed the i-th user.
std::int64_t due(std::int64_t i, std::int64_t position) {
    const std::int64_t behind = ((position - i) % kBlocks + kBlocks) % kBlocks;
    return std::max<std::int64_t>(1, position - behind);
}

/// Reads at random through a cache and holds each answer against what it must at least be.
void read_and_judge(const std::string& path, std::int64_t first, Verdict& verdict) {
    const Schema schema = make_schema();
    const auto store = open_sqlite_store(path, schema, StoreAccess::read);
    LogFollower follower(*store, schema);
    ObjectCache cache(*store, follower);
    follower.start();
    std::mt19937_64 random(static_cast<std::uint64_t>(::getpid()));
    const auto judge = [&](std::int64_t i) {
        const std::int64_t position = follower.freshness().position().value;
        const auto user = cache.get(ObjectId(first + i));
        ++verdict.reads;
        if (!user || user->commit.value < due(i, position))
            ++verdict.wrong;
    };
    std::uint64_t hits = 0;
    while (!verdict.written) {
        for (int i = 0; i < 100; ++i)
            judge(static_cast<std::int64_t>(random() % kUsers));
        const std::uint64_t hits_now = cache.counters().hits;
        verdict.hits += static_cast<std::int64_t>(hits_now - std::exchange(hits, hits_now));
        std::this_thread::sleep_for(microseconds(500));  // leaves the writer its share
    }
    if (!follower.reach(store->view()->last_commit(), milliseconds(60'000)))
        ++verdict.wrong;
    for (std::int64_t i = 0; i < kUsers; ++i)
        judge(i);
    verdict.resets += static_cast<std::int64_t>(follower.status().resets);
}

void lost(std::int64_t commits) {
    const muster::testing::TempFolder folder;
    auto& verdict = share<Verdict>();
    const std::string path = folder.file("muster.db");
    auto& first = share<std::atomic<std::int64_t>>();
    const pid_t writer = in_child([&] {
        Users users(path);
        first = users.users.front().id.value;
        for (std::int64_t i = 0; i < commits; ++i)
            users.commit();
        verdict.written = true;
    });
    while (first == 0)
        std::this_thread::sleep_for(milliseconds(1));
    int kills = 0;
    while (!verdict.written) {
        const pid_t reader = in_child([&] { read_and_judge(path, first, verdict); });
        for (int i = 0; i < 70 && !verdict.written; ++i)
            std::this_thread::sleep_for(milliseconds(10));
        if (!verdict.written) {
            ::kill(reader, SIGKILL);
            ++kills;
        }
        ::waitpid(reader, nullptr, 0);
    }
    ::waitpid(writer, nullptr, 0);
    const pid_t last = in_child([&] { read_and_judge(path, first, verdict); });
    ::waitpid(last, nullptr, 0);
    fmt::print(
        "{{\"writes\": {}, \"commits\": {}, \"kills\": {}, \"reads\": {}, \"hits\": {}, "
        "\"wrong\": {}, \"resets\": {}}}\n",
        commits * kUsers / kBlocks, commits, kills, verdict.reads.load(), verdict.hits.load(),
        verdict.wrong.load(), verdict.resets.load());
}

}  // namespace

int main(int count, char** arguments) {
    const std::string what = count > 1 ? arguments[1] : "";
    const std::int64_t commits = count > 2 ? std::atoll(arguments[2]) : 1'000;
    if (what == "staleness")
        staleness(commits);
    else if (what == "lost")
        lost(commits);
    else
        return 64;
    return 0;
}
