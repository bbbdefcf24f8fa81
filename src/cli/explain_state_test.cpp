// What is said of objects that are not simply in step: new, leaving, disabled, in error, held,
// gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_line_fixture.h"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kConfiguration = R"(
store: muster.db
metaverse:
  person:
    attributes:
      id: text
      name: text
      phone: text
      wants: boolean
      manager: { type: reference, to: person }
    delete: { grace: 30 days }
systems:
  hr:
    connector: csv
    types:
      person:
        settings: { file: hr.csv }
        anchor: id
        attributes:
          id: text
          name: text
          phone: text
          wants: boolean
          manager: { type: reference, to: person }
  out:
    connector: csv
    types:
      entry:
        settings: { file: out.csv, columns: [id, name, phone, boss] }
        anchor: id
        attributes: { id: text, name: text, phone: text, boss: { type: reference, to: entry } }
        limits: { updates: none, disables: none, deletes: none, removals: none }
rules:
  hr-people:
    from: hr.person
    to: person
    join: [ { id: id } ]
    project: true
    flows:
      id: id
      name: { expression: 'name ~= "boom" and name or error("no name for " .. id)' }
      phone: phone
      wants: wants
      manager: manager
  out:
    from: person
    to: out.entry
    scope: wants
    provision: true
    deprovision: { action: disable, flows: { name: { constant: DISABLED } } }
    flows: { id: id, name: name, phone: { from: phone, initial: true }, boss: manager }
)";

class ExplainStateTest : public CommandLineTest {
 protected:
    ExplainStateTest() {
        configure(kConfiguration);
        write_hr("1,Ann,111,true,2\n2,Bob,222,true,\n3,Cy,333,true,7777\n");
        const auto first = muster({"run"});
        EXPECT_EQ(first.code, 0) << first.out << first.err;
    }
    void write_hr(const std::string& rows) const {
        folder_.write("hr.csv", "id,name,phone,wants,manager\n" + rows);
    }
    std::string explain(const std::string& object, const std::string& attribute = {}) const {
        std::vector<std::string> arguments{"explain", object};
        if (!attribute.empty()) {
            arguments.push_back(attribute);
        }
        const auto result = muster(arguments);
        return result.out + result.err;
    }
};

TEST_F(ExplainStateTest, WhatFlowsOnceIsTheSystemsOwn) {
    EXPECT_THAT(explain("out/entry/1", "phone"),
                AllOf(HasSubstr("phone  111"), HasSubstr("sent once"), Not(HasSubstr("(nothing)")),
                      Not(HasSubstr("the system has"))));
    write_hr("1,Ann,999,true,2\n2,Bob,222,true,\n3,Cy,333,true,7777\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_THAT(explain("out/entry/1", "phone"),
                AllOf(HasSubstr("phone  111"), Not(HasSubstr("the system has"))));
}

TEST_F(ExplainStateTest, WhoIsDisabledHasWhatThatSets) {
    write_hr("1,Ann,111,false,2\n2,Bob,222,true,\n3,Cy,333,true,7777\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_THAT(explain("out/entry/1"),
                AllOf(HasSubstr("disables it"), HasSubstr("name  DISABLED"),
                      Not(HasSubstr("the system has")), Not(HasSubstr("phone"))));
}

TEST_F(ExplainStateTest, WhoLeavesIsFrozen) {
    write_hr("2,Bob,222,true,\n3,Cy,333,true,7777\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_THAT(explain("metaverse/person/1"),
                AllOf(HasSubstr("leaving: its values are frozen until"),
                      Not(HasSubstr("next synchronisation"))));
    EXPECT_THAT(muster({"status"}).out,
                AllOf(HasSubstr("1 object leaving"), HasSubstr("metaverse/person/1  until ")));
    EXPECT_EQ(json({"status"}).at("leaving_objects"), 1);
}

TEST_F(ExplainStateTest, AnErrorIsNamedAndKeepsWhatWas) {
    write_hr("1,boom,111,true,2\n2,Bob,222,true,\n3,Cy,333,true,7777\n");
    EXPECT_EQ(muster({"run"}).code, 2);
    EXPECT_THAT(explain("metaverse/person/1", "name"),
                AllOf(HasSubstr("name  Ann"), HasSubstr("no name for 1"),
                      Not(HasSubstr("next synchronisation"))));
}

TEST_F(ExplainStateTest, AReferenceThatLeadsNowhereIsToldEverywhere) {
    EXPECT_THAT(explain("metaverse/person/3", "manager"),
                HasSubstr("unresolved: hr/person/3 refers to 7777"));
    const auto status = muster({"status"}).out;
    EXPECT_THAT(status, HasSubstr("1 reference leads nowhere"));
    EXPECT_THAT(status, HasSubstr("hr/person/3  manager  7777  hr.csv:4"));
    EXPECT_EQ(json({"status"}).at("unresolved_references"), 1);
    EXPECT_THAT(muster({"status", "--items"}).out,
                HasSubstr("unresolved-reference  hr/person/3: manager refers to '7777', which hr "
                          "does not have  hr.csv:4"));
    // It is told once, and no error.
    const auto again = muster({"run"});
    EXPECT_EQ(again.code, 0);
    EXPECT_THAT(again.out, Not(HasSubstr("7777")));
    EXPECT_THAT(muster({"status"}).out, HasSubstr("hr/person/3  manager  7777  hr.csv:4"));
    // The one somebody leaves behind is one as well.
    write_hr("1,Ann,111,true,2\n3,Cy,333,true,7777\n");
    EXPECT_THAT(muster({"run"}).out, HasSubstr("manager refers to '2', which hr does not have"));
}

TEST_F(ExplainStateTest, WhoIsGoneHasAHistory) {
    folder_.write("muster.yaml", [] {
        std::string text = kConfiguration;
        text.erase(text.find("    delete: { grace: 30 days }\n"),
                   std::string("    delete: { grace: 30 days }\n").size());
        return text;
    }());
    configure(muster::testing::read_file(folder_.file("muster.yaml")));
    write_hr("1,Ann,111,true,2\n2,Bob,222,true,\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_THAT(explain("hr/person/3"),
                AllOf(HasSubstr("no longer there"), HasSubstr("muster history 'hr/person/3'")));
}

}  // namespace
}  // namespace muster
