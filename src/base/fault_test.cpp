#include "base/fault.h"

#include <gtest/gtest.h>

#include <csignal>
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

TEST_F(Fault, SparesEarlierPassingsAndOtherPoints) {
    setenv("MUSTER_FAULT", "here:3", 1);
    EXPECT_EXIT(pass_and_leave(2), ::testing::ExitedWithCode(0), "");
}

TEST_F(Fault, IsNothingWhereUnset) {
    EXPECT_EXIT(pass_and_leave(2), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace muster
