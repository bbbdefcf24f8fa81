#include <thread>

#include "base/limits.h"
#include "store/store.h"

namespace muster {

// What any store can do: look again and again.
CommitNumber Store::wait_beyond(CommitNumber after, std::chrono::milliseconds most) {
    const auto until = std::chrono::steady_clock::now() + most;
    const std::unique_ptr<View> watched = view();
    for (;;) {
        const CommitNumber last = watched->last_commit();
        if (last > after || std::chrono::steady_clock::now() >= until)
            return last;
        std::this_thread::sleep_for(limits::kFollowPoll);
    }
}

}  // namespace muster
