// Generated values that many share the beginning of: numbers in sequence, one name borne by many.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "cli/command_line_fixture.h"

namespace muster {
namespace {

constexpr const char* kConfiguration = R"(
store: muster.db
metaverse:
  person:
    attributes:
      id: text
      login: { type: text, generate: { for: id, value: VALUE } }
systems:
  hr:
    connector: csv
    types:
      person: { settings: { file: hr.csv }, anchor: id, attributes: { id: text } }
  out:
    connector: csv
    types:
      entry:
        settings: { file: out.csv, columns: [id, login] }
        anchor: id
        attributes: { id: text, login: text }
        limits: { creates: none }
rules:
  in: { from: hr.person, to: person, join: [ { id: id } ], project: true, flows: { id: id } }
  out: { from: person, to: out.entry, provision: true, flows: { id: id, login: login } }
)";

class SequenceTest : public CommandLineTest {
 protected:
    void use(const std::string& expression) const {
        std::string text = kConfiguration;
        configure(text.replace(text.find("VALUE"), 5, "'" + expression + "'"));
    }
    void write_people(int from, int to) const {
        std::string rows = "id\n";
        for (int i = from; i <= to; ++i) {
            rows += std::to_string(i) + "\n";
        }
        folder_.write("hr.csv", rows);
    }
    std::set<std::string> logins() const {
        std::istringstream file(muster::testing::read_file(folder_.file("out.csv")));
        std::set<std::string> found;
        std::string line;
        std::getline(file, line);
        while (std::getline(file, line)) {
            found.insert(line.substr(line.find(',') + 1));
        }
        return found;
    }
};

TEST_F(SequenceTest, GoesOnWhereItWasLeft) {
    use("\"u\" .. (10000 + count)");
    constexpr int kMore = 10'050;  // than may be tried for one
    write_people(1, kMore);
    const auto first = muster({"run", "--page", "700"});
    EXPECT_EQ(first.code, 0) << first.out;
    auto found = logins();
    EXPECT_EQ(found.size(), static_cast<std::size_t>(kMore));
    EXPECT_EQ(*found.begin(), "u10000");
    EXPECT_EQ(*found.rbegin(), "u" + std::to_string(10'000 + kMore - 1));
    // What the next run hands out follows.
    write_people(1, kMore + 3);
    const auto second = muster({"run"});
    EXPECT_EQ(second.code, 0) << second.out;
    found = logins();
    EXPECT_EQ(found.size(), static_cast<std::size_t>(kMore) + 3);
    EXPECT_EQ(*found.rbegin(), "u" + std::to_string(10'000 + kMore + 2));
}

TEST_F(SequenceTest, LeavesNothingOutOnTheWay) {
    use("count == 0 and \"ann\" or count == 1 and \"ann.lee\" or \"ann\" .. count");
    std::set<std::string> expected{"ann", "ann.lee"};
    for (int i = 2; i < 60; ++i) {
        expected.insert("ann" + std::to_string(i));
    }
    write_people(1, 40);
    EXPECT_EQ(muster({"run", "--page", "7"}).code, 0);
    write_people(1, 60);
    EXPECT_EQ(muster({"run", "--page", "3"}).code, 0);
    EXPECT_EQ(logins(), expected);
}

TEST_F(SequenceTest, EndsWhereTheExpressionDoesNotCount) {
    use("\"same\"");
    write_people(1, 3);
    const auto run = muster({"run"});
    EXPECT_EQ(run.code, 2);
    EXPECT_THAT(run.out, ::testing::HasSubstr("no-unique-value 2"));
}

}  // namespace
}  // namespace muster
