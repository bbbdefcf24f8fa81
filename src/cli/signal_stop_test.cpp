#include "cli/signal_stop.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace muster {
namespace {

/// Waits until the token stops; false after ten seconds.
bool stops(const std::stop_token& token) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, token, std::chrono::seconds(10), [] { return false; });
    return token.stop_requested();
}

TEST(SignalStop, TheFirstSignalAsksToStop) {
    for (const int signal : {SIGINT, SIGTERM}) {
        const SignalStop stop;
        EXPECT_FALSE(stop.token().stop_requested());
        kill(getpid(), signal);
        EXPECT_TRUE(stops(stop.token()));
    }
}

TEST(SignalStop, NothingIsLeftBehind) {
    {
        const SignalStop stop;
    }
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    EXPECT_EQ(sigismember(&blocked, SIGINT), 0);
    EXPECT_EXIT(raise(SIGTERM), ::testing::KilledBySignal(SIGTERM), "");
}

TEST(SignalStopDeathTest, TheSecondSignalEndsTheProcess) {
    EXPECT_EXIT(
        {
            const SignalStop stop;
            kill(getpid(), SIGINT);
            stops(stop.token());
            kill(getpid(), SIGINT);
            pause();
        },
        ::testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace muster
