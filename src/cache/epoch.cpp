#include "cache/epoch.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

namespace muster {
namespace {

std::atomic<detail::ReaderSlot*> slots{nullptr};
std::atomic<std::uint32_t> slot_count{0};

bool membarrier(int command) {
    return ::syscall(SYS_membarrier, command, 0, 0) == 0;
}

/// Gives the slot of a thread back when the thread ends.
struct SlotReturn {
    ~SlotReturn() {
        if (detail::own_slot != nullptr)
            detail::own_slot->taken.store(false, std::memory_order_release);
        detail::own_slot = nullptr;
    }
};

detail::ReaderSlot& take_slot() {
    for (detail::ReaderSlot* slot = slots.load(std::memory_order_acquire); slot != nullptr;
         slot = slot->next) {
        bool taken = false;
        if (slot->taken.compare_exchange_strong(taken, true, std::memory_order_acq_rel))
            return *slot;
    }
    auto* slot = new detail::ReaderSlot;  // never freed: others may be walking over it
    slot->number = slot_count.fetch_add(1);
    slot->next = slots.load(std::memory_order_relaxed);
    while (!slots.compare_exchange_weak(slot->next, slot, std::memory_order_acq_rel)) {
    }
    return *slot;
}

}  // namespace

detail::ReaderSlot& detail::claim_slot() {
    static std::once_flag once;
    std::call_once(
        once, [] { kernel_fences.store(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)); });
    thread_local const SlotReturn at_the_end;
    static_cast<void>(at_the_end);
    own_slot = &take_slot();
    return *own_slot;
}

std::uint64_t oldest_pin() {
    if (detail::kernel_fences.load()) {
        if (!membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED))
            return 0;  // nothing can be said, so nothing is freed
    } else {
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    std::uint64_t oldest = std::numeric_limits<std::uint64_t>::max();
    for (const detail::ReaderSlot* slot = slots.load(std::memory_order_acquire); slot != nullptr;
         slot = slot->next) {
        const std::uint64_t epoch = slot->epoch.load(std::memory_order_acquire);
        if (epoch != 0)
            oldest = std::min(oldest, epoch);
    }
    return oldest;
}

}  // namespace muster
