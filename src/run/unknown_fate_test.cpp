// Operations whose answer was lost, and runs that were killed.
#include <gmock/gmock.h>

#include "config/load.h"
#include "support/repository.h"
#include "world/world_run.h"

namespace muster::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The staff of tests/scenarios, and passwords.
Configuration staff(const TempFolder& folder) {
    auto text = read_file(repository_path("tests/scenarios/staff.yaml"));
    const auto replace = [&](const std::string& from, const std::string& to) {
        text.replace(text.find(from), from.size(), to);
    };
    replace("telephoneNumber: text", "telephoneNumber: text\n          userPassword: text");
    replace("telephoneNumber: phone,", "telephoneNumber: phone, userPassword: phone,");
    return load_configuration(folder.write("muster.yaml", text)).configuration;
}

class UnknownFateTest : public ::testing::Test {
 protected:
    void employ(const std::string& key, const std::string& site) {
        auto& rows = world_.systems().at(hr_).rows;
        std::erase_if(rows, [&](const Row& row) { return row.anchor == key; });
        const auto value_of = [this](const char* name) { return attribute(hr_, "person", name); };
        rows.push_back({configuration_.schema.find_type(hr_, "person"),
                        key,
                        {},
                        {{value_of("key"), {key}},
                         {value_of("id"), {"p" + key}},
                         {value_of("name"), {"Ann " + key}},
                         {value_of("phone"), {"secret"}},
                         {value_of("site"), {site}}}});
    }
    AttributeId attribute(SpaceId space, const char* type, const char* name) const {
        const auto& schema = configuration_.schema;
        return schema.find_attribute(schema.find_type(space, type), name);
    }
    MemorySystem& directory() { return world_.systems().at(directory_); }
    RunSummary run(const muster::testing::Run& how = {}) {
        now_ += std::chrono::minutes(1);
        return world_.run(how, now_);
    }
    RunSummary export_only() {
        muster::testing::Run how;
        how.import = how.sync = false;
        return run(how);
    }
    std::vector<Export> sent() {
        std::vector<Export> rows;
        constexpr ExportState kSent = ExportState::sent;
        world_.view()->exports(directory_, std::span(&kSent, 1),
                               [&](const Export& row) { rows.push_back(row); });
        return rows;
    }
    /// A run in which an answer of the directory is lost, or what it was asked.
    void run_cut_off(Trouble trouble) {
        directory().trouble = [trouble] { return trouble; };
        EXPECT_EQ(run().exit_code(), 1);
        EXPECT_THAT(sent(), SizeIs(1));
        directory().trouble = {};
    }
    /// Nothing is left to do.
    void expect_settled() {
        EXPECT_THAT(sent(), IsEmpty());
        const auto operations = world_.operations();
        EXPECT_EQ(run().exit_code(), 0);
        EXPECT_EQ(world_.operations(), operations);
    }

    TempFolder folder_;
    Configuration configuration_ = staff(folder_);
    WorldRun world_{configuration_};
    SpaceId hr_ = configuration_.schema.find_space("hr");
    SpaceId directory_ = configuration_.schema.find_space("directory");
    Instant now_{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
};

TEST_F(UnknownFateTest, IsSettledByReadingWhereNothingIsImported) {
    employ("1", "rome");
    ASSERT_EQ(run().exit_code(), 0);
    employ("1", "oslo");
    run_cut_off(Trouble::lose_answer);
    const auto operations = world_.operations();
    EXPECT_EQ(export_only().exit_code(), 0);
    EXPECT_EQ(world_.operations(), operations) << "it had arrived";
    EXPECT_EQ(directory().rows.front().name, "uid=p1,ou=oslo,dc=test");
    expect_settled();
}

TEST_F(UnknownFateTest, WhatNeverArrivedIsSentAgain) {
    employ("1", "rome");
    ASSERT_EQ(run().exit_code(), 0);
    employ("1", "oslo");
    run_cut_off(Trouble::lose_request);
    EXPECT_EQ(export_only().exit_code(), 0);
    EXPECT_EQ(directory().rows.front().name, "uid=p1,ou=oslo,dc=test");
    expect_settled();
}

TEST_F(UnknownFateTest, AnEntryIsKnownAgainByWhatCanBeRead) {
    const auto password = attribute(directory_, "person", "userPassword");
    const auto cn = attribute(directory_, "person", "cn");
    directory().stubborn = {{password, {}}, {cn, {"ANN  1"}}};
    directory().equalities = {{cn, Equality::case_ignore}};
    employ("1", "rome");
    run_cut_off(Trouble::lose_answer);
    ASSERT_THAT(directory().rows, SizeIs(1));
    EXPECT_EQ(export_only().exit_code(), 0);
    EXPECT_THAT(directory().rows, SizeIs(1));
    expect_settled();
}

TEST_F(UnknownFateTest, AnEntryOfOtherValuesIsSomebodyElses) {
    employ("1", "rome");
    run_cut_off(Trouble::lose_request);
    const auto person = configuration_.schema.find_type(directory_, "person");
    directory().put({person,
                     {},
                     "uid=p1,ou=rome,dc=test",
                     {{attribute(directory_, "person", "uid"), {"x"}},
                      {attribute(directory_, "person", "cn"), {"ANN 1"}}}});
    EXPECT_EQ(run().exit_code(), 2);
    ASSERT_THAT(directory().rows, SizeIs(1));
    EXPECT_EQ(directory().rows.front().values.at(attribute(directory_, "person", "cn")),
              std::set<std::string>{"ANN 1"});
}

TEST_F(UnknownFateTest, RunsThatWereKilledEndWithTheNext) {
    ChangeSet killed;
    killed.time = now_;
    const auto of_run = world_.store().reserve_activity();
    const auto of_step = world_.store().reserve_activity();
    killed.activities.push_back({of_run, {}, "run", {}, "running", now_, {}, "{}", {}});
    killed.activities.push_back({of_step, of_run, "import", "hr", "running", now_, {}, "{}", {}});
    world_.store().commit(killed);
    run();
    std::size_t ended = 0;
    for (const auto& row : world_.view()->activities(100)) {
        EXPECT_TRUE(row.ended);
        ended += row.status == "killed" ? 1 : 0;
    }
    EXPECT_EQ(ended, 2u);
}

}  // namespace
}  // namespace muster::testing
