#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"

namespace muster {

/// One load that others may wait for. Its result, or what it died of, goes to all of them.
template <class Result>
class Flight {
 public:
    void land(Result result) {
        {
            const std::lock_guard lock(mutex_);
            result_ = std::move(result);
            landed_ = true;
        }
        changed_.notify_all();
    }
    void fail(std::exception_ptr error) {
        {
            const std::lock_guard lock(mutex_);
            error_ = std::move(error);
            landed_ = true;
        }
        changed_.notify_all();
    }
    /// Blocks until it has landed, at most so long; false where that was not long enough. Throws
    /// what the load threw.
    [[nodiscard]] bool wait(std::chrono::milliseconds most, Result& result) {
        std::unique_lock lock(mutex_);
        MUSTER_ASSERT(landed_ || pilot_ != std::this_thread::get_id(), "a load waits for itself");
        if (!changed_.wait_for(lock, most, [this] { return landed_; }))
            return false;
        if (error_)
            std::rethrow_exception(error_);
        result = result_;
        return true;
    }

 private:
    const std::thread::id pilot_ = std::this_thread::get_id();
    std::mutex mutex_;
    std::condition_variable changed_;
    bool landed_ = false;
    Result result_{};
    std::exception_ptr error_;
};

}  // namespace muster
