#include "store/resident/triple_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>
#include <set>

namespace muster::resident {
namespace {

std::vector<Triple> read(const TripleSet& set, const Triple& from = {}) {
    std::vector<Triple> triples;
    TripleSet::Reader(set).from(from, [&](const Triple& triple) {
        triples.push_back(triple);
        return true;
    });
    return triples;
}

/// Close together, far apart and at the edges of what fits.
Triple any_triple(std::mt19937_64& random) {
    const auto number = [&](std::uint64_t below) {
        return static_cast<std::int64_t>(random() % below);
    };
    static constexpr std::uint64_t kRanges[] = {3, 50, 5'000, 1ull << 33, 1ull << 60};
    const std::uint64_t range = kRanges[random() % 5];
    return {number(range), static_cast<std::uint16_t>(random() % 4 == 0 ? 65'535 : random() % 3),
            number(range)};
}

RC_GTEST_PROP(TripleSetProperty, HoldsWhatAnOrderedSetHolds, ()) {
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
    TripleSet set;
    std::set<Triple> model;
    const int rounds = *rc::gen::inRange(1, 12);
    for (int round = 0; round < rounds; ++round) {
        std::vector<TripleChange> changes;
        const bool shrinks = round % 3 == 2;
        for (auto i = random() % (round == 0 ? 3'000 : 300); i > 0; --i) {
            changes.push_back({any_triple(random), !shrinks && random() % 3 != 0});
        }
        if (shrinks) {
            for (const Triple& triple : model) {
                if (random() % 4 != 0) {
                    changes.push_back({triple, false});
                }
            }
        }
        for (const TripleChange& change : changes) {
            if (change.add) {
                model.insert(change.triple);
            } else {
                model.erase(change.triple);
            }
        }
        set.apply(changes);
        RC_ASSERT(changes.empty());
        RC_ASSERT(set.size() == model.size());
        RC_ASSERT(read(set) == std::vector<Triple>(model.begin(), model.end()));
        const Triple from = any_triple(random);
        RC_ASSERT(read(set, from) == std::vector<Triple>(model.lower_bound(from), model.end()));
        TripleSet::Reader reader(set);
        for (int i = 0; i < 50; ++i) {
            const Triple asked = any_triple(random);
            RC_ASSERT(reader.contains(asked) == model.contains(asked));
        }
    }
}

TEST(TripleSetTest, TheLastChangeOfATripleCounts) {
    TripleSet set;
    std::vector<TripleChange> changes{
        {{1, 1, 1}, true}, {{1, 1, 1}, false}, {{2, 1, 1}, false}, {{2, 1, 1}, true}};
    set.apply(changes);
    EXPECT_EQ(read(set), (std::vector<Triple>{{2, 1, 1}}));
}

TEST(TripleSetTest, MembersOfALargeGroupCostAFewBytesEach) {
    TripleSet set;
    std::vector<TripleChange> changes;
    constexpr std::int64_t kMembers = 100'000;
    for (std::int64_t i = 0; i < kMembers; ++i) {
        changes.push_back({{7, 3, 1'000'000 + 40 * i}, true});
    }
    set.apply(changes);
    EXPECT_LT(set.bytes(), 4 * kMembers);
    for (std::int64_t i = 0; i < kMembers; ++i) {
        changes.push_back({{7, 3, 1'000'000 + 40 * i}, false});
    }
    set.apply(changes);
    EXPECT_LT(set.bytes(), 1'000u);
}

}  // namespace
}  // namespace muster::resident
