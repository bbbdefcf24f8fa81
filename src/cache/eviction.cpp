#include "cache/eviction.h"

#include "base/limits.h"

namespace muster {

void S3Fifo::Queue::push(Queued& entry) {
    entry.newer = nullptr;
    entry.older = newest;
    (newest != nullptr ? newest->newer : oldest) = &entry;
    newest = &entry;
    bytes += entry.weight;
    ++count;
}

void S3Fifo::Queue::remove(Queued& entry) {
    (entry.newer != nullptr ? entry.newer->older : newest) = entry.older;
    (entry.older != nullptr ? entry.older->newer : oldest) = entry.newer;
    bytes -= entry.weight;
    --count;
}

void S3Fifo::add(Queued& entry, std::uint64_t fingerprint) {
    entry.in_main = ghosts_.take(fingerprint);
    (entry.in_main ? main_ : small_).push(entry);
}

void S3Fifo::remove(Queued& entry) {
    (entry.in_main ? main_ : small_).remove(entry);
}

void S3Fifo::promote(Queued& entry) {
    small_.remove(entry);
    entry.in_main = true;
    entry.uses.store(0, std::memory_order_relaxed);
    main_.push(entry);
}

Queued* S3Fifo::victim() {
    for (std::size_t step = 0; step < limits::kEvictionSteps; ++step) {
        if (small_.oldest != nullptr && (small_.bytes * 10 >= bytes() || main_.oldest == nullptr)) {
            if (small_.oldest->uses.load(std::memory_order_relaxed) < 2)
                return small_.oldest;
            promote(*small_.oldest);
            continue;
        }
        Queued* entry = main_.oldest;
        const std::uint8_t uses =
            entry != nullptr ? entry->uses.load(std::memory_order_relaxed) : std::uint8_t{0};
        if (uses == 0)
            return entry;
        entry->uses.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
        main_.remove(*entry);
        main_.push(*entry);
    }
    return main_.oldest != nullptr ? main_.oldest : small_.oldest;
}

void S3Fifo::evicted(const Queued& entry, std::uint64_t fingerprint) {
    if (!entry.in_main)
        ghosts_.put(fingerprint, main_.count + small_.count);
}

}  // namespace muster
