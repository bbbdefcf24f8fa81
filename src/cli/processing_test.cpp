#include <gmock/gmock.h>

#include "cli/command_line_fixture.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ProcessingTest : public CommandLineTest {
 protected:
    void SetUp() override {
        if (testing::wants_in_memory()) {
            GTEST_SKIP() << "chooses between both ways of processing by itself";
        }
    }
    void process(const std::string& how) const {
        start();
        const std::string sound = testing::read_file(folder_.file("muster.yaml"));
        folder_.write("muster.yaml", how + sound);
    }
};

TEST_F(ProcessingTest, InMemorySaysWhatItHolds) {
    process("processing: in-memory\n");
    const auto run = muster({"run"});
    EXPECT_EQ(run.code, 0) << run.out;
    EXPECT_THAT(run.err, HasSubstr("processing in memory: 0 objects and 0 links in 1 MiB"));
    const auto again = muster({"preview"});
    EXPECT_EQ(again.code, 0) << again.out;
    EXPECT_THAT(again.err, HasSubstr("processing in memory: "));
}

TEST_F(ProcessingTest, StaysDirectWhereTheSpacesDoNotFit) {
    process("processing: in-memory\nmemory: 1 KiB\n");
    const auto first = muster({"run"});
    EXPECT_EQ(first.code, 0) << first.out;
    EXPECT_THAT(first.err, HasSubstr("processing directly from the store: the spaces"));
    const auto second = muster({"run"});
    EXPECT_EQ(second.code, 0) << second.out;
    EXPECT_THAT(second.err, HasSubstr("processing directly from the store: the spaces would"));
}

TEST_F(ProcessingTest, DirectIsNothingToTalkOf) {
    start();
    EXPECT_THAT(muster({"run"}).err, IsEmpty());
}

TEST_F(ProcessingTest, AnotherModeFindsNothingToDo) {
    start_and_run();
    const std::string sound = testing::read_file(folder_.file("muster.yaml"));
    const auto commits = json({"status"}).at("last_commit");
    folder_.write("muster.yaml", "processing: in-memory\n" + sound);
    EXPECT_EQ(muster({"run", "--full"}).code, 0);
    EXPECT_EQ(json({"status"}).at("last_commit"), commits);
    write_people("7,Ann,Lee,IT,true\n");
    EXPECT_LE(muster({"run"}).code, 3);
    folder_.write("muster.yaml", sound);
    const auto after = json({"status"}).at("last_commit");
    EXPECT_NE(after, commits);
    EXPECT_LE(muster({"run", "--full"}).code, 3);
    EXPECT_EQ(json({"status"}).at("last_commit"), after);
}

}  // namespace
}  // namespace muster
