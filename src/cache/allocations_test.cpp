// A hit allocates nothing and asks the source nothing.

#include <gtest/gtest.h>

#include "allocations/count_allocations.h"
#include "cache/cache_testing.h"
#include "cache/lookup_cache.h"

namespace muster::testing {
namespace {

class Allocations : public ::testing::Test {
 public:
    Allocations() {
        for (std::int64_t id = 1; id <= 100; ++id)
            people.put(person(id));
        freshness.verify(CoarseClock::now());
    }
    /// Allocations and queries of a thousand calls, after one that may make ready.
    template <class Call>
    void expect_none(const Call& call) {
        call(1);
        const auto before = count_allocations();
        const int queries = people.queries;
        for (int i = 0; i < 1000; ++i)
            call(1 + i % 100);
        EXPECT_EQ(count_allocations(), before);
        EXPECT_EQ(people.queries, queries);
    }

    People people;
    Freshness freshness{std::chrono::hours(1)};
};

TEST_F(Allocations, AreCounted) {
    const auto before = count_allocations();
    if (!before)
        GTEST_SKIP() << "a sanitizer allocates";
    auto text = std::make_unique<std::string>(100, 'x');
    EXPECT_GE(*count_allocations(), *before + 2);
    EXPECT_EQ(text->size(), 100u);
}

TEST_F(Allocations, AHitOfAnEntity) {
    PersonCache cache(people, &freshness, {});
    EXPECT_EQ(cache.all()->size(), 100u);
    std::int64_t sum = 0;
    std::vector<std::string> names;
    for (std::int64_t id = 0; id <= 100; ++id)
        names.push_back("name" + std::to_string(id));
    expect_none([&](std::int64_t id) {
        cache.with(id, [&](const Person& found) { sum += found.id; });
        cache.with<ByName>(names[static_cast<std::size_t>(id)],
                           [&](const Person& found) { sum += found.id; });
        const PersonCache::Reader reader = cache.read();
        sum += reader.find(id)->id;
        sum += reader.share(id)->id;
    });
    expect_none([&](std::int64_t id) { sum += cache.get(id)->id; });
    expect_none([&](std::int64_t) { sum += static_cast<std::int64_t>(cache.all()->size()); });
    EXPECT_EQ(cache.counters().loads, 1u);
    EXPECT_GT(sum, 0);
}

TEST_F(Allocations, AHitOfASet) {
    PersonSet cache(people, &freshness, 1 << 20);
    std::int64_t sum = 0;
    expect_none([&](std::int64_t id) {
        sum += cache.get(id)->id;
        cache.with(id, [&](const Person& found) { sum += found.id; });
        sum += cache.all()->find(id)->id;
    });
    EXPECT_EQ(cache.counters().loads, 1u);
}

TEST_F(Allocations, AHitOfALookup) {
    LookupCache cache(&freshness, 1 << 20);
    const LookupCache::Key key{digest("a"), ObjectId(7)};
    cache.change({}, {&key, 1});
    const LookupCache::Load never = [&](auto, auto) { ++people.queries; };
    ObjectId id;
    expect_none([&](std::int64_t) { cache.get({&key.digest, 1}, {&id, 1}, never); });
    EXPECT_EQ(id, ObjectId(7));
}

}  // namespace
}  // namespace muster::testing
