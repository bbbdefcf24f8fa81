#include "cache/entity_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <type_traits>

#include "cache/cache_testing.h"

namespace muster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class EntityCacheTest : public ::testing::Test {
 public:
    EntityCacheTest() {
        for (std::int64_t id = 1; id <= 10; ++id)
            people.put(person(id));
    }
    void changed(std::int64_t id) { cache.changed(std::vector{id}); }
    /// A thread that runs `read` up to the point between its query and its answer.
    template <class Read>
    std::thread paused(Gate& gate, const Read& read) {
        people.after_query([&gate] { gate.pass(); });
        std::thread reader(read);
        gate.await();
        people.after_query(nullptr);
        return reader;
    }

    People people;
    PersonCache cache{people, nullptr, {.negatives = 100}};
};

TEST_F(EntityCacheTest, WhatWasReadBeforeAChangeIsNotKept) {
    Gate gate;
    std::int64_t seen = -1;
    std::thread reader = paused(gate, [&] { seen = cache.get(1)->version; });
    people.put(person(1, 2));
    changed(1);
    gate.open();
    reader.join();
    EXPECT_EQ(seen, 0) << "it asked before the change";
    EXPECT_EQ(cache.get(1)->version, 2);
    EXPECT_EQ(cache.counters().dropped_fills, 1u);
}

TEST_F(EntityCacheTest, WhatWasReadBeforeAClearIsNotKept) {
    Gate gate;
    std::thread reader = paused(gate, [&] { cache.get<ByName>("name1"); });
    people.put(person(1, 2));
    cache.clear();
    gate.open();
    reader.join();
    EXPECT_EQ(cache.get(1)->version, 2);
}

TEST_F(EntityCacheTest, AFillByAnotherKeyIsOvertakenAsWell) {
    Gate gate;
    std::thread reader = paused(gate, [&] { cache.get<ByName>("name1"); });
    people.put(person(1, 2));
    changed(1);
    gate.open();
    reader.join();
    EXPECT_EQ(cache.get<ByName>("name1")->version, 2);
    EXPECT_EQ(cache.get(1)->version, 2);
}

TEST_F(EntityCacheTest, WhatWasMissingBeforeACreationIsNotKept) {
    Gate gate;
    std::thread reader = paused(gate, [&] { EXPECT_FALSE(cache.get<ByName>("new")); });
    Person newcomer = person(50);
    newcomer.name = "new";
    people.put(newcomer);
    changed(50);
    gate.open();
    reader.join();
    EXPECT_TRUE(cache.get<ByName>("new"));
}

TEST_F(EntityCacheTest, WhoComesAfterAChangeDoesNotWaitForWhoCameBefore) {
    Gate gate;
    std::thread reader = paused(gate, [&] { cache.get(1); });
    people.put(person(1, 2));
    changed(1);
    EXPECT_EQ(cache.get(1)->version, 2);  // else this would never end
    gate.open();
    reader.join();
    EXPECT_EQ(cache.get(1)->version, 2);
}

TEST_F(EntityCacheTest, AllIsNotKeptWhenSomethingChangedMeanwhile) {
    Gate gate;
    std::thread reader = paused(gate, [&] { EXPECT_THAT(*cache.all(), SizeIs(10)); });
    people.put(person(11));
    changed(11);
    gate.open();
    reader.join();
    EXPECT_THAT(*cache.all(), SizeIs(11));
}

TEST_F(EntityCacheTest, OneLoadForAThousandMisses) {
    constexpr int kReaders = 1'000;
    Gate gate;
    people.after_query([&] { gate.pass(); });
    std::atomic<int> right{0};
    std::vector<std::thread> readers;
    readers.reserve(kReaders);
    for (int i = 0; i < kReaders; ++i)
        readers.emplace_back([&] { right += cache.get(1)->id == 1 ? 1 : 0; });
    gate.await();
    while (cache.counters().waits < kReaders - 1)
        std::this_thread::yield();
    gate.open();
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_EQ(right, kReaders);
    EXPECT_EQ(people.queries, 1);
}

TEST_F(EntityCacheTest, AnErrorGoesToAllWhoWaitAndIsNotKept) {
    Gate gate;
    people.after_query([&] {
        gate.pass();
        throw std::runtime_error("the source is away");
    });
    std::atomic<int> errors{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 8; ++i)
        readers.emplace_back([&] {
            EXPECT_THROW(cache.get(1), std::runtime_error);
            ++errors;
        });
    gate.await();
    while (cache.counters().waits < 7)
        std::this_thread::yield();
    gate.open();
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_EQ(errors, 8);
    EXPECT_EQ(cache.counters().load_errors, 1u);
    people.after_query(nullptr);
    EXPECT_TRUE(cache.get(1));
}

TEST_F(EntityCacheTest, OneObjectUnderAllItsKeys) {
    const auto by_id = cache.get(1);
    EXPECT_EQ(cache.get<ByName>("name1"), by_id);
    EXPECT_EQ(cache.get<ByCode>("code1"), by_id);
    EXPECT_EQ(people.queries, 1);
    Person renamed = person(1, 2);
    renamed.name = "renamed";
    people.put(renamed);
    changed(1);
    EXPECT_FALSE(cache.get<ByName>("name1"));
    EXPECT_EQ(cache.get<ByName>("renamed")->version, 2);
    EXPECT_FALSE(cache.get<ByName>("name1"));
    EXPECT_EQ(cache.get<ByCode>("code1")->name, "renamed");
}

TEST_F(EntityCacheTest, AnOldNameIsNeverSeenBesideTheNew) {
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (std::int64_t version = 1; version <= 3'000; ++version) {
            Person renamed = person(1, version);
            renamed.name = "v" + std::to_string(version);
            people.put(renamed);
            changed(1);
        }
        done = true;
    });
    while (!done) {
        const std::int64_t version = cache.get(1)->version;
        if (const auto former = cache.get<ByName>("v" + std::to_string(version - 1)))
            ADD_FAILURE() << former->name << " after version " << version;
    }
    writer.join();
}

TEST_F(EntityCacheTest, CachedObjectsCannotBeChanged) {
    static_assert(std::is_const_v<std::remove_reference_t<decltype(*cache.get(1))>>);
    static_assert(std::is_const_v<std::remove_reference_t<decltype((cache.get(1)->tags))>>);
    Person mine = *cache.get(1);
    mine.tags.clear();
    EXPECT_THAT(cache.get(1)->tags, ElementsAre("a", "b"));
}

TEST_F(EntityCacheTest, MissingKeysAreRememberedWithinABound) {
    for (int i = 0; i < 1'000; ++i)
        EXPECT_FALSE(cache.get(99));
    EXPECT_EQ(people.queries, 1);
    for (std::int64_t id = 1'000; id < 100'000; ++id)
        EXPECT_FALSE(cache.get(id));
    EXPECT_LT(cache.counters().bytes, 64'000u);
    people.put(person(99));
    changed(99);
    EXPECT_TRUE(cache.get(99));
}

TEST_F(EntityCacheTest, ManyKeepTheirOrderAndAskForEachOnce) {
    cache.get(2);
    std::vector<PersonCache::Handle> found;
    cache.get_many(std::vector<std::int64_t>{3, 2, 77, 3, 1}, found);
    ASSERT_THAT(found, SizeIs(5));
    EXPECT_EQ(found[0]->id, 3);
    EXPECT_EQ(found[1]->id, 2);
    EXPECT_FALSE(found[2]);
    EXPECT_EQ(found[3], found[0]);
    EXPECT_EQ(found[4]->id, 1);
    EXPECT_EQ(people.keys_asked, 4) << "2; then 3, 77 and 1";
}

TEST_F(EntityCacheTest, ABorrowedObjectOutlivesItsPlace) {
    const auto reader = cache.read();
    EXPECT_EQ(reader.find(1), nullptr);
    cache.get(1);
    const Person* borrowed = reader.find(1);
    ASSERT_NE(borrowed, nullptr);
    changed(1);
    cache.clear();
    cache.collect(100);
    EXPECT_EQ(borrowed->name, "name1");
    EXPECT_EQ(reader.find(1), nullptr);
    EXPECT_GT(cache.counters().retired_bytes, 0u);
}

TEST_F(EntityCacheTest, ClearedObjectsAreFreedInSteps) {
    cache.all();
    cache.clear();
    EXPECT_EQ(cache.counters().entries, 10u);
    cache.collect(4);
    EXPECT_EQ(cache.counters().entries, 6u);
    cache.collect(100);
    EXPECT_EQ(cache.counters().entries, 0u);
    EXPECT_EQ(cache.counters().retired_bytes, 0u);
}

TEST(EntityCacheBound, BytesStayWithinTheBudget) {
    People people;
    for (std::int64_t id = 0; id < 5'000; ++id)
        people.put({id,
                    std::string(static_cast<std::size_t>(id % 700), 'n') + std::to_string(id),
                    {},
                    {},
                    0});
    PersonCache cache(people, nullptr, {.budget_bytes = 200'000});
    for (int round = 0; round < 2; ++round)
        for (std::int64_t id = 0; id < 5'000; ++id)
            cache.get(id);
    const CacheCounters counters = cache.counters();
    EXPECT_GT(counters.entries, 100u);
    EXPECT_LT(counters.bytes, 220'000u + 64'000u) << "and tables";
    EXPECT_EQ(counters.evictions + counters.entries, counters.loads);
}

TEST(EntityCacheBound, AReaderThatSleepsDoesNotMakeItGrow) {
    People people;
    for (std::int64_t id = 0; id < 5'000; ++id)
        people.put({id, std::string(500, 'n') + std::to_string(id), {}, {}, 0});
    PersonCache cache(people, nullptr, {.budget_bytes = 200'000});
    {
        const auto sleeper = cache.read();
        for (std::int64_t id = 0; id < 5'000; ++id)
            EXPECT_EQ(cache.get(id)->id, id);
        EXPECT_LT(cache.counters().bytes, 300'000u);
        EXPECT_GT(cache.counters().refused, 0u);
    }
    cache.collect(1);
    cache.get(1);
    EXPECT_EQ(cache.get(1)->id, 1);
}

TEST(EntityCacheBound, WhatIsTooLargeIsServedAndNotKept) {
    People people;
    people.put({1, std::string(5'000, 'n'), {}, {}, 0});
    PersonCache cache(people, nullptr, {.budget_bytes = 1'000});
    EXPECT_TRUE(cache.get(1));
    EXPECT_TRUE(cache.get(1));
    EXPECT_EQ(cache.counters().refused, 2u);
    EXPECT_THAT(*cache.all(), SizeIs(1));
    EXPECT_EQ(cache.counters().entries, 0u);
}

TEST(EntityCacheFreshness, OverItsBoundItClosesAndOpensAgain) {
    People people;
    people.put(person(1));
    Freshness freshness(std::chrono::milliseconds(1'000));
    PersonCache cache(people, &freshness, {});
    freshness.verify(CoarseClock::now());
    cache.get(1);
    cache.get(1);
    EXPECT_EQ(people.queries, 1);
    freshness.verify(CoarseClock::now() - std::chrono::milliseconds(1'100));
    people.put(person(1, 2));
    EXPECT_EQ(cache.get(1)->version, 2);
    EXPECT_THAT(*cache.all(), SizeIs(1));
    EXPECT_EQ(cache.read().find(1), nullptr);
    EXPECT_EQ(cache.counters().closed, 2u);
    cache.changed(std::vector<std::int64_t>{1});
    freshness.verify(CoarseClock::now());
    EXPECT_EQ(cache.get(1)->version, 2);
    const int queries = people.queries;
    EXPECT_EQ(cache.get(1)->version, 2);
    EXPECT_EQ(people.queries, queries);
}

TEST(EntityCacheFreshness, AReadMayInsistOnACommit) {
    People people;
    people.put(person(1));
    Freshness freshness(std::chrono::hours(1));
    PersonCache cache(people, &freshness, {});
    freshness.applied(CommitNumber(1));
    freshness.verify(CoarseClock::now());
    cache.get(1);
    people.put(person(1, 2));  // commit 2, not told yet
    EXPECT_EQ(cache.get(1)->version, 0);
    EXPECT_EQ(cache.get(1, CommitNumber(2))->version, 2);
    cache.changed(std::vector<std::int64_t>{1});
    freshness.applied(CommitNumber(2));
    EXPECT_EQ(cache.get(1, CommitNumber(2))->version, 2);
}

/// Twenty types, each with a set of its own.
template <int kType>
struct OneOfMany : PersonTraits {};

template <int... kTypes>
void use_first_at_once(People& people, std::integer_sequence<int, kTypes...>) {
    std::tuple<std::unique_ptr<SetCache<OneOfMany<kTypes>>>...> caches{
        std::make_unique<SetCache<OneOfMany<kTypes>>>(people, nullptr, 1 << 20)...};
    std::atomic<bool> go{false};
    std::atomic<int> found{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 64; ++i)
        readers.emplace_back([&] {
            go.wait(false);
            std::apply([&](auto&... cache) { ((found += cache->get(1) ? 1 : 0), ...); }, caches);
        });
    go = true;
    go.notify_all();
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_EQ(found, 64 * static_cast<int>(sizeof...(kTypes)));
    EXPECT_EQ(people.queries, static_cast<int>(sizeof...(kTypes)));
}

TEST(SetCacheTest, FirstUseOfTwentyTypesAtOnce) {
    People people;
    people.put(person(1));
    use_first_at_once(people, std::make_integer_sequence<int, 20>());
}

TEST(SetCacheTest, AUnitOfWorkKeepsTheSetItBeganWith) {
    People people;
    people.put(person(1));
    PersonSet cache(people, nullptr, 1 << 20);
    const auto pinned = cache.all();
    people.put(person(1, 2));
    people.put(person(2));
    cache.clear();
    EXPECT_EQ(cache.get(1)->version, 2);
    EXPECT_EQ(pinned->find(1)->version, 0);
    EXPECT_EQ(pinned->find(2), nullptr);
    EXPECT_EQ(cache.get<ByCode>("code2")->id, 2);
}

TEST(SetCacheTest, ASlowReaderDoesNotBringTheOldSetBack) {
    People people;
    people.put(person(1));
    PersonSet cache(people, nullptr, 1 << 20);
    Gate gate;
    people.after_query([&] { gate.pass(); });
    std::thread reader([&] { EXPECT_EQ(cache.get(1)->version, 0); });
    gate.await();
    people.after_query(nullptr);
    people.put(person(1, 2));
    cache.clear();
    EXPECT_EQ(cache.get(1)->version, 2);
    gate.open();
    reader.join();
    EXPECT_EQ(cache.get(1)->version, 2);
    EXPECT_EQ(cache.counters().dropped_fills, 1u);
}

TEST(SetCacheTest, OverItsBudgetItIsLoadedEachTimeAndSaysSo) {
    People people;
    people.put(person(1));
    PersonSet cache(people, nullptr, 10);
    EXPECT_TRUE(cache.get(1));
    EXPECT_TRUE(cache.get(1));
    EXPECT_EQ(cache.counters().refused, 2u);
    EXPECT_EQ(people.queries, 2);
}

}  // namespace
}  // namespace muster::testing
