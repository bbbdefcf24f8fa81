#include "run/committer.h"

#include "base/limits.h"

namespace muster {

Committer::Committer(Store& store) : store_(store), thread_([this] { work(); }) {}

Committer::~Committer() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Committer::submit(ChangeSet&& changes) {
    if (changes.empty()) {
        return;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < limits::kPagesInFlight || failure_; });
    rethrow(lock);
    waiting_.push_back(std::move(changes));
    lock.unlock();
    changed_.notify_all();
}

CommitNumber Committer::drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.empty() || failure_; });
    rethrow(lock);
    return last_;
}

void Committer::rethrow(std::unique_lock<std::mutex>& lock) {
    if (failure_) {
        const auto failure = failure_;
        lock.unlock();
        std::rethrow_exception(failure);
    }
}

/// The transaction ends with the last one that waits: whenever none does, all is durable.
CommitNumber Committer::write(const ChangeSet& changes) {
    const CommitNumber number = store_.append(changes);
    const auto more_wait = [this] {
        const std::lock_guard lock(mutex_);
        return waiting_.size() > 1;
    };
    if (++appended_ == limits::kCommitsAtOnce || !more_wait()) {
        store_.flush();
        appended_ = 0;
    }
    return number;
}

void Committer::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
        if (waiting_.empty() || failure_) {
            return;
        }
        const ChangeSet& next =
            waiting_.front();  // stays in place: references into a deque survive push_back
        lock.unlock();
        CommitNumber number;
        std::exception_ptr failure;
        try {
            number = write(next);
        } catch (...) {
            failure = std::current_exception();  // rethrown by submit() and drain()
        }
        lock.lock();
        waiting_.pop_front();
        failure_ = failure;
        if (number) {
            last_ = number;
        }
        changed_.notify_all();
    }
}

}  // namespace muster
