#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

namespace muster {

namespace detail {

/// One thread's place in the list of readers. Never freed; taken again when its thread has ended.
struct alignas(64) ReaderSlot {
    std::atomic<std::uint64_t> epoch{0};  ///< when its thread pinned; 0: it reads nothing
    std::atomic<bool> taken{true};
    std::uint32_t depth = 0;   ///< of nested pins; its thread alone looks at it
    std::uint32_t number = 0;  ///< from 0, of no two threads that live at the same time
    ReaderSlot* next = nullptr;
};

inline std::atomic<std::uint64_t> epoch_now{1};
inline std::atomic<bool> kernel_fences{false};
inline constinit thread_local ReaderSlot* own_slot = nullptr;
ReaderSlot& claim_slot();

}  // namespace detail

/// What this thread is called among those that read; small numbers are given again.
inline std::uint32_t reader_number() {
    return (detail::own_slot != nullptr ? *detail::own_slot : detail::claim_slot()).number;
}

/// While one lives, nothing is freed that its thread could reach when it was made: readers of
/// shared structures need no lock (epoch-based reclamation, Fraser 2004). Costs one store; may be
/// nested. Keep it brief and do not block under it, as what is removed meanwhile stays in memory.
///
/// The store must be seen by who reclaims before the reader looks at anything. The fence that would
/// take costs more than the rest of a hit, so the reclaiming side, which is rare, has the kernel
/// fence every running thread instead (membarrier(2)); where it cannot, the reader fences itself.
class Pin {
 public:
    Pin() : slot_(detail::own_slot != nullptr ? *detail::own_slot : detail::claim_slot()) {
        if (slot_.depth++ != 0)
            return;
        slot_.epoch.store(detail::epoch_now.load(std::memory_order_acquire),
                          std::memory_order_relaxed);
        if (detail::kernel_fences.load(std::memory_order_relaxed)) [[likely]]
            std::atomic_signal_fence(std::memory_order_seq_cst);
        else
            std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    ~Pin() {
        if (--slot_.depth == 0)
            slot_.epoch.store(0, std::memory_order_release);
    }
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;

    std::uint32_t reader() const { return slot_.number; }  ///< as reader_number()

 private:
    detail::ReaderSlot& slot_;
};

/// Begins a new epoch and returns the one that ended: what was unlinked before the call is free for
/// reclaiming once oldest_pin() is above it.
inline std::uint64_t end_epoch() {
    return detail::epoch_now.fetch_add(1, std::memory_order_acq_rel);
}

/// The epoch of the oldest pin there is; the largest number where there is none. Costs a system
/// call and a walk over all threads that ever read.
std::uint64_t oldest_pin();

}  // namespace muster
