#include "connect/ldap/adaptive_window.h"

#include <algorithm>

#include "base/error.h"

namespace muster {

namespace {

constexpr std::size_t kStart = 4;
constexpr std::size_t kRoundLeast = 32;  ///< answers a round must have to tell anything, and
constexpr std::size_t kRoundFills = 4;   ///< this many times the window, as they come in bursts
constexpr int kRestRounds = 16;          ///< after growing did not help
constexpr int kCalmRounds = 4;           ///< after backing off
constexpr double kBetter = 1.03;         ///< growing has paid where the rate rose to this,
constexpr double kWorse = 0.85;          ///< and has done harm where it fell to this
constexpr double kFallen = 0.7;  ///< the other side has trouble where the rate falls to this
constexpr double kRisen = 1.5;   ///< and the latency rises to this
constexpr double kLate = 0.25;   ///< seconds; a queue shorter than this harms nobody

}  // namespace

AdaptiveWindow::AdaptiveWindow(std::size_t least, std::size_t most)
    : least_(least), most_(most), size_(std::clamp(kStart, least, most)) {
    MUSTER_ASSERT(least >= 1 && least <= most, "{} {}", least, most);
}

void AdaptiveWindow::begin_round(Clock::time_point now) {
    round_start_ = now;
    round_answers_ = 0;
    round_latency_ = Clock::duration::zero();
}

void AdaptiveWindow::answered(Clock::time_point now, Clock::duration latency) {
    if (round_start_ == Clock::time_point{}) {
        begin_round(now);  // the first answer only starts the clock
        return;
    }
    ++round_answers_;
    round_latency_ += latency;
    if (round_answers_ >= std::max(kRoundLeast, kRoundFills * size_)) {
        const auto seconds = [](Clock::duration d) {
            return std::chrono::duration<double>(d).count();
        };
        const auto answers = static_cast<double>(round_answers_);
        end_round({answers / std::max(seconds(now - round_start_), 1e-9),
                   seconds(round_latency_) / answers});
        begin_round(now);
    }
}

void AdaptiveWindow::busy(Clock::time_point now) {
    shrink_to(size_ / 2);
    begin_round(now);
}

void AdaptiveWindow::end_round(const Round& round) {
    const bool late = round.latency > kLate;
    const bool better = round.rate >= before_.rate * kBetter;
    const bool worse = round.rate < before_.rate * kWorse;
    if (grown_ && (worse || (late && !better))) {
        // More in flight, and no more done: it only queues.
        size_ = size_before_;
        grown_ = false;
        doubling_ = false;
        rounds_to_rest_ = kRestRounds;
        return;
    }
    const bool trouble = late && before_.rate > 0 && round.rate < before_.rate * kFallen &&
                         round.latency > before_.latency * kRisen;
    before_ = round;
    if (trouble) {
        shrink_to(size_ * 3 / 4);
    } else if (rounds_to_rest_ > 0) {
        --rounds_to_rest_;
    } else {
        grow();
    }
}

void AdaptiveWindow::grow() {
    size_before_ = size_;
    size_ = std::min(most_, doubling_ ? size_ * 2 : size_ + std::max<std::size_t>(1, size_ / 2));
    grown_ = size_ != size_before_;
}

void AdaptiveWindow::shrink_to(std::size_t size) {
    size_ = std::max(least_, size);
    grown_ = false;
    doubling_ = false;
    rounds_to_rest_ = kCalmRounds;
}

}  // namespace muster
