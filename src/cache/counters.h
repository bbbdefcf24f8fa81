#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace muster {

/// What a cache has done since it was made, and what it holds. All of it always counted.
struct CacheCounters {
    std::uint64_t hits = 0;            ///< answered from memory with an object
    std::uint64_t negative_hits = 0;   ///< answered from memory with "there is none"
    std::uint64_t misses = 0;          ///< keys that were not there
    std::uint64_t loads = 0;           ///< calls to the source
    std::uint64_t load_errors = 0;     ///< of these, that threw
    std::uint64_t waits = 0;           ///< misses that waited for another's load instead
    std::uint64_t waits_given_up = 0;  ///< of these, that took too long and loaded for themselves
    std::uint64_t closed = 0;  ///< reads that passed the cache by: it was over its staleness bound,
                               ///< or not yet at the commit the reader asked for
    std::uint64_t dropped_fills = 0;  ///< loaded, but overtaken by a change meanwhile: not kept
    std::uint64_t refused = 0;        ///< loaded, but too large to be kept
    std::uint64_t evictions = 0;      ///< gone to make room
    std::uint64_t invalidations = 0;  ///< ids told to have changed
    std::uint64_t clears = 0;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;          ///< of entries and tables
    std::uint64_t retired_bytes = 0;  ///< of these, removed and waiting for their last readers
};

/// Counts without readers getting in each other's way: the first threads have a counter each.
class HitCounter {
 public:
    /// `reader`: as reader_number().
    void add(std::uint32_t reader) {
        if (reader < kOwn) [[likely]] {
            std::atomic<std::uint64_t>& count = counts_[reader].value;
            count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        } else {
            counts_[kOwn].value.fetch_add(1, std::memory_order_relaxed);
        }
    }
    std::uint64_t sum() const {
        std::uint64_t sum = 0;
        for (const Count& count : counts_)
            sum += count.value.load(std::memory_order_relaxed);
        return sum;
    }

 private:
    static constexpr std::uint32_t kOwn = 32;
    struct alignas(64) Count {
        std::atomic<std::uint64_t> value{0};
    };
    std::array<Count, kOwn + 1> counts_;
};

/// The counters as they are counted: all but what a cache holds at the moment.
class CacheTally {
 public:
    using Count = std::atomic<std::uint64_t>;

    static void add(Count& count, std::uint64_t more = 1) {
        count.fetch_add(more, std::memory_order_relaxed);
    }
    CacheCounters read() const;

    HitCounter hits;
    Count negative_hits{0};
    Count misses{0};
    Count loads{0};
    Count load_errors{0};
    Count waits{0};
    Count waits_given_up{0};
    Count closed{0};
    Count dropped_fills{0};
    Count refused{0};
    Count evictions{0};
    Count invalidations{0};
    Count clears{0};
};

}  // namespace muster
