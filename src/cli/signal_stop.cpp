#include "cli/signal_stop.h"

#include <pthread.h>
#include <signal.h>

namespace muster {
namespace {

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

/// A signal handler may do next to nothing; a thread that waits for the signal may do anything.
void wait_for_signals(const std::stop_token& done, std::stop_source& stop) {
    const auto set = stop_signals();
    int signal = 0;
    while (sigwait(&set, &signal) == 0 && !done.stop_requested()) {
        if (!stop.request_stop()) {  // asked before: the operator insists
            ::signal(signal, SIG_DFL);
            pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
            raise(signal);
        }
    }
}

}  // namespace

SignalStop::SignalStop() {
    const auto set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, &previous_);
    waiter_ = std::jthread([this](const std::stop_token& done) { wait_for_signals(done, stop_); });
}

SignalStop::~SignalStop() {
    waiter_.request_stop();
    pthread_kill(waiter_.native_handle(), SIGINT);  // wakes it
    waiter_.join();
    pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

}  // namespace muster
