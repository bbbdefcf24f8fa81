#include "connect/ldap/write_ahead.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace muster {

namespace {

constexpr std::size_t kOutcomesTogether = 64;  ///< handed over while the writing thread is busy

/// The queue and its two ends: the writing thread sees an OperationStream, the caller's thread puts
/// operations in and takes outcomes out. All that both touch is under the lock.
class Bridge final : public OperationStream {
 public:
    // In the writing thread.
    std::optional<Operation> next() override {
        std::unique_lock lock(mutex_);
        if (ahead_.empty()) {
            hand_over();
        }
        changed_.wait(lock, [&] { return !ahead_.empty() || ended_; });
        if (ahead_.empty()) {
            return std::nullopt;
        }
        auto operation = std::move(ahead_.front());
        ahead_.pop_front();
        if (ahead_.size() == limits::kOperationsAhead / 2) {
            changed_.notify_all();
        }
        return operation;
    }

    void outcome(Outcome outcome) override {
        answered_.push_back(std::move(outcome));
        if (answered_.size() >= kOutcomesTogether) {
            const std::lock_guard lock(mutex_);
            hand_over();
        }
    }

    /// An empty queue may mean that the caller stands at a barrier, or only that it is slower: in
    /// both cases there are answers to be taken meanwhile.
    bool barrier() override {
        const std::lock_guard lock(mutex_);
        if (ahead_.empty()) {
            hand_over();
        }
        return ahead_.empty() && !ended_;
    }

    void finish(std::exception_ptr failure) {
        const std::lock_guard lock(mutex_);
        hand_over();
        failure_ = std::move(failure);
        finished_ = true;
        changed_.notify_all();
    }

    // In the caller's thread.
    void push(Operation operation) {
        const std::lock_guard lock(mutex_);
        ahead_.push_back(std::move(operation));
        if (ahead_.size() == 1) {
            changed_.notify_all();  // the writing thread may be waiting for it
        }
    }

    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }

    /// Nobody is left to take outcomes: what has not been taken shall not be sent.
    void abandon() {
        const std::lock_guard lock(mutex_);
        ahead_.clear();
        ended_ = true;
        changed_.notify_all();
    }

    struct News {
        std::vector<Outcome> outcomes;
        bool room = false;      ///< for further operations
        bool finished = false;  ///< the writing thread takes no more and answers no more
    };
    /// What there is; waits for some where `may_push` is false or there is no room.
    News wait(bool may_push) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock,
                      [&] { return !outcomes_.empty() || finished_ || (may_push && has_room()); });
        return {std::exchange(outcomes_, {}), has_room(), finished_};
    }

    /// After the end: what was never taken, and what the writing thread threw.
    std::deque<Operation> left() { return std::exchange(ahead_, {}); }
    const std::exception_ptr& failure() const { return failure_; }

 private:
    /// Gives what was answered to the caller's thread, which wakes for many outcomes as for one.
    void hand_over() {
        if (answered_.empty()) {
            return;
        }
        std::ranges::move(answered_, std::back_inserter(outcomes_));
        answered_.clear();
        changed_.notify_all();
    }

    bool has_room() const { return ahead_.size() < limits::kOperationsAhead; }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Operation> ahead_;
    std::vector<Outcome> outcomes_;
    std::vector<Outcome> answered_;  ///< the writing thread's own, until there are enough
    std::exception_ptr failure_;
    bool ended_ = false;
    bool finished_ = false;
};

/// Moves operations and outcomes between the stream and the bridge until the writing is done.
class Pump {
 public:
    Pump(Bridge& bridge, OperationStream& stream) : bridge_(bridge), stream_(stream) {}

    void run() {
        for (bool at_barrier = false;;) {
            auto news = bridge_.wait(!ended_ && !at_barrier);
            unanswered_ -= news.outcomes.size();
            for (auto& outcome : news.outcomes) {
                stream_.outcome(std::move(outcome));
            }
            if (news.finished) {
                return;
            }
            at_barrier = !ended_ && unanswered_ > 0 && stream_.barrier();
            if (!ended_ && !at_barrier && news.room) {
                feed();
            }
        }
    }

    /// Answers for what was still in the queue when the writing ended. Gives no reason: a stop is
    /// none to complain of, and where the connection broke, the outcome of what was taken says so.
    void give_back() {
        for (const auto& operation : bridge_.left()) {
            stream_.outcome({operation.id, Outcome::Result::unsent, {}, {}, {}});
        }
    }

 private:
    void feed() {
        if (auto operation = stream_.next()) {
            ++unanswered_;
            bridge_.push(std::move(*operation));
        } else {
            ended_ = true;
            bridge_.end();
        }
    }

    Bridge& bridge_;
    OperationStream& stream_;
    std::size_t unanswered_ = 0;
    bool ended_ = false;
};

}  // namespace

void write_ahead(OperationStream& stream, const std::function<void(OperationStream&)>& write) {
    Bridge bridge;
    Pump pump(bridge, stream);
    {
        const std::jthread writing([&] {
            std::exception_ptr failure;
            try {
                write(bridge);
            } catch (...) {
                failure = std::current_exception();
            }
            bridge.finish(std::move(failure));
        });
        try {
            pump.run();
        } catch (...) {
            bridge.abandon();
            throw;  // after the thread has ended
        }
    }
    pump.give_back();
    if (bridge.failure()) {
        std::rethrow_exception(bridge.failure());
    }
}

}  // namespace muster
