// What Muster writes to a real Active Directory domain, as Samba runs one.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <memory>

#include "directories/deployment.h"
#include "support/mini_samba.h"

namespace muster::testing {
namespace {

using ::testing::HasSubstr;

/// People in units below a unit of the test's own, with managers, and groups of them.
constexpr const char* kFirm = R"(
store: muster.db
metaverse:
  person:
    attributes: {{ id: text, cn: text, login: text, ou: text, manager: {{ type: reference, to: person }} }}
  group:
    attributes: {{ id: text, members: {{ type: reference, to: person, multi: true }} }}
systems:
  hr:
    connector: csv
    settings: {{ folder: data }}
    types:
      person:
        settings: {{ file: people.csv }}
        anchor: id
        attributes: {{ id: text, cn: text, login: text, ou: text, manager: {{ type: reference, to: person }} }}
      group:
        settings: {{ file: groups.csv }}
        anchor: id
        attributes: {{ id: text, members: {{ type: reference, to: person, multi: true }} }}
  ad:
    connector: ldap
    settings:
      {0}
    types:
      person:
        settings:
          object_class: user
          bases: ["OU={1},DC=ad,DC=example"]
          filter: (objectCategory=person)
          create_parents: true
        attributes: {{ cn: text, employeeID: text, sAMAccountName: text, userAccountControl: integer, manager: {{ type: reference, to: person }} }}
        limits: {2}
      group:
        settings:
          object_class: group
          bases: ["OU=Groups,OU={1},DC=ad,DC=example"]
          create_parents: true
        attributes: {{ cn: text, sAMAccountName: text, member: {{ type: reference, to: person, multi: true }} }}
        limits: {2}
rules:
  hr-people:
    from: hr.person
    to: person
    join: [ {{ id: id }} ]
    project: true
    flows: {{ id: id, cn: cn, login: login, ou: ou, manager: manager }}
  ad-people:
    from: ad.person
    to: person
    join: [ {{ id: employeeID }} ]
  people:
    from: person
    to: ad.person
    provision: true
    deprovision: delete
    name: dn.join(dn.rdn("CN", cn), dn.rdn("OU", ou), "OU={1},DC=ad,DC=example")
    flows: {{ employeeID: id, cn: cn, sAMAccountName: {{ expression: '"{1}" .. login' }}, userAccountControl: {{ constant: 514 }}, manager: manager }}
  hr-groups:
    from: hr.group
    to: group
    join: [ {{ id: id }} ]
    project: true
    flows: {{ id: id, members: members }}
  ad-groups:
    from: ad.group
    to: group
    join: [ {{ id: cn }} ]
  groups:
    from: group
    to: ad.group
    provision: true
    deprovision: delete
    name: dn.join(dn.rdn("CN", id), "OU=Groups,OU={1},DC=ad,DC=example")
    flows: {{ sAMAccountName: {{ expression: '"{1}" .. id' }}, member: members }}
)";

/// A domain costs seconds to start, so that the tests share one, each with a unit of its own.
class SambaWrite : public ::testing::Test {
 protected:
    static void SetUpTestSuite() {
        if (MiniSamba::possible()) {
            domain_ = std::make_unique<MiniSamba>();
        }
    }
    static void TearDownTestSuite() { domain_.reset(); }

    void SetUp() override {
        if (!domain_) {
            GTEST_SKIP() << "only root may serve LDAP at its own port";
        }
        unit_ = fmt::format("T{}", ++units_);
        configure("{ updates: none, deletes: none, removals: none }");
        people("1,Ann Lee,ann,Sales,\n2,Bob Ray,bob,Sales,1\n3,Cy Fox,cy,IT,1\n");
        groups("staff,1;2;3\nempty,\n");
    }

    void configure(const std::string& limits) const {
        muster_.configure(fmt::format(kFirm, muster_.endpoint(admin()), unit_, limits));
    }
    static LdapAdmin admin() { return domain_->admin(); }
    void people(const std::string& rows) {
        muster_.write("data/people.csv", "id,cn,login,ou,manager\n" + rows);
    }
    void groups(const std::string& rows) {
        muster_.write("data/groups.csv", "id,members\n" + rows);
    }
    std::string person(const std::string& cn, const std::string& ou) const {
        return fmt::format("CN={},OU={},OU={},DC=ad,DC=example", cn, ou, unit_);
    }
    std::string group(const std::string& cn) const {
        return fmt::format("CN={},OU=Groups,OU={},DC=ad,DC=example", cn, unit_);
    }
    void expect_clean_run() {
        const auto answer = muster_.run();
        EXPECT_EQ(answer.code, 0) << answer.text;
    }

    Deployment muster_;

 private:
    static std::unique_ptr<MiniSamba> domain_;
    static int units_;
    std::string unit_;
};

std::unique_ptr<MiniSamba> SambaWrite::domain_;
int SambaWrite::units_ = 0;

TEST_F(SambaWrite, LinksGoOutWithThoseWhoAreNew) {
    configure("{}");  // those that hold by default
    expect_clean_run();
    EXPECT_EQ(admin().value(group("staff"), "member"), person("Ann Lee", "Sales") + "|" +
                                                           person("Bob Ray", "Sales") + "|" +
                                                           person("Cy Fox", "IT"));
    EXPECT_EQ(admin().value(person("Bob Ray", "Sales"), "manager"), person("Ann Lee", "Sales"));
    EXPECT_EQ(muster_.busy_run(), "");

    people("1,Ann Lee,ann,Sales,\n2,Bob Ray,bob,Sales,1\n3,Cy Fox,cy,IT,1\n4,Di Joy,di,IT,1\n");
    groups("staff,1;2;3;4\nempty,\n");
    expect_clean_run();
    EXPECT_THAT(admin().value(group("staff"), "member"), HasSubstr(person("Di Joy", "IT")));
    EXPECT_EQ(muster_.busy_run(), "");
}

TEST_F(SambaWrite, MembersMayBeRenamedAndMovedWhileTheirGroupsChange) {
    expect_clean_run();
    people("1,Anna Lee,ann,New,\n2,Bob Ray,bob,Sales,1\n3,Cy Fox,cy,IT,1\n");  // a new unit, too
    groups("staff,1;3\nempty,\n");
    expect_clean_run();
    EXPECT_EQ(admin().value(group("staff"), "member"),
              person("Anna Lee", "New") + "|" + person("Cy Fox", "IT"));
    EXPECT_EQ(muster_.busy_run(), "");
}

TEST_F(SambaWrite, LinksThatItMendsAreNotRenewed) {
    expect_clean_run();
    people("1,Anna Lee,ann,Sales,\n2,Bob Ray,bob,Sales,1\n3,Cy Fox,cy,IT,1\n");
    EXPECT_THAT(muster_.busy_run(), ::testing::Not(HasSubstr("modified")));
    EXPECT_EQ(admin().value(person("Bob Ray", "Sales"), "manager"), person("Anna Lee", "Sales"));
    EXPECT_EQ(muster_.busy_run(), "");
}

TEST_F(SambaWrite, WhatOthersDidToMembersMeanwhileIsFine) {
    expect_clean_run();
    groups("staff,1;3\nempty,3\n");
    EXPECT_EQ(muster_.muster({"run", "--only", "import"}).code, 0);
    admin().modify(fmt::format(
        "dn: {}\nchangetype: modify\ndelete: member\nmember: {}\n\n"
        "dn: {}\nchangetype: modify\nadd: member\nmember: {}\n",
        group("staff"), person("Bob Ray", "Sales"), group("empty"), person("Cy Fox", "IT")));
    EXPECT_EQ(muster_.muster({"run", "--only", "sync"}).code, 0);
    const auto sent = muster_.muster({"run", "--only", "export"});
    EXPECT_EQ(sent.code, 0) << sent.text;
    expect_clean_run();
    EXPECT_EQ(muster_.busy_run(), "");
    EXPECT_EQ(admin().value(group("empty"), "member"), person("Cy Fox", "IT"));
}

TEST_F(SambaWrite, NamesChangeTheirCaseAndHoldEqualsSigns) {
    people("1,ann lee,ann,Sales,\n2,a=b,bob,Sales,1\n");
    groups("");
    expect_clean_run();
    EXPECT_EQ(admin().value(person("a\\=b", "Sales"), "cn"), "a=b");
    people("1,ANN Lee,ann,Sales,\n2,a=b,bob,Sales,1\n");
    expect_clean_run();
    EXPECT_EQ(admin().value(person("ann lee", "Sales"), "cn"), "ANN Lee");
    EXPECT_EQ(muster_.busy_run(), "");
}

TEST_F(SambaWrite, MembersThatNobodyKnowsStay) {
    expect_clean_run();
    admin().modify(
        fmt::format("dn: {0}\nchangetype: add\nobjectClass: group\nsAMAccountName: {1}\n\n"
                    "dn: {2}\nchangetype: modify\nadd: member\nmember: {0}\n"
                    "member: CN=Guest,CN=Users,DC=ad,DC=example\n",
                    group("Helpdesk"), "Helpdesk", group("staff")));
    groups("staff,1;2\nempty,\n");
    expect_clean_run();
    EXPECT_EQ(admin().value(group("staff"), "member"),
              person("Ann Lee", "Sales") + "|" + person("Bob Ray", "Sales") +
                  "|CN=Guest,CN=Users,DC=ad,DC=example|" + group("Helpdesk"));
}

}  // namespace
}  // namespace muster::testing
