#include <gmock/gmock.h>

#include <algorithm>

#include "cli/command_line_fixture.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAccounts = R"(
store: muster.db
metaverse:
  person: { attributes: { id: text, login: text, phone: text } }
systems:
  hr:
    connector: csv
    types:
      person:
        settings: { file: hr.csv }
        anchor: id
        attributes: { id: text, login: text, phone: text }
  accounts:
    connector: csv
    types:
      account:
        settings: { file: accounts.csv }
        anchor: login
        attributes: { login: text, phone: text }
        limits: { deletes: none, updates: none }
rules:
  in:
    from: hr.person
    to: person
    project: true
    flows: { id: id, login: login, phone: phone }
  out:
    from: person
    to: accounts.account
    provision: true
    deprovision: delete
    flows: { login: login, phone: phone }
)";

/// A file takes no row without a key.
class RefusalsTest : public CommandLineTest {
 protected:
    void SetUp() override { configure(std::string(kAccounts)); }
    void hr(const std::string& rows) const { folder_.write("hr.csv", "id,login,phone\n" + rows); }
    std::string accounts() const { return testing::read_file(folder_.file("accounts.csv")); }
    boost::json::value refused() const { return json({"status"}).at("refused"); }
    /// How often the last run said something.
    std::size_t told(std::string_view code) const {
        const auto last = json({"status", "--items"});
        const auto& items = last.at("items").as_array();
        return static_cast<std::size_t>(
            std::count_if(items.begin(), items.end(),
                          [&](const auto& item) { return item.at("code").as_string() == code; }));
    }
};

TEST_F(RefusalsTest, WhatATargetRefusesIsSentAgainInEveryRun) {
    hr("1,a,1\n2,,2\n");
    for (int i = 0; i < 7; ++i) {
        const auto run = muster({"run"});
        EXPECT_EQ(run.code, 2) << run.out;
        EXPECT_THAT(run.out, HasSubstr("csv-no-anchor"));
        EXPECT_THAT(run.out, HasSubstr("1 export, the oldest planned"));
    }
    EXPECT_EQ(json({"run", "--only", "import"}, 2).at("refused").at(0).at("count"), 1);
    EXPECT_EQ(refused().at(0).at("count"), 1);
    EXPECT_THAT(muster({"exports", "--refused"}).out, HasSubstr("attempt 7"));
    hr("1,a,1\n2,b,2\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_EQ(accounts(), "login,phone\na,1\nb,2\n");
    EXPECT_TRUE(refused().as_array().empty());
    EXPECT_EQ(muster({"run"}).code, 0);
}

TEST_F(RefusalsTest, WhatIsNotWantedAnyMoreIsNotSentAnyMore) {
    hr("1,a,1\n2,,2\n");
    EXPECT_EQ(muster({"run"}).code, 2);
    hr("1,a,1\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_TRUE(refused().as_array().empty());
    EXPECT_THAT(muster({"run"}).out, Not(HasSubstr("export")));
}

TEST_F(RefusalsTest, ASystemThatRefusesEverythingIsLeftAloneAndToldOnce) {
    std::string rows;
    for (int i = 0; i < 150; ++i) {
        rows += std::to_string(1000 + i) + ",,1\n";
    }
    hr(rows);
    EXPECT_EQ(json({"run"}, 2).at("refused").at(0).at("count"), 100);
    EXPECT_EQ(told("system-refuses"), 1u);
    EXPECT_EQ(told("csv-no-anchor"), 100u);
    EXPECT_EQ(json({"run"}, 2).at("refused").at(0).at("count"), 150)
        << "those that were not tried go first";
}

TEST_F(RefusalsTest, WhatGoesThroughAfterManyRefusalsGoesThrough) {
    std::string rows;
    for (int i = 0; i < 150; ++i) {
        rows += std::to_string(1000 + i) + ",,1\n";
    }
    hr(rows + "2000,b,2\n");
    EXPECT_EQ(json({"run"}, 2).at("refused").at(0).at("count"), 100);
    muster({"run"});
    EXPECT_EQ(accounts(), "login,phone\nb,2\n");
}

constexpr std::string_view kTree = R"(
store: muster.db
metaverse:
  person: { attributes: { id: text, site: text, phone: text, boss: { type: reference, to: person } } }
systems:
  hr:
    connector: csv
    types:
      person:
        settings: { file: hr.csv }
        anchor: id
        attributes: { id: text, site: text, phone: text, boss: { type: reference, to: person } }
  tree:
    connector: ldif
    types:
      person:
        settings: { file: tree.ldif, object_class: [inetOrgPerson] }
        attributes:
          uid: text
          telephoneNumber: text
          manager: { type: reference, to: person }
        limits: { deletes: none, updates: none }
rules:
  in:
    from: hr.person
    to: person
    project: true
    flows: { id: id, site: site, phone: phone, boss: boss }
  out:
    from: person
    to: tree.person
    provision: true
    deprovision: delete
    name: '"uid=" .. id .. ",ou=" .. site .. ",dc=test"'
    flows: { uid: id, telephoneNumber: phone, manager: boss }
)";

/// A record whose DN is its anchor keeps its identity when it moves.
TEST_F(RefusalsTest, ARecordIsFollowedToItsNewName) {
    configure(std::string(kTree));
    const auto tree = [this] { return testing::read_file(folder_.file("tree.ldif")); };
    folder_.write("hr.csv", "id,site,phone,boss\na,rome,1,b\nb,rome,2,\n");
    ASSERT_EQ(muster({"run"}).code, 0);
    folder_.write("hr.csv", "id,site,phone,boss\na,rome,1,b\nb,oslo,3,\n");
    const auto moved = muster({"run"});
    EXPECT_EQ(moved.code, 0) << moved.out;
    EXPECT_THAT(tree(), HasSubstr("dn: uid=b,ou=oslo,dc=test"));
    EXPECT_THAT(tree(), HasSubstr("telephoneNumber: 3"));
    EXPECT_THAT(tree(), HasSubstr("manager: uid=b,ou=oslo,dc=test"));
    EXPECT_THAT(muster({"run"}).out, Not(HasSubstr("export")));
    EXPECT_THAT(muster({"run", "--full"}).out, Not(HasSubstr("export")));
    folder_.write("hr.csv", "id,site,phone,boss\na,rome,1,\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_THAT(tree(), Not(HasSubstr("uid=b,")));
}

}  // namespace
}  // namespace muster
