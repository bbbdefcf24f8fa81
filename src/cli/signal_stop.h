#pragma once

#include <signal.h>

#include <stop_token>
#include <thread>

namespace muster {

/// While it lives, SIGINT and SIGTERM ask the stop token to stop instead of ending the process; the
/// second one ends it. Create it before other threads, which inherit the blocked signals.
class SignalStop {
 public:
    SignalStop();
    ~SignalStop();
    SignalStop(const SignalStop&) = delete;
    SignalStop& operator=(const SignalStop&) = delete;

    std::stop_token token() const { return stop_.get_token(); }

 private:
    std::stop_source stop_;
    std::jthread waiter_;
    sigset_t previous_;
};

}  // namespace muster
