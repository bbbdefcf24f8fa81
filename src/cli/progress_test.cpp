#include "cli/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace muster {
namespace {

TEST(Progress, SaysDoneRateAndTimeLeft) {
    EXPECT_EQ(progress_text("import hr", 12'000, 48'000, "objects", 3),
              "import hr  12,000 of 48,000 objects (25 %)  4,000/s  9.00 s left");
    EXPECT_EQ(progress_text("import hr", 25'000'000, 100'000'000, "bytes", 2),
              "import hr  25.0 MB of 100.0 MB (25 %)  12.5 MB/s  6.00 s left");
}

TEST(Progress, SaysNoMoreThanItKnows) {
    EXPECT_EQ(progress_text("sync", 70, 0, "objects", 0.01), "sync  70 objects");
    EXPECT_EQ(progress_text("sync", 0, 0, "objects", 9), "sync  0 objects");
    EXPECT_EQ(progress_text("sync", 50, 50, "objects", 1), "sync  50 of 50 objects (100 %)  50/s");
}

TEST(Progress, IsSilentInAPipe) {
    std::ostringstream out;
    std::ostringstream err;
    const Console console{out, err};
    {
        ProgressLine line(console);
        line.begin("import", "hr");
        line.progress(1, 2, "objects");
        line.end({});
    }
    EXPECT_EQ(err.str(), "");
    EXPECT_EQ(out.str(), "");
}

TEST(Progress, LeavesACleanLineOnATerminal) {
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err};
    console.err_terminal = true;
    {
        ProgressLine line(console);
        line.begin("import", "hr");
    }
    EXPECT_EQ(err.str(), "\r\x1b[Kimport hr\r\x1b[K");
    EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace muster
