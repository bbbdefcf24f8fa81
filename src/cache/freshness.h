#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/ids.h"

namespace muster {

/// The clock staleness is measured with: steady, a few nanoseconds to read, right to some 4 ms.
struct CoarseClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<CoarseClock>;
    static constexpr bool is_steady = true;
    static time_point now() noexcept;
};

/// How far the caches fed by one follower of the log are known to be right. Written by the
/// follower, read by everybody; thread-safe.
///
/// At `position` every change up to that commit has been told to the caches; at `verified` that was
/// all there was in the store. Longer ago than the bound, nothing is known any more, and caches
/// answer from the store instead.
class Freshness {
 public:
    using Clock = CoarseClock;

    explicit Freshness(std::chrono::milliseconds bound) : bound_(bound) {}

    bool fresh() const { return Clock::now() - verified() <= bound_; }
    CommitNumber position() const { return CommitNumber(position_.load()); }
    Clock::time_point verified() const {
        return Clock::time_point(Clock::duration(verified_.load(std::memory_order_acquire)));
    }
    std::chrono::milliseconds bound() const { return bound_; }

    /// Everything up to `position` has been told.
    void applied(CommitNumber position) { position_.store(position.value); }
    /// At `moment` (taken before the store was asked) there was nothing beyond the position.
    void verify(Clock::time_point moment) {
        verified_.store(moment.time_since_epoch().count(), std::memory_order_release);
    }

 private:
    const std::chrono::milliseconds bound_;
    std::atomic<std::int64_t> position_{0};
    std::atomic<Clock::rep> verified_{Clock::duration::min().count() / 2};
};

}  // namespace muster
