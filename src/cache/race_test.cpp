// Readers, changes, evictions and clears at once: after a change nothing older is read.

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "cache/cache_testing.h"
#include "support/rounds.h"

namespace muster::testing {
namespace {

constexpr std::int64_t kIds = 64;

/// A table whose rows are counters, written and read without a lock.
class Counting {
 public:
    std::array<std::atomic<std::int64_t>, kIds> versions{};
    void load(ById, std::span<const std::int64_t> ids, std::vector<std::optional<Person>>& out) {
        for (const std::int64_t id : ids)
            out.emplace_back(Person{id,
                                    "n" + std::to_string(id),
                                    std::string(200, 'x'),
                                    {},
                                    versions[static_cast<std::size_t>(id)].load()});
    }
    void load(ByName, std::span<const std::string> names, std::vector<std::optional<Person>>& out) {
        for (const std::string& name : names) {
            const std::int64_t id = std::stoll(name.substr(1));
            load(ById{}, std::span(&id, 1), out);
        }
    }
};

struct CountingTraits {
    using Value = Person;
    using Keys = std::tuple<ById, ByName>;
    using Source = Counting;
    static std::size_t weight(const Person& person) { return person.code.capacity(); }
};

void race(std::size_t budget_bytes, bool clears) {
    Counting table;
    EntityCache<CountingTraits> cache(table, nullptr, {.budget_bytes = budget_bytes});
    std::array<std::atomic<std::int64_t>, kIds> told{};
    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (int reader = 0; reader < 3; ++reader)
        threads.emplace_back([&, reader] {
            for (std::int64_t i = reader; !done; ++i) {
                const std::int64_t id = i * 7 % kIds;
                const std::int64_t least = told[static_cast<std::size_t>(id)].load();
                const auto found =
                    i % 3 == 0 ? cache.get<ByName>("n" + std::to_string(id)) : cache.get(id);
                ASSERT_GE(found->version, least) << id;
                cache.with(id, [&](const Person& one) { ASSERT_GE(one.version, least) << id; });
            }
        });
    const std::int64_t last = rounds(500'000);
    for (std::int64_t round = 1; round <= last; ++round) {
        const std::int64_t id = round * 13 % kIds;
        table.versions[static_cast<std::size_t>(id)] = round;
        if (clears && round % 5 == 0)
            cache.clear();
        else
            cache.changed(std::span(&id, 1));
        told[static_cast<std::size_t>(id)] = round;
        if (round % 100 == 0)
            cache.collect(10);
    }
    done = true;
    for (std::thread& thread : threads)
        thread.join();
    cache.clear();
    for (std::int64_t id = 0; id < kIds; ++id)
        EXPECT_EQ(cache.read().find(id), nullptr);
    cache.collect(10'000);
    EXPECT_EQ(cache.counters().entries, 0u);
}

TEST(CacheRace, ChangesOnly) {
    race(1 << 20, false);
}

TEST(CacheRace, ClearsAsWell) {
    race(1 << 20, true);
}

TEST(CacheRace, WithHardlyAnyRoom) {
    race(5'000, true);
}

}  // namespace
}  // namespace muster::testing
