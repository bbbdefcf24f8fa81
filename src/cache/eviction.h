#pragma once

#include <atomic>
#include <cstdint>

#include "cache/ghosts.h"

namespace muster {

/// What an entry carries for S3Fifo.
struct Queued {
    Queued* newer = nullptr;
    Queued* older = nullptr;
    std::uint32_t weight = 0;              ///< bytes
    std::atomic<std::uint32_t> owners{0};  ///< of the whole; see Shared
    bool in_main = false;
    std::atomic<std::uint8_t> uses{0};  ///< since it came or was last passed over, at most 3

    /// A hit. Readers race here, and a count that is lost does no harm.
    void touch() {
        const std::uint8_t count = uses.load(std::memory_order_relaxed);
        if (count < 3)
            uses.store(static_cast<std::uint8_t>(count + 1), std::memory_order_relaxed);
    }
};

/// Decides what has to go: S3-FIFO (Yang et al., SOSP 2023). Newcomers stand in a small queue, a
/// tenth of the bytes, and reach the main one only when they are used again there or come back soon
/// after they left. Chosen over SIEVE because reading everything once, as reports and full lists
/// do, must not push out what is used: it passes through the small queue alone. Chosen over LRU
/// because a hit writes nothing that is shared. One writer at a time.
class S3Fifo {
 public:
    /// `fingerprint`: a hash of its key.
    void add(Queued& entry, std::uint64_t fingerprint);
    void remove(Queued& entry);

    /// The next to go, still in its queue; none where there is nothing. Passes over at most
    /// kEvictionSteps entries in use, so that one call is never long.
    Queued* victim();
    /// The oldest of each queue, for who sweeps from behind. May be none.
    Queued* oldest_small() const { return small_.oldest; }
    Queued* oldest_main() const { return main_.oldest; }
    Queued* oldest() const { return small_.oldest != nullptr ? small_.oldest : main_.oldest; }
    /// Remembers what was evicted, to know it when it comes back.
    void evicted(const Queued& entry, std::uint64_t fingerprint);

    std::size_t bytes() const { return small_.bytes + main_.bytes; }
    std::size_t count() const { return small_.count + main_.count; }

 private:
    struct Queue {
        Queued* newest = nullptr;
        Queued* oldest = nullptr;
        std::size_t bytes = 0;
        std::size_t count = 0;
        void push(Queued& entry);
        void remove(Queued& entry);
    };
    void promote(Queued& entry);

    Queue small_;
    Queue main_;
    Ghosts ghosts_;
};

}  // namespace muster
