#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/limits.h"

namespace muster::postgresql {

/// How long to try again: ever longer pauses, limits::kStoreRetrySeconds in all.
class Patience {
 public:
    /// Pauses; false, without a pause, once there was enough of it.
    bool wait() {
        if (std::chrono::steady_clock::now() >= end_)
            return false;
        std::this_thread::sleep_for(pause_);
        pause_ = std::min(pause_ * 2, kLongestPause);
        return true;
    }

 private:
    static constexpr std::chrono::milliseconds kLongestPause{1'000};
    std::chrono::steady_clock::time_point end_ =
        std::chrono::steady_clock::now() + std::chrono::seconds(limits::kStoreRetrySeconds);
    std::chrono::milliseconds pause_{20};
};

}  // namespace muster::postgresql
