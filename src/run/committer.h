#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "store/store.h"

namespace muster {

/// Commits ChangeSets in the order given, in a thread of its own, so that the next page is worked
/// on while one is written. At most limits::kPagesInFlight wait. Where pages come faster than they
/// are written, several go in one transaction. What a commit throws comes out of the next submit()
/// or drain(), and nothing more is written after it. Used by one thread.
class Committer {
 public:
    explicit Committer(Store& store);
    /// Writes what was submitted, unless a commit has failed; swallows nothing that drain() would
    /// not have thrown before.
    ~Committer();
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;

    /// Hands over a ChangeSet (empty ones are dropped). Blocks while too many wait.
    void submit(ChangeSet&& changes);
    /// Waits until everything submitted is durable. Returns the last commit number it led to (none
    /// so far: zero).
    CommitNumber drain();

 private:
    void work();
    CommitNumber write(const ChangeSet& changes);
    void rethrow(std::unique_lock<std::mutex>& lock);

    Store& store_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<ChangeSet> waiting_;  ///< the front one is being written
    std::size_t appended_ = 0;       ///< commits of the transaction that is open
    bool closing_ = false;
    CommitNumber last_;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace muster
