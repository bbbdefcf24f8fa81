#pragma once

#include <chrono>
#include <cstddef>

namespace muster {

/// How many operations to keep in flight. Starts small and grows while that does not lower the rate
/// of answers; once answers come late, only while it raises it. Backs off when they come later and
/// fewer, and by half when the other side says it is busy. Tries again now and then, as the other
/// side may have become faster. Reads no clock: the caller tells the time.
class AdaptiveWindow {
 public:
    using Clock = std::chrono::steady_clock;

    AdaptiveWindow(std::size_t least, std::size_t most);

    std::size_t size() const { return size_; }
    /// An answer came, `latency` after its operation was sent.
    void answered(Clock::time_point now, Clock::duration latency);
    /// The other side refused work for being busy.
    void busy(Clock::time_point now);

 private:
    /// What one round of answers showed.
    struct Round {
        double rate = 0;     ///< answers a second
        double latency = 0;  ///< mean, seconds
    };

    void begin_round(Clock::time_point now);
    void end_round(const Round& round);
    void grow();
    void shrink_to(std::size_t size);

    std::size_t least_;
    std::size_t most_;
    std::size_t size_;
    bool doubling_ = true;  ///< until the first step that did not help
    bool grown_ = false;    ///< the present round is the first since growing from `before_`
    std::size_t size_before_ = 0;
    Round before_;
    int rounds_to_rest_ = 0;  ///< before growing is tried again

    Clock::time_point round_start_;
    std::size_t round_answers_ = 0;
    Clock::duration round_latency_{0};
};

}  // namespace muster
