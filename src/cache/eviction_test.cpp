#include "cache/eviction.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <vector>

#include "cache/epoch.h"
#include "cache/index.h"

namespace muster {
namespace {

/// A cache of numbers, each of weight 1.
class Numbers {
 public:
    explicit Numbers(std::size_t room, std::size_t most) : room_(room), entries_(most) {}
    /// Whether it was there.
    bool use(std::size_t number) {
        if (entries_[number].weight != 0) {
            entries_[number].touch();
            return true;
        }
        while (queue_.bytes() >= room_) {
            Queued* victim = queue_.victim();
            queue_.remove(*victim);
            queue_.evicted(*victim, static_cast<std::uint64_t>(victim - entries_.data()));
            victim->weight = 0;
        }
        entries_[number].weight = 1;
        entries_[number].uses = 0;
        queue_.add(entries_[number], number);
        return false;
    }
    bool has(std::size_t number) const { return entries_[number].weight != 0; }
    std::size_t bytes() const { return queue_.bytes(); }

 private:
    std::size_t room_;
    S3Fifo queue_;
    std::vector<Queued> entries_;
};

TEST(S3Fifo, ReadingEverythingOnceLeavesWhatIsUsed) {
    Numbers cache(1'000, 200'000);
    for (int round = 0; round < 5; ++round)
        for (std::size_t hot = 0; hot < 800; ++hot)
            cache.use(hot);
    std::size_t hits = 0;
    for (std::size_t scanned = 1'000; scanned < 200'000; ++scanned) {
        cache.use(scanned);
        if (scanned % 10 == 0)
            hits += cache.use(scanned / 10 % 800) ? 1 : 0;
    }
    EXPECT_GT(hits, 19'900u * 95 / 100);
}

TEST(S3Fifo, WhatComesBackSoonStays) {
    Numbers cache(100, 10'000);
    for (std::size_t i = 0; i < 150; ++i)
        cache.use(i);
    cache.use(40);  // was evicted not long ago
    for (std::size_t i = 1'000; i < 3'000; ++i)
        cache.use(i);
    EXPECT_TRUE(cache.has(40));
}

RC_GTEST_PROP(S3Fifo, NeverHoldsMoreThanItsRoom, (const std::vector<std::uint8_t>& uses)) {
    Numbers cache(10, 256);
    for (const std::uint8_t number : uses) {
        cache.use(number);
        RC_ASSERT(cache.has(number));
        RC_ASSERT(cache.bytes() <= 10u);
    }
}

struct Node {
    std::uint64_t key;
};

RC_GTEST_PROP(Index, IsAMap, (const std::vector<std::pair<std::uint8_t, bool>>& writes)) {
    const auto hash = [](std::uint64_t key) { return static_cast<std::size_t>(key % 7); };
    std::deque<Node> nodes;
    std::vector<Node*> expected(256);
    Garbage garbage;
    Index<Node> index;
    for (const auto& [key, add] : writes) {
        if (add && expected[key] == nullptr) {
            expected[key] = &nodes.emplace_back(Node{key});
            index.insert(
                hash(key), *expected[key], [&](const Node& n) { return hash(n.key); }, garbage);
        } else if (!add && expected[key] != nullptr) {
            index.erase(hash(key), *expected[key]);
            expected[key] = nullptr;
        }
    }
    for (std::uint64_t key = 0; key < 256; ++key)
        RC_ASSERT(index.find(hash(key), [&](const Node& n) { return n.key == key; }) ==
                  expected[key]);
    std::vector<Garbage::Thing> free;
    garbage.sort_out(true, free);
}

TEST(Garbage, StaysWhileAReaderIsPinned) {
    static int freed = 0;
    struct Thing {
        ~Thing() { ++freed; }
    };
    Garbage garbage;
    std::vector<Garbage::Thing> free;
    {
        const Pin pin;
        garbage.add(new Thing, 8);
        garbage.sort_out(true, free);
        EXPECT_TRUE(free.empty());
        EXPECT_EQ(garbage.bytes(), 8u);
    }
    {
        const Pin later;
        garbage.sort_out(true, free);
        EXPECT_EQ(free.size(), 1u) << "who came after it was unlinked cannot reach it";
    }
    free.clear();
    EXPECT_EQ(freed, 1);
    EXPECT_EQ(garbage.bytes(), 0u);
}

}  // namespace
}  // namespace muster
