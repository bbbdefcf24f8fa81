#include "base/fault.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace muster {
namespace {

/// The environment is read before main(), so each death test runs in a fresh process image.
class Fault : public ::testing::Test {
 protected:
    void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
    void TearDown() override { unsetenv("MUSTER_FAULT"); }
};

void pass_and_leave(int times) {
    for (int i = 0; i < times; ++i) {
        fault::point("here");
        fault::point("elsewhere");
    }
    std::_Exit(0);
}

TEST_F(Fault, KillsAtTheCountedPassing) {
    setenv("MUSTER_FAULT", "here:3", 1);
    EXPECT_EXIT(pass_and_leave(3), ::testing::KilledBySignal(SIGKILL), "");
}

/// Passes in a child: 0 where that stopped on the way and then went on to its end.
void pass_in_a_child() {
    const pid_t child = ::fork();
    if (child == 0) {
        pass_and_leave(3);
    }
    int status = 0;
    ::waitpid(child, &status, WUNTRACED);
    if (!WIFSTOPPED(status)) {
        std::_Exit(1);
    }
    ::kill(child, SIGCONT);
    ::waitpid(child, &status, 0);
    std::_Exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
}

TEST_F(Fault, StopsUntilItIsToGoOn) {
    setenv("MUSTER_FAULT", "here:3:stop", 1);
    EXPECT_EXIT(pass_in_a_child(), ::testing::ExitedWithCode(0), "");
}

TEST_F(Fault, RefusesWhatWouldNeverStrike) {
    for (const char* setting : {"here", "here:", "here:0", ":3", "here:stop"}) {
        setenv("MUSTER_FAULT", setting, 1);
        EXPECT_EXIT(pass_and_leave(1), ::testing::ExitedWithCode(64), "name:count") << setting;
    }
}

TEST_F(Fault, SparesEarlierPassingsAndOtherPoints) {
    setenv("MUSTER_FAULT", "here:3", 1);
    EXPECT_EXIT(pass_and_leave(2), ::testing::ExitedWithCode(0), "");
}

TEST_F(Fault, IsNothingWhereUnset) {
    EXPECT_EXIT(pass_and_leave(2), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace muster
