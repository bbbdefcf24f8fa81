#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "cli/command_line_fixture.h"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kConfiguration = R"(
store: muster.db
metaverse:
  person:
    attributes:
      id: text
      name: text
      phone: text
      tags: { type: text, multi: true, merge: union }
      manager: { type: reference, to: person }
systems:
  hr:
    connector: csv
    settings: { folder: . }
    types:
      person:
        settings: { file: hr.csv }
        anchor: id
        attributes: { id: text, name: text, phone: text, manager: { type: reference, to: person } }
  desk:
    connector: csv
    settings: { folder: . }
    types:
      phone:
        settings: { file: desk.csv }
        anchor: id
        attributes: { id: text, name: text, phone: text, public: boolean }
  out:
    connector: csv
    settings: { folder: . }
    types:
      entry:
        settings: { file: out.csv }
        anchor: id
        attributes: { id: text, name: text, boss: { type: reference, to: entry } }
        limits: { updates: none }
rules:
  desk-phones:
    from: desk.phone
    to: person
    scope: public
    join: [ { id: id } ]
    flows:
      phone: phone
      name: name
      tags: { constant: phone }
  hr-people:
    from: hr.person
    to: person
    join: [ { id: id } ]
    project: true
    flows:
      id: id
      name: name
      phone: phone
      tags: { constant: staff }
      manager: manager
  out:
    from: person
    to: out.entry
    provision: true
    deprovision: delete
    flows: { id: id, name: name, boss: manager }
)";

class ExplainTest : public CommandLineTest {
 protected:
    ExplainTest() {
        configure(kConfiguration);
        write_hr("1,Ann,111,2\n2,Bob,,\n3,Cy,333,\n");
        folder_.write("desk.csv", "id,name,phone,public\n1,Annie,911,true\n3,Cyrus,933,false\n");
        EXPECT_EQ(muster({"run"}).code, 0) << muster({"run"}).out;
    }

    void write_hr(const std::string& rows) const {
        folder_.write("hr.csv", "id,name,phone,manager\n" + rows);
    }

    /// "fate rule" of each contribution, in order of precedence.
    std::vector<std::string> fates(const std::string& object, const std::string& attribute) const {
        const auto explained = json({"explain", object, attribute});
        std::vector<std::string> all;
        for (const auto& one : explained.at("attributes").at(0).at("contributions").as_array()) {
            all.push_back(std::string(one.at("fate").as_string()) + " " +
                          std::string(one.at("rule").as_string()));
        }
        return all;
    }
};

TEST_F(ExplainTest, WhoLostAndWhy) {
    EXPECT_THAT(fates("metaverse/person/1", "phone"),
                ElementsAre("won desk-phones", "outranked hr-people"));
    EXPECT_THAT(fates("metaverse/person/2", "phone"),
                ElementsAre("not joined desk-phones", "no value hr-people"));
    EXPECT_THAT(fates("metaverse/person/3", "phone"),
                ElementsAre("not joined desk-phones", "won hr-people"));
    EXPECT_THAT(fates("metaverse/person/1", "tags"),
                ElementsAre("won desk-phones", "won hr-people"));
}

TEST_F(ExplainTest, ReferencesNameTheirSourceAndTarget) {
    const auto explained = json({"explain", "metaverse/person/1", "manager"});
    const auto& attribute = explained.at("attributes").at(0);
    EXPECT_EQ(attribute.at("values").at(0), "metaverse/person/2");
    EXPECT_EQ(attribute.at("contributions").at(0).at("fate"), "won");
    EXPECT_EQ(attribute.at("contributions").at(0).at("values").at(0), "metaverse/person/2");
    EXPECT_THAT(fates("metaverse/person/2", "manager"), ElementsAre("no value hr-people"));
}

TEST_F(ExplainTest, WhatTheNextSynchronisationChangesIsSaid) {
    write_hr("1,Ann,111,3\n2,Robert,,\n3,Cy,333,\n");
    EXPECT_EQ(muster({"run", "--only", "import"}).code, 0);
    EXPECT_FALSE(json({"explain", "metaverse/person/2", "name"})
                     .at("attributes")
                     .at(0)
                     .at("current")
                     .as_bool());
    EXPECT_FALSE(json({"explain", "metaverse/person/1", "manager"})
                     .at("attributes")
                     .at(0)
                     .at("current")
                     .as_bool());
    EXPECT_THAT(muster({"explain", "metaverse/person/2", "name"}).out,
                HasSubstr("the next synchronisation takes it up"));
}

TEST_F(ExplainTest, AJoinedObjectCanBeOutOfScope) {
    folder_.write("desk.csv", "id,name,phone,public\n1,Annie,911,false\n");
    EXPECT_EQ(muster({"run", "--only", "import"}).code, 0);
    EXPECT_THAT(fates("metaverse/person/1", "phone"),
                ElementsAre("out of scope desk-phones", "won hr-people"));
}

TEST_F(ExplainTest, AnExportOfLinksAloneNamesItsCause) {
    write_hr("1,Ann,111,3\n2,Bob,,\n3,Cy,333,\n");
    EXPECT_EQ(muster({"run", "--only", "import"}).code, 0);
    EXPECT_EQ(muster({"run", "--only", "sync"}).code, 0);
    const auto explained = json({"explain", "out/entry/1", "boss"});
    EXPECT_EQ(explained.at("flows").at(0).at("expected").at(0), "metaverse/person/3");
    EXPECT_EQ(explained.at("pending").at("cause"), "hr/person/1");
    EXPECT_THAT(muster({"exports", "out"}).out,
                AllOf(HasSubstr("- out/entry/2"), HasSubstr("+ out/entry/3")));
}

TEST_F(ExplainTest, AnUnjoinedObjectSaysSo) {
    EXPECT_THAT(muster({"explain", "desk/phone/3"}).out, HasSubstr("not joined"));
}

}  // namespace
}  // namespace muster
