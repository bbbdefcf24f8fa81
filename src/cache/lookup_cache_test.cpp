#include "cache/lookup_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace muster {
namespace {

using ::testing::ElementsAre;

class LookupCacheTest : public ::testing::Test {
 public:
    static Digest key(const std::string& text) { return digest(text); }
    std::vector<std::int64_t> get(const std::vector<std::string>& keys) {
        std::vector<Digest> digests;
        for (const std::string& one : keys)
            digests.push_back(key(one));
        std::vector<ObjectId> ids(keys.size());
        cache.get(digests, ids,
                  [&](std::span<const std::size_t> missing, std::span<ObjectId> found) {
                      ++queries;
                      for (std::size_t i = 0; i < missing.size(); ++i)
                          if (const auto row = table.find(keys[missing[i]]); row != table.end())
                              found[i] = ObjectId(row->second);
                      if (then)
                          then();
                  });
        std::vector<std::int64_t> plain;
        for (const ObjectId id : ids)
            plain.push_back(id.value);
        return plain;
    }
    bool warm() {
        return cache.warm([&](const std::function<void(const LookupCache::Key&)>& each) {
            for (const auto& [text, id] : table)
                each({key(text), ObjectId(id)});
        });
    }
    void move(const std::string& from, const std::string& to, std::int64_t id) {
        table.erase(from);
        table[to] = id;
        const LookupCache::Key removed{key(from), ObjectId(id)};
        const LookupCache::Key added{key(to), ObjectId(id)};
        cache.change({&removed, 1}, {&added, 1});
    }

    std::map<std::string, std::int64_t> table{{"a", 1}, {"b", 2}};
    std::function<void()> then;
    int queries = 0;
    LookupCache cache{nullptr, 4'000};
};

TEST_F(LookupCacheTest, AsksOnceForWhatIsThereAndAgainForWhatIsNot) {
    EXPECT_THAT(get({"a", "x", "b"}), ElementsAre(1, 0, 2));
    EXPECT_THAT(get({"b", "a"}), ElementsAre(2, 1));
    EXPECT_EQ(queries, 1);
    EXPECT_THAT(get({"x"}), ElementsAre(0));
    EXPECT_EQ(queries, 2);
}

TEST_F(LookupCacheTest, CompleteItKnowsWhatDoesNotExist) {
    EXPECT_FALSE(cache.complete());
    EXPECT_TRUE(warm());
    EXPECT_TRUE(cache.complete());
    EXPECT_THAT(get({"x", "a"}), ElementsAre(0, 1));
    EXPECT_EQ(queries, 0);
    move("a", "c", 1);
    EXPECT_THAT(get({"a", "c"}), ElementsAre(0, 1));
    EXPECT_EQ(queries, 0);
    cache.clear();
    EXPECT_FALSE(cache.complete());
    EXPECT_THAT(get({"a", "c"}), ElementsAre(0, 1));
    EXPECT_EQ(queries, 1);
}

TEST_F(LookupCacheTest, AnEmptyTableIsCompleteToo) {
    table.clear();
    EXPECT_TRUE(warm());
    EXPECT_THAT(get({"a"}), ElementsAre(0));
    EXPECT_EQ(queries, 0);
}

TEST_F(LookupCacheTest, WhatWasReadBeforeAChangeIsNotKept) {
    then = [&] { move("a", "c", 1); };
    EXPECT_THAT(get({"a"}), ElementsAre(1));
    then = nullptr;
    EXPECT_THAT(get({"a"}), ElementsAre(0));
    EXPECT_THAT(get({"c"}), ElementsAre(1));
}

TEST_F(LookupCacheTest, WarmingIsGivenUpWhenSomethingChangesMeanwhile) {
    cache.warm([&](const std::function<void(const LookupCache::Key&)>& each) {
        each({key("a"), ObjectId(1)});
        cache.clear();
    });
    EXPECT_FALSE(cache.complete());
    EXPECT_THAT(get({"a"}), ElementsAre(1));
    EXPECT_EQ(queries, 1);
}

TEST_F(LookupCacheTest, AKeyOfAnotherObjectIsNotTakenAway) {
    EXPECT_THAT(get({"a"}), ElementsAre(1));
    const LookupCache::Key other{key("a"), ObjectId(9)};
    cache.change({&other, 1}, {});
    EXPECT_THAT(get({"a"}), ElementsAre(1));
    EXPECT_EQ(queries, 1);
}

TEST_F(LookupCacheTest, OverItsBudgetItIsNotComplete) {
    for (int i = 0; i < 500; ++i)
        table[std::to_string(i)] = i + 10;
    EXPECT_FALSE(warm());
    EXPECT_FALSE(cache.complete());
    for (int i = 0; i < 500; ++i)
        EXPECT_THAT(get({std::to_string(i)}), ElementsAre(i + 10));
    EXPECT_LE(cache.counters().bytes, 4'100u);
    EXPECT_GT(cache.counters().refused, 0u);
}

}  // namespace
}  // namespace muster
