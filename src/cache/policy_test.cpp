// What each policy promises, behaviour by behaviour.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "cache/cache_testing.h"
#include "cache/lookup_cache.h"

namespace muster::testing {
namespace {

/// What the caches have in common, as far as they have it.
class Policy {
 public:
    virtual ~Policy() = default;
    virtual std::optional<std::int64_t> get(std::int64_t id) = 0;  ///< the version
    virtual std::size_t get_many(const std::vector<std::int64_t>& ids) = 0;
    virtual std::optional<std::size_t> all() = 0;  ///< how many; nothing: not offered
    virtual void changed(std::int64_t id) = 0;
    virtual void clear() = 0;
    virtual CacheCounters counters() const = 0;
    People people;
};

class EntityPolicy : public Policy {
 public:
    explicit EntityPolicy(Keep keep) : cache_(people, nullptr, {.keep = keep, .negatives = 10}) {}
    std::optional<std::int64_t> get(std::int64_t id) override {
        const auto found = cache_.get(id);
        return found ? std::optional(found->version) : std::nullopt;
    }
    std::size_t get_many(const std::vector<std::int64_t>& ids) override {
        std::vector<PersonCache::Handle> found;
        cache_.get_many(ids, found);
        return ids.size() - static_cast<std::size_t>(
                                std::count(found.begin(), found.end(), PersonCache::Handle()));
    }
    std::optional<std::size_t> all() override { return cache_.all()->size(); }
    void changed(std::int64_t id) override { cache_.changed(std::vector{id}); }
    void clear() override { cache_.clear(); }
    CacheCounters counters() const override { return cache_.counters(); }

 private:
    PersonCache cache_;
};

class FullSetPolicy : public Policy {
 public:
    std::optional<std::int64_t> get(std::int64_t id) override {
        const auto found = cache_.get(id);
        return found ? std::optional(found->version) : std::nullopt;
    }
    std::size_t get_many(const std::vector<std::int64_t>& ids) override {
        const auto set = cache_.all();
        return static_cast<std::size_t>(std::count_if(
            ids.begin(), ids.end(), [&](std::int64_t id) { return set->find(id) != nullptr; }));
    }
    std::optional<std::size_t> all() override { return cache_.all()->rows().size(); }
    void changed(std::int64_t) override { cache_.clear(); }
    void clear() override { cache_.clear(); }
    CacheCounters counters() const override { return cache_.counters(); }

 private:
    PersonSet cache_{people, nullptr, 1 << 20};
};

/// Looks people's ids up; the version is not known here.
class LookupPolicy : public Policy {
 public:
    std::optional<std::int64_t> get(std::int64_t id) override {
        return get_many({id}) == 1 ? std::optional<std::int64_t>(0) : std::nullopt;
    }
    std::size_t get_many(const std::vector<std::int64_t>& ids) override {
        std::vector<Digest> keys;
        for (const std::int64_t id : ids)
            keys.push_back(key(id).digest);
        std::vector<ObjectId> found(ids.size());
        cache_.get(keys, found, [&](std::span<const std::size_t> missing, std::span<ObjectId> out) {
            std::vector<std::int64_t> asked;
            for (const std::size_t i : missing)
                asked.push_back(ids[i]);
            std::vector<std::optional<Person>> rows;
            people.load(ById{}, asked, rows);
            for (std::size_t i = 0; i < rows.size(); ++i)
                out[i] = rows[i] ? ObjectId(rows[i]->id) : ObjectId{};
        });
        return ids.size() -
               static_cast<std::size_t>(std::count(found.begin(), found.end(), ObjectId{}));
    }
    std::optional<std::size_t> all() override { return std::nullopt; }
    void changed(std::int64_t id) override {
        const LookupCache::Key one = key(id);
        std::vector<std::optional<Person>> rows;
        people.load(ById{}, std::span(&id, 1), rows);
        cache_.change({&one, 1}, {&one, rows[0] ? 1u : 0u});
    }
    void clear() override { cache_.clear(); }
    CacheCounters counters() const override { return cache_.counters(); }

 private:
    static LookupCache::Key key(std::int64_t id) {
        return {digest(std::to_string(id)), ObjectId(id)};
    }
    LookupCache cache_{nullptr, 1 << 20};
};

/// A row of the specification: queries to the source for each behaviour.
struct Behaviour {
    std::string name;
    std::function<std::unique_ptr<Policy>()> make;
    int get_again;           ///< get(1) twice: queries of the second
    int many_after_one;      ///< get_many of ten, one of them there: keys asked for
    int one_after_many;      ///< get(5) after that
    int all_after_all;       ///< all() twice: queries of the second
    int get_after_all;       ///< get(7) after all()
    int missing_again;       ///< get(99), which does not exist, twice: queries of the second
    int after_create;        ///< get(99) when it was created
    int after_update;        ///< get(1) after it changed
    int other_after_change;  ///< get(2), there before, after 1 changed
};

class PolicyTest : public ::testing::TestWithParam<Behaviour> {
 public:
    PolicyTest() : policy(GetParam().make()) {
        for (std::int64_t id = 1; id <= 10; ++id)
            policy->people.put(person(id));
    }
    template <class Call>
    int queries(const Call& call) {
        const int before = policy->people.queries;
        call();
        return policy->people.queries - before;
    }
    const std::vector<std::int64_t> ten{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const std::unique_ptr<Policy> policy;
};

TEST_P(PolicyTest, GetTwice) {
    EXPECT_EQ(queries([&] { EXPECT_TRUE(policy->get(1)); }), 1);
    EXPECT_EQ(queries([&] { EXPECT_TRUE(policy->get(1)); }), GetParam().get_again);
}

TEST_P(PolicyTest, ManyAskOnlyForWhatIsMissing) {
    policy->get(1);
    const int before = policy->people.keys_asked;
    EXPECT_EQ(policy->get_many(ten), 10u);
    EXPECT_EQ(policy->people.keys_asked - before, GetParam().many_after_one);
    EXPECT_EQ(queries([&] { policy->get(5); }), GetParam().one_after_many);
}

TEST_P(PolicyTest, AllAreAllAndNothingTwice) {
    for (const std::int64_t id : {3, 1, 2})
        policy->get(id);
    const std::optional<std::size_t> all = policy->all();
    if (!all)
        return;
    EXPECT_EQ(all, 10u);
    EXPECT_EQ(queries([&] { EXPECT_EQ(policy->all(), 10u); }), GetParam().all_after_all);
    EXPECT_EQ(queries([&] { EXPECT_TRUE(policy->get(7)); }), GetParam().get_after_all);
}

TEST_P(PolicyTest, WhatIsMissingStaysMissingUntilItIsCreated) {
    EXPECT_FALSE(policy->get(99));
    EXPECT_EQ(queries([&] { EXPECT_FALSE(policy->get(99)); }), GetParam().missing_again);
    policy->people.put(person(99));
    policy->changed(99);
    EXPECT_EQ(queries([&] { EXPECT_TRUE(policy->get(99)); }), GetParam().after_create);
}

TEST_P(PolicyTest, AnEmptyTableIsAnAnswer) {
    for (const std::int64_t id : ten)
        policy->people.erase(id);
    if (!policy->all())
        return;
    EXPECT_EQ(queries([&] {
                  for (int i = 0; i < 100; ++i)
                      EXPECT_EQ(policy->all(), 0u);
              }),
              GetParam().all_after_all * 100);
    policy->people.put(person(1));
    policy->changed(1);
    EXPECT_EQ(policy->all(), 1u);
}

TEST_P(PolicyTest, AChangeIsSeenAndOthersStay) {
    policy->get(1);
    policy->get(2);
    policy->people.put(person(1, 7));
    policy->changed(1);
    EXPECT_EQ(queries([&] { policy->get(1); }), GetParam().after_update);
    if (GetParam().name != "lookup") {
        EXPECT_EQ(policy->get(1), 7);
    }
    EXPECT_EQ(queries([&] { policy->get(2); }), GetParam().other_after_change);
}

TEST_P(PolicyTest, WhatWasErasedIsGone) {
    policy->get(1);
    policy->people.erase(1);
    policy->changed(1);
    EXPECT_FALSE(policy->get(1));
    if (const auto all = policy->all()) {
        EXPECT_EQ(all, 9u);
    }
}

TEST_P(PolicyTest, ClearingForgetsEverything) {
    policy->get_many(ten);
    policy->get(1);
    policy->clear();
    EXPECT_EQ(queries([&] { policy->get(1); }), 1);
}

TEST_P(PolicyTest, EverythingIsCounted) {
    policy->get(1);
    policy->get(1);
    policy->clear();
    const CacheCounters counters = policy->counters();
    EXPECT_EQ(counters.hits, GetParam().get_again == 0 ? 1u : 0u);
    EXPECT_EQ(counters.loads, GetParam().get_again == 0 ? 1u : 2u);
    EXPECT_EQ(counters.clears, 1u);
    EXPECT_EQ(counters.load_errors, 0u);
}

template <Keep kKeep>
std::unique_ptr<Policy> entity() {
    return std::make_unique<EntityPolicy>(kKeep);
}

INSTANTIATE_TEST_SUITE_P(
    Policies, PolicyTest,
    ::testing::Values(Behaviour{"entity", entity<Keep::entities>, 0, 9, 0, 0, 0, 0, 1, 1, 0},
                      Behaviour{"single_only", entity<Keep::singles>, 0, 9, 1, 1, 1, 0, 1, 1, 0},
                      Behaviour{"none", entity<Keep::nothing>, 1, 10, 1, 1, 1, 1, 1, 1, 1},
                      Behaviour{"full_set", [] { return std::make_unique<FullSetPolicy>(); }, 0, 0,
                                0, 0, 0, 0, 1, 1, 0},
                      Behaviour{"lookup", [] { return std::make_unique<LookupPolicy>(); }, 0, 9, 0,
                                0, 0, 1, 0, 0, 0}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace muster::testing
