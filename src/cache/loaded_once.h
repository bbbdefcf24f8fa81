#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "base/limits.h"
#include "cache/counters.h"
#include "cache/epoch.h"
#include "cache/flight.h"
#include "cache/garbage.h"

namespace muster {

/// One immutable value that is loaded when it is first asked for, and again after it was dropped.
/// Thread-safe; a hit takes no lock.
///
/// The value carries the generation it was read at: dropping it is moving the generation, and a
/// load that was overtaken by that is given to those who wait but not kept.
template <class Value>
class LoadedOnce {
 public:
    using Handle = std::shared_ptr<const Value>;

    explicit LoadedOnce(CacheTally& tally) : tally_(tally) {}
    ~LoadedOnce() { delete box_.load(); }
    LoadedOnce(const LoadedOnce&) = delete;
    LoadedOnce& operator=(const LoadedOnce&) = delete;

    /// None where it is not there. Readable as long as `pin` lives.
    const Handle* find(const Pin& pin) const {
        const Handle* value = look(pin);
        if (value != nullptr)
            tally_.hits.add(pin.reader());
        return value;
    }
    /// The same, and no hit is counted.
    const Handle* look(const Pin&) const {
        const Box* box = box_.load(std::memory_order_acquire);
        const bool current =
            box != nullptr && box->generation == generation_.load(std::memory_order_acquire);
        return current ? &box->value : nullptr;
    }

    /// `load()` gives the value; `keep(value)` whether it may be kept. Both are called by one
    /// thread at a time for one generation, without locks.
    template <class Load, class Allow>
    Handle get(const Load& load, const Allow& keep);

    void drop() noexcept { generation_.fetch_add(1); }
    /// Frees what was dropped and nobody can read any more.
    void collect();

 private:
    struct Box {
        Handle value;
        std::uint64_t generation;
    };
    struct LoadingNow {
        std::shared_ptr<Flight<Handle>> flight;
        std::uint64_t generation = 0;
    };
    template <class Load, class Allow>
    Handle load_as_pilot(const LoadingNow& mine, const Load& load, const Allow& keep);
    void publish(std::unique_ptr<Box> box, std::vector<Garbage::Thing>& free);
    void land(const LoadingNow& mine);

    CacheTally& tally_;
    std::atomic<std::uint64_t> generation_{1};
    std::atomic<Box*> box_{nullptr};
    std::mutex mutex_;  // guards what follows, and writing to box_
    LoadingNow loading_;
    Garbage garbage_;
};

template <class Value>
template <class Load, class Allow>
auto LoadedOnce<Value>::get(const Load& load, const Allow& keep) -> Handle {
    LoadingNow mine;
    bool pilot = false;
    {
        const std::lock_guard lock(mutex_);
        const Pin pin;
        if (const Handle* hit = find(pin))
            return *hit;
        CacheTally::add(tally_.misses);
        const std::uint64_t generation = generation_.load();
        if (!loading_.flight || loading_.generation != generation) {
            loading_ = {std::make_shared<Flight<Handle>>(), generation};
            pilot = true;
        }
        mine = loading_;
    }
    if (pilot)
        return load_as_pilot(mine, load, keep);
    CacheTally::add(tally_.waits);
    Handle value;
    if (mine.flight->wait(limits::kCacheWait, value))
        return value;
    CacheTally::add(tally_.waits_given_up);
    CacheTally::add(tally_.loads);
    return load();
}

template <class Value>
template <class Load, class Allow>
auto LoadedOnce<Value>::load_as_pilot(const LoadingNow& mine, const Load& load, const Allow& keep)
    -> Handle {
    std::vector<Garbage::Thing> free;  // destroyed after the lock was let go
    try {
        CacheTally::add(tally_.loads);
        auto box = std::make_unique<Box>(Box{load(), mine.generation});
        Handle value = box->value;
        if (keep(*value))
            publish(std::move(box), free);
        else
            CacheTally::add(tally_.refused);
        land(mine);
        mine.flight->land(value);
        return value;
    } catch (...) {
        CacheTally::add(tally_.load_errors);
        land(mine);
        mine.flight->fail(std::current_exception());
        throw;
    }
}

// Where the generation moves just after the look at it, the box is published and answers nobody.
template <class Value>
void LoadedOnce<Value>::publish(std::unique_ptr<Box> box, std::vector<Garbage::Thing>& free) {
    const std::lock_guard lock(mutex_);
    if (box->generation != generation_.load()) {
        CacheTally::add(tally_.dropped_fills);
        return;
    }
    if (Box* old = box_.exchange(box.release(), std::memory_order_acq_rel))
        garbage_.add(old, sizeof(Box));
    garbage_.sort_out(true, free);
}

template <class Value>
void LoadedOnce<Value>::land(const LoadingNow& mine) {
    const std::lock_guard lock(mutex_);
    if (loading_.flight == mine.flight)
        loading_ = {};
}

template <class Value>
void LoadedOnce<Value>::collect() {
    std::vector<Garbage::Thing> free;
    const std::lock_guard lock(mutex_);
    Box* box = box_.load();
    if (box != nullptr && box->generation != generation_.load()) {
        box_.store(nullptr, std::memory_order_release);
        garbage_.add(box, sizeof(Box));
    }
    garbage_.sort_out(true, free);
}

}  // namespace muster
