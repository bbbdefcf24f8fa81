// What status and exports say of what was discarded, of who is kept, and of who goes.
#include <gmock/gmock.h>

#include "cli/command_line_fixture.h"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kSources = R"(
store: muster.db
metaverse:
  person: { attributes: { id: text } }
  team: { attributes: { id: text, members: { type: reference, to: person, multi: true } } }
systems:
  hr:
    connector: csv
    types:
      person: { settings: { file: people.csv }, anchor: id, attributes: { id: text } }
      team: { settings: { file: teams.csv }, anchor: id, attributes: { id: text, members: { type: reference, to: person, multi: true } } }
)";

constexpr std::string_view kTarget = R"(
  out:
    connector: csv
    types:
      person: { settings: { file: out.csv }, anchor: id, attributes: { id: text }, limits: { deletes: 0 } }
      team:
        settings: { file: out-teams.csv }
        anchor: id
        attributes: { id: text, members: { type: reference, to: person, multi: true } }
        limits: { removals: 0, updates: none }
rules:
  out-people: { from: person, to: out.person, provision: true, deprovision: delete, flows: { id: id } }
  out-teams: { from: team, to: out.team, provision: true, flows: { id: id, members: members } }
)";

constexpr std::string_view kRules = R"(
  people: { from: hr.person, to: person, join: [ { id: id } ], project: true, flows: { id: id } }
  teams: { from: hr.team, to: team, join: [ { id: id } ], project: true, flows: { id: id, members: members } }
)";

class StatusTest : public CommandLineTest {
 protected:
    void SetUp() override {
        configure(std::string(kSources) + std::string(kTarget) + std::string(kRules));
        hr("1\n2\n3\n", "a,1;2;3\n");
        const auto first = muster({"run"});
        EXPECT_EQ(first.code, 0) << first.out;
    }
    void hr(const std::string& people, const std::string& teams) const {
        folder_.write("people.csv", "id\n" + people);
        folder_.write("teams.csv", "id,members\n" + teams);
    }
    boost::json::value status_of_out() const { return json({"status"}).at("systems").at(1); }
};

TEST_F(StatusTest, WhatWasDiscardedIsMarkedAndCountedApart) {
    hr("1\n2\n3\n", "a,1\n");
    EXPECT_EQ(muster({"run"}).code, 3);
    EXPECT_THAT(muster({"exports"}).out, HasSubstr("out/team/a  [2 links held]"));
    EXPECT_EQ(status_of_out().at("held"), 2);
    EXPECT_EQ(status_of_out().at("discarded"), 0);

    EXPECT_EQ(json({"discard", "out", "team", "removals"}).at("discarded"), 2);
    EXPECT_THAT(muster({"exports"}).out, HasSubstr("out/team/a  [2 links discarded]"));
    EXPECT_EQ(json({"exports"}).at("exports").at(0).at("discarded_links"), 2);
    EXPECT_EQ(status_of_out().at("held"), 0);
    EXPECT_EQ(status_of_out().at("discarded"), 2);
    EXPECT_THAT(muster({"status"}).out, HasSubstr("discarded"));
}

TEST_F(StatusTest, WhoIsToBeDeletedAndStillThereIsLeaving) {
    hr("1\n2\n", "a,1;2;3\n");
    EXPECT_EQ(muster({"run"}).code, 3);
    const auto status = json({"status"});
    EXPECT_EQ(status.at("leaving_objects"), 1);
    EXPECT_EQ(status.at("leaving").at(0).at("object"), "metaverse/person/3");
    EXPECT_TRUE(status.at("leaving").at(0).at("until").is_null());
    EXPECT_THAT(muster({"status"}).out,
                AllOf(HasSubstr("1 object leaving"),
                      HasSubstr("metaverse/person/3  its deletion has begun")));

    EXPECT_EQ(json({"release", "out", "person", "deletes"}).at("released"), 1);
    muster({"run"});
    EXPECT_EQ(json({"status"}).at("leaving_objects"), 0);
}

TEST_F(StatusTest, WhoIsKeptForWhatTheConfigurationLostIsNotInError) {
    configure(std::string(kSources).substr(0, kSources.find("  hr:")) + std::string(kTarget));
    EXPECT_EQ(muster({"run"}).code, 2);
    const auto status = json({"status"});
    EXPECT_EQ(status.at("metaverse_objects"), 4);
    EXPECT_EQ(status.at("gone_from_configuration").at("hr"), 4);
    EXPECT_EQ(status.at("metaverse_in_error"), 0);
}

}  // namespace
}  // namespace muster
