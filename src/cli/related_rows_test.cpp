// What rows of a related file take away, and what they do not.
#include <gmock/gmock.h>

#include "cli/command_line_fixture.h"

namespace muster {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kTeams = R"(
store: muster.db
metaverse:
  person: { attributes: { id: integer } }
  team:
    attributes:
      id: integer
      tags: { type: text, multi: true }
      members: { type: reference, to: person, multi: true }
systems:
  hr:
    connector: csv
    types:
      person: { settings: { file: people.csv }, anchor: id, attributes: { id: integer } }
      team:
        settings: { file: teams.csv }
        anchor: id
        attributes:
          id: integer
          tags: { type: text, multi: true, settings: { related: { file: tags.csv, key: team, value: tag } } }
          members:
            type: reference
            to: person
            multi: true
            settings: { related: { file: seats.csv, key: team, value: person } }
  out:
    connector: csv
    types:
      person: { settings: { file: out-people.csv }, anchor: id, attributes: { id: integer } }
      team:
        settings: { file: out.csv, columns: [id, tags, members] }
        anchor: id
        attributes:
          id: integer
          tags: { type: text, multi: true }
          members: { type: reference, to: person, multi: true }
        limits: { updates: none, removals: none }
rules:
  people: { from: hr.person, to: person, join: [ { id: id } ], project: true, flows: { id: id } }
  teams: { from: hr.team, to: team, join: [ { id: id } ], project: true, flows: { id: id, tags: tags, members: members } }
  out-people: { from: person, to: out.person, provision: true, flows: { id: id } }
  out-teams: { from: team, to: out.team, provision: true, flows: { id: id, tags: tags, members: members } }
)";

class RelatedRowsTest : public CommandLineTest {
 protected:
    void SetUp() override {
        configure(std::string(kTeams));
        folder_.write("people.csv", "id\n1\n2\n3\n");
        folder_.write("teams.csv", "id\n7\n8\n");
        rows("7,x\n7,y\n8,x\n", "7,1\n7,2\n8,1\n");
        EXPECT_EQ(muster({"run"}).code, 0);
        EXPECT_EQ(out(), "id,tags,members\n7,x;y,1;2\n8,x,1\n");
    }
    void rows(const std::string& tags, const std::string& seats) const {
        folder_.write("tags.csv", "team,tag\n" + tags);
        folder_.write("seats.csv", "team,person\n" + seats);
    }
    std::string out() const { return testing::read_file(folder_.file("out.csv")); }
};

TEST_F(RelatedRowsTest, ARowWithoutAUsableKeyTakesNothingAway) {
    rows("7,x\n,y\n8,x\n", "7,1\nseven,2\n8,3\n");
    for (int run = 0; run < 2; ++run) {
        const auto answer = muster({"run"});
        EXPECT_EQ(answer.code, 2) << answer.out;
        EXPECT_THAT(answer.out, HasSubstr("ownerless-value"));
        EXPECT_EQ(out(), "id,tags,members\n7,x;y,1;2\n8,x,3\n");
    }
    EXPECT_THAT(muster({"show", "hr/team/7"}).out, HasSubstr("does not say whose it is"));

    rows("7,x\n8,x\n", "7,1\n8,3\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_EQ(out(), "id,tags,members\n7,x,1\n8,x,3\n");
}

TEST_F(RelatedRowsTest, AMendedKeyGivesTheValueToItsOwner) {
    rows("7,x\n7,y\n8,x\n", "7,1\n,2\n8,1\n");
    EXPECT_EQ(muster({"run"}).code, 2);
    EXPECT_EQ(out(), "id,tags,members\n7,x;y,1;2\n8,x,1\n");
    rows("7,x\n7,y\n8,x\n", "7,1\n8,2\n8,1\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_EQ(out(), "id,tags,members\n7,x;y,1\n8,x,1;2\n");
}

}  // namespace
}  // namespace muster
