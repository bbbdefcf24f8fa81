#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "support/repository.h"
#include "support/temp_folder.h"
#include "world/scenario.h"

namespace muster::testing {
namespace {

std::vector<std::string> scenario_files() {
    std::vector<std::string> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(testing::repository_path("tests/scenarios"))) {
        if (entry.path().extension() == ".scenario") {
            files.push_back(entry.path().stem());
        }
    }
    std::ranges::sort(files);
    return files;
}

class ScenarioTest : public ::testing::TestWithParam<std::string> {};

/// The same story whatever the size of pages and number of threads, and with a restart before
/// every run.
TEST_P(ScenarioTest, ComesOutAsWritten) {
    const auto path = testing::repository_path("tests/scenarios/") + GetParam() + ".scenario";
    const auto scenario = parse_scenario(path, read_file(path));
    for (const Knobs knobs :
         {Knobs{4'000, 1, false}, Knobs{1, 4, false}, Knobs{4'000, 4, true}, Knobs{1, 1, true}}) {
        EXPECT_EQ(play(scenario, knobs), "")
            << fmt::format("with pages of {}, {} threads{}", knobs.page_objects, knobs.threads,
                           knobs.reopen ? ", a restart before every run" : "");
        if (HasFailure()) {
            return;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, ScenarioTest, ::testing::ValuesIn(scenario_files()),
                         [](const auto& scenario) { return scenario.param; });

TEST(ScenarioTest, AStoryThatComesOutOtherwiseIsToldSo) {
    const auto path = testing::repository_path("tests/scenarios/joiner_mover_leaver.scenario");
    auto scenario = parse_scenario(path, read_file(path));
    for (auto& command : scenario.commands) {
        if (command.words.front() == "expect" && !command.rows.empty()) {
            command.rows.pop_back();
        }
    }
    EXPECT_NE(play(scenario, {}), "");
}

}  // namespace
}  // namespace muster::testing
