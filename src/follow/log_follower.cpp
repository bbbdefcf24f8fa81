#include "follow/log_follower.h"

#include <algorithm>
#include <exception>

namespace muster {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestWait{100};     // hence how long stop() may take
constexpr milliseconds kRetryAfterError{50};  // of the store

}  // namespace

LogFollower::LogFollower(Store& store, const Schema& schema, milliseconds bound)
    : store_(store), schema_(schema), freshness_(bound), view_(store.view()) {
    const auto asked = CoarseClock::now();
    freshness_.applied(view_->last_commit());
    freshness_.verify(asked);
}

LogFollower::~LogFollower() {
    stop();
}

void LogFollower::subscribe(LogSubscriber& subscriber) {
    const std::lock_guard lock(step_mutex_);
    subscribers_.push_back(&subscriber);
}

void LogFollower::unsubscribe(LogSubscriber& subscriber) {
    const std::lock_guard lock(step_mutex_);
    std::erase(subscribers_, &subscriber);
}

void LogFollower::start() {
    stopping_ = false;
    thread_ = std::thread([this] { run(); });
}

void LogFollower::stop() {
    stopping_ = true;
    if (thread_.joinable())
        thread_.join();
}

void LogFollower::run() {
    const milliseconds wait = std::min(kLongestWait, freshness_.bound() / 4);
    while (!stopping_) {
        try {
            step();
            store_.wait_beyond(freshness_.position(), wait);
        } catch (const std::exception& error) {
            failed(error.what());
            std::this_thread::sleep_for(kRetryAfterError);
        }
    }
}

// The clock is read before the store: what is found at the end of the log then was true at least
// until that moment.
void LogFollower::step() {
    const std::lock_guard lock(step_mutex_);
    try {
        const auto asked = CoarseClock::now();
        if (!view_)
            view_ = store_.view();
        const CommitNumber last = view_->last_commit();
        if (last != freshness_.position())
            advance(last);
        freshness_.verify(asked);
    } catch (...) {
        view_.reset();  // whatever became of its connection
        throw;
    }
    for (LogSubscriber* subscriber : subscribers_)
        subscriber->tidy();
}

void LogFollower::advance(CommitNumber last) {
    if (collect(freshness_.position(), last))
        tell();
    else
        tell_reset();
    changes_.clear();
    freshness_.applied(last);
}

/// Everything after one commit and up to another, in order; false where that is not to be had: a
/// store that was replaced, history that was dropped, or more than is worth telling.
bool LogFollower::collect(CommitNumber after, CommitNumber last) {
    constexpr auto kMost = static_cast<std::int64_t>(limits::kFollowedChanges);
    if (last < after || last.value - after.value > kMost)
        return false;
    for (const Space& space : schema_.spaces()) {
        view_->changed_since(space.id, after, [&](const Change& change) {
            if (change.commit <= last && changes_.size() <= limits::kFollowedChanges)
                changes_.push_back(change);
        });
    }
    if (changes_.size() > limits::kFollowedChanges)
        return false;
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const Change& a, const Change& b) { return a.commit < b.commit; });
    // History is dropped from its old end: while the first commit is there, all are.
    return view_->commit(CommitNumber(after.value + 1)).has_value();
}

void LogFollower::tell() {
    for (LogSubscriber* subscriber : subscribers_) {
        try {
            subscriber->changed(changes_);
        } catch (const std::exception& error) {
            failed(error.what());
            subscriber->reset();
        }
    }
    const std::lock_guard lock(status_mutex_);
    status_.changes += changes_.size();
}

void LogFollower::tell_reset() noexcept {
    for (LogSubscriber* subscriber : subscribers_)
        subscriber->reset();
    const std::lock_guard lock(status_mutex_);
    ++status_.resets;
}

bool LogFollower::reach(CommitNumber commit, milliseconds most) {
    const auto until = std::chrono::steady_clock::now() + most;
    while (freshness_.position() < commit) {
        step();
        if (freshness_.position() >= commit)
            break;
        const auto left =
            std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
        if (left <= milliseconds::zero())
            return false;
        store_.wait_beyond(CommitNumber(commit.value - 1), left);
    }
    return true;
}

void LogFollower::failed(const std::string& why) {
    const std::lock_guard lock(status_mutex_);
    ++status_.failures;
    status_.last_error = why;
}

FollowerStatus LogFollower::status() const {
    const std::lock_guard lock(status_mutex_);
    FollowerStatus status = status_;
    status.position = freshness_.position();
    status.verified =
        std::chrono::duration_cast<milliseconds>(CoarseClock::now() - freshness_.verified());
    status.fresh = freshness_.fresh();
    return status;
}

}  // namespace muster
