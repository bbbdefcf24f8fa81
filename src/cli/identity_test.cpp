// Who is who, as commands show it: matching keys that follow the configuration, what is a join
// value, generated values beside existing ones.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "cli/command_line_fixture.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class IdentityTest : public CommandLineTest {
 protected:
    /// Two CSV sources, the second joined as `join` says, and a CSV target.
    void configure_two(const std::string& join, const std::string& type = "text") const {
        configure(fmt::format(R"(store: muster.db
metaverse:
  person:
    attributes: {{ id: text, tag: {0}, name: text, room: text }}
systems:
  hr:
    connector: csv
    types:
      person:
        settings: {{ file: hr.csv }}
        anchor: id
        attributes: {{ id: text, tag: {0}, name: text }}
  rooms:
    connector: csv
    types:
      room:
        settings: {{ file: rooms.csv }}
        anchor: room
        attributes: {{ room: text, tag: {0}, name: text }}
  book:
    connector: csv
    types:
      person:
        settings: {{ file: book.csv }}
        anchor: id
        attributes: {{ id: text, room: text }}
        limits: {{ updates: none }}
rules:
  people:
    from: hr.person
    to: person
    join: [ {{ id: id }} ]
    project: true
    flows: {{ id: id, tag: tag, name: name }}
  rooms:
    from: rooms.room
    to: person
    join: [ {1} ]
    flows: {{ room: room }}
  book:
    from: person
    to: book.person
    provision: true
    deprovision: delete
    flows: {{ id: id, room: room }}
)",
                              type, join));
    }

    std::string book() const { return testing::read_file(folder_.file("book.csv")); }

    void expect_run(int code) const {
        const auto run = muster({"run"});
        EXPECT_EQ(run.code, code) << run.out << run.err;
        const auto check = muster({"db", "check"});
        EXPECT_EQ(check.code, 0) << check.out << check.err;
    }
};

TEST_F(IdentityTest, AJoinRuleThatIsAddedJoinsWhoIsThere) {
    folder_.write("hr.csv", "id,tag,name\na,1,Ann\nb,2,Bob\n");
    folder_.write("rooms.csv", "room,tag,name\nr1,1,Bob\nr2,2,Ann\n");
    configure_two("{ id: name }");
    expect_run(0);
    EXPECT_THAT(book(), Not(HasSubstr("r1")));
    configure_two("{ tag: tag }");
    expect_run(0);
    EXPECT_THAT(book(), HasSubstr("a,r1"));
    EXPECT_THAT(book(), HasSubstr("b,r2"));
}

TEST_F(IdentityTest, ARuleTakenAwayAndPutBackJoinsByWhatIsNow) {
    folder_.write("hr.csv", "id,tag,name\na,1,Ann\nb,2,Bob\n");
    folder_.write("rooms.csv", "room,tag,name\n");
    configure_two("{ tag: tag }");
    expect_run(0);
    configure_two("{ id: name }");
    folder_.write("hr.csv", "id,tag,name\na,2,Ann\nb,1,Bob\n");
    expect_run(0);
    folder_.write("rooms.csv", "room,tag,name\nr1,1,x\n");
    expect_run(0);
    folder_.write("rooms.csv", "room,tag,name\nr1,1,y\n");
    configure_two("{ tag: tag }");
    expect_run(0);
    EXPECT_THAT(book(), HasSubstr("b,r1"));
}

TEST_F(IdentityTest, WhatCannotBeSeenMatchesNothing) {
    for (const auto* blank : {" ", "\u00a0", "\t", "\u200b", "\u00ad\ufeff"}) {
        folder_.write("hr.csv", fmt::format("id,tag,name\na,\"{}\",Ann\nb,2,Bob\n", blank));
        folder_.write("rooms.csv", fmt::format("room,tag,name\nr1,\"{}\",x\nr2,2,y\n", blank));
        configure_two("{ tag: tag }");
        expect_run(0);
        EXPECT_THAT(book(), Not(HasSubstr("r1")));
        EXPECT_THAT(book(), HasSubstr("b,r2"));
    }
}

TEST_F(IdentityTest, BinaryKeysMatchByTheirBytes) {
    folder_.write("hr.csv", "id,tag,name\na,AQID,Ann\nb,aqid,Bob\n");
    folder_.write("rooms.csv", "room,tag,name\nr1,aqid,x\nr2,AQID,y\n");
    configure_two("{ tag: tag }", "binary");
    expect_run(0);
    EXPECT_THAT(book(), HasSubstr("a,r2"));
    EXPECT_THAT(book(), HasSubstr("b,r1"));
}

TEST_F(IdentityTest, TextsMatchExactlyWhereTheRuleSaysSo) {
    folder_.write("hr.csv", "id,tag,name\na,Xy,Ann\nb,xY,Bob\n");
    folder_.write("rooms.csv", "room,tag,name\nr1,xY,x\nr2,Xy,y\n");
    configure_two("{ tag: tag, match: exact }");
    expect_run(0);
    EXPECT_THAT(book(), HasSubstr("a,r2"));
    EXPECT_THAT(book(), HasSubstr("b,r1"));
    configure_two("{ tag: tag, match: loosely }");
    EXPECT_THAT(muster({"check"}).out, HasSubstr("values cannot match 'loosely'"));
}

class GeneratedTest : public CommandLineTest {
 protected:
    /// People with logins; accounts that may be there already.
    void configure_logins(const std::string& generate, const std::string& attributes = "") const {
        configure(fmt::format(R"(store: muster.db
metaverse:
  person:
    attributes:
      number: text
      name: text
      {1}login: {{ generate: {{ for: number, {0} }} }}
systems:
  hr:
    connector: csv
    types:
      person:
        settings: {{ file: hr.csv }}
        anchor: key
        attributes: {{ key: text, number: text, name: text }}
  target:
    connector: csv
    types:
      account:
        settings: {{ file: accounts.csv }}
        anchor: number
        attributes: {{ number: text, login: text }}
        limits: {{ updates: none, deletes: none }}
rules:
  people:
    from: hr.person
    to: person
    join: [ {{ number: number }} ]
    project: true
    flows: {{ number: number, name: name }}
  known:
    from: target.account
    to: person
    join: [ {{ number: number }} ]
  accounts:
    from: person
    to: target.account
    provision: true
    deprovision: delete
    flows: {{ number: number, login: login }}
)",
                              generate, attributes));
    }
    static constexpr auto kByName = "value: 'name .. (count > 0 and tostring(count + 1) or \"\")'";

    std::string accounts() const { return testing::read_file(folder_.file("accounts.csv")); }
};

TEST_F(GeneratedTest, ValuesThatTargetsHoldAreTaken) {
    configure_logins(kByName);
    folder_.write("hr.csv", "key,number,name\nk1,1,ann\nk9,9,ann\n");
    folder_.write("accounts.csv", "number,login\n9,ann\nx,bob\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_THAT(accounts(), HasSubstr("9,ann\n"));
    EXPECT_THAT(accounts(), HasSubstr("1,ann2\n"));
    folder_.write("hr.csv", "key,number,name\nk1,1,ann\nk9,9,ann\nk3,3,bob\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_THAT(accounts(), HasSubstr("3,bob2\n"));
}

TEST_F(GeneratedTest, WhatAnAccountHasIsKept) {
    configure_logins(std::string("keep: [target.account.login], ") + kByName);
    folder_.write("hr.csv", "key,number,name\nk1,1,ann\nk2,2,bob\n");
    folder_.write("accounts.csv", "number,login\n1,old.ann\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_THAT(accounts(), HasSubstr("1,old.ann\n"));
    EXPECT_THAT(accounts(), HasSubstr("2,bob\n"));
}

TEST_F(GeneratedTest, AnOwnersNumberThatPassesOnTakesNoValueAlong) {
    configure_logins(kByName);
    folder_.write("hr.csv", "key,number,name\nk1,100,ann\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    folder_.write("hr.csv", "key,number,name\nk1,200,ann\nk2,100,ann\n");
    EXPECT_LE(muster({"run"}).code, 2);
    muster({"run"});
    EXPECT_THAT(accounts(), HasSubstr("200,ann\n"));
    EXPECT_THAT(accounts(), HasSubstr("100,ann2\n"));
}

TEST_F(GeneratedTest, TheCounterIsCalledCountAndAttributesAsTheyLike) {
    configure_logins("value: 'name .. n'");  // as it was called first
    const auto old = muster({"check"});
    EXPECT_EQ(old.code, 0) << old.out;
    EXPECT_THAT(old.out, HasSubstr("the counter is called count by now"));
    configure_logins("value: 'name .. (n or \"\") .. count'", "n: text\n      ");
    EXPECT_EQ(muster({"check"}).out.find("unknown variable"), std::string::npos);
    configure_logins("value: 'name .. count'", "count: text\n      ");
    EXPECT_THAT(muster({"check"}).out, HasSubstr("count is the counter here"));
}

}  // namespace
}  // namespace muster
