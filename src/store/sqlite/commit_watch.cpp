#include "store/sqlite/commit_watch.h"

#include <thread>
#include <utility>

#include "base/limits.h"

namespace muster::sqlite {

CommitWatch::CommitWatch(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

std::int64_t CommitWatch::version() {
    Query row = version_();
    row.next();
    return row.integer(0);
}

// The version is taken before the log is read: what comes in between moves it again. It tells of
// any commit for a few microseconds, without the transaction that reading the log takes.
CommitNumber CommitWatch::wait_beyond(CommitNumber after, std::chrono::milliseconds most) {
    const auto until = std::chrono::steady_clock::now() + most;
    for (;;) {
        const std::int64_t seen = version();
        CommitNumber last;
        {
            Query row = last_();
            row.next();
            last = row.id<CommitNumber>(0);
        }
        if (last > after)
            return last;
        while (version() == seen) {
            if (std::chrono::steady_clock::now() >= until)
                return last;
            std::this_thread::sleep_for(limits::kFollowPoll);
        }
    }
}

}  // namespace muster::sqlite
