#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "cache/freshness.h"
#include "store/store.h"

namespace muster {

/// What is told of the log. Called by one thread at a time.
class LogSubscriber {
 public:
    virtual ~LogSubscriber() = default;
    /// In order of commits, whole commits. May throw: it is then reset().
    virtual void changed(std::span<const Change> changes) = 0;
    /// Anything may have changed.
    virtual void reset() noexcept = 0;
    /// Called now and then: time to clear up a little.
    virtual void tidy() {}
};

struct FollowerStatus {
    CommitNumber position;               ///< the last commit that was told
    std::chrono::milliseconds verified;  ///< ago, when that was all there was
    bool fresh = false;                  ///< else caches are passed by
    std::uint64_t changes = 0;           ///< told one by one
    std::uint64_t resets = 0;            ///< told as "anything": gaps and floods
    std::uint64_t failures = 0;          ///< of the store or of subscribers
    std::string last_error;
};

/// Follows the commit log in a thread of its own and tells subscribers in this process what
/// changed: this is how caches hear of what other processes write. It begins at the present end of
/// the log, as what it feeds begins empty, and keeps no position in the store: readers need no
/// right to write, and one that is restarted begins empty again.
///
/// A failing store is tried again for ever; meanwhile the staleness bound passes and the caches
/// close. What cannot be told one by one (history was dropped, too much at once) is told as a
/// reset.
class LogFollower {
 public:
    /// Store and schema must outlive it. Throws Error(store) where the store cannot be read.
    LogFollower(Store& store, const Schema& schema,
                std::chrono::milliseconds bound = limits::kStaleness);
    ~LogFollower();
    LogFollower(const LogFollower&) = delete;
    LogFollower& operator=(const LogFollower&) = delete;

    /// From the next step on. Subscribers must have been taken out before they end.
    void subscribe(LogSubscriber& subscriber);
    void unsubscribe(LogSubscriber& subscriber);

    void start();
    /// Blocks until its thread has ended, a tenth of a second at most while the store answers.
    void stop();

    /// Reads the log to its present end, in the calling thread. Throws Error(store) where the store
    /// cannot be read. For who has just written, so that it sees its own at once.
    void step();
    /// Until that commit has been told; false where it was not within the time.
    [[nodiscard]] bool reach(CommitNumber commit, std::chrono::milliseconds most);

    const Freshness& freshness() const { return freshness_; }
    FollowerStatus status() const;

 private:
    void run();
    void advance(CommitNumber last);
    bool collect(CommitNumber after, CommitNumber last);
    void tell();
    void tell_reset() noexcept;
    void failed(const std::string& why);

    Store& store_;
    const Schema& schema_;
    Freshness freshness_;

    std::mutex step_mutex_;  // guards what follows: one step at a time
    std::unique_ptr<View> view_;
    std::vector<LogSubscriber*> subscribers_;
    std::vector<Change> changes_;

    mutable std::mutex status_mutex_;  // guards what follows
    FollowerStatus status_;

    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace muster
