// What Muster writes to OpenLDAP, from the configuration to the last entry.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "directories/deployment.h"
#include "support/mini_slapd.h"

namespace muster::testing {
namespace {

constexpr const char* kBase = "dc=test,dc=example";

/// Departments are entries with people below them, and a group has people.
constexpr const char* kDepartments = R"(
store: muster.db
metaverse:
  person:
    attributes: {{ id: text, cn: text, sn: text, dept: text }}
  group:
    attributes: {{ id: text, members: {{ type: reference, to: person, multi: true }} }}
  dept:
    attributes: {{ id: text, name: text }}
systems:
  hr:
    connector: csv
    settings: {{ folder: data }}
    types:
      person:
        settings: {{ file: people.csv }}
        anchor: id
        attributes: {{ id: text, cn: text, sn: text, dept: text }}
      group:
        settings: {{ file: groups.csv }}
        anchor: id
        attributes: {{ id: text, members: {{ type: reference, to: person, multi: true }} }}
      dept:
        settings: {{ file: depts.csv }}
        anchor: id
        attributes: {{ id: text, name: text }}
  directory:
    connector: ldap
    settings:
      {0}
    types:
      person:
        settings: {{ object_class: inetOrgPerson, bases: ["ou=people,dc=test,dc=example"], create_parents: true }}
        attributes: {{ employeeNumber: text, cn: text, sn: text, uid: text }}
        limits: {{ updates: none, deletes: none, removals: none }}
      group:
        settings: {{ object_class: groupOfNames, bases: ["ou=groups,dc=test,dc=example"], create_parents: true }}
        attributes:
          cn: text
          member: {{ type: reference, to: person, multi: true, settings: {{ placeholder: "cn=nobody" {2} }} }}
        limits: {{ updates: none, deletes: none, removals: none }}
      unit:
        settings: {{ object_class: organizationalUnit, bases: ["ou=people,dc=test,dc=example"], filter: (businessCategory=department), create_parents: true }}
        attributes: {{ ou: text, street: text, businessCategory: text }}
        limits: {{ updates: none, deletes: none, removals: none }}
rules:
  hr-people: {{ from: hr.person, to: person, join: [ {{ id: id }} ], project: true, flows: {{ id: id, cn: cn, sn: sn, dept: dept }} }}
  dir-people: {{ from: directory.person, to: person, join: [ {{ id: employeeNumber }} ] }}
  people:
    from: person
    to: directory.person
    provision: true
    deprovision: delete
    name: '{1}'
    flows: {{ employeeNumber: id, cn: cn, sn: sn, uid: id }}
  hr-groups: {{ from: hr.group, to: group, join: [ {{ id: id }} ], project: true, flows: {{ id: id, members: members }} }}
  dir-groups: {{ from: directory.group, to: group, join: [ {{ id: cn }} ] }}
  groups:
    from: group
    to: directory.group
    provision: true
    deprovision: delete
    name: 'dn.join(dn.rdn("cn", id), "ou=groups,dc=test,dc=example")'
    flows: {{ cn: id, member: members }}
  hr-depts: {{ from: hr.dept, to: dept, join: [ {{ id: id }} ], project: true, flows: {{ id: id, name: name }} }}
  dir-depts: {{ from: directory.unit, to: dept, join: [ {{ id: street }} ] }}
  depts:
    from: dept
    to: directory.unit
    provision: true
    deprovision: delete
    name: 'dn.join(dn.rdn("ou", name), "ou=people,dc=test,dc=example")'
    flows: {{ ou: name, street: id, businessCategory: {{ constant: department }} }}
)";

constexpr const char* kInDepartment =
    R"(dn.join(dn.rdn("cn", cn), dn.rdn("ou", dept), "ou=people,dc=test,dc=example"))";

struct Office {
    explicit Office(const std::string& name = kInDepartment, const std::string& member = "",
                    MiniSlapd::Options options = {})
        : slapd(std::move(options)) {
        configure(name, member);
        muster.write("data/people.csv",
                     "id,cn,sn,dept\n1,Ann,Lee,Sales\n2,Bob,Ray,Sales\n3,Cy,Fox,Sales\n");
        muster.write("data/groups.csv", "id,members\nall,1;2;3\n");
        muster.write("data/depts.csv", "id,name\nd1,Sales\n");
    }
    void configure(const std::string& name, const std::string& member = "") const {
        muster.configure(fmt::format(kDepartments, muster.endpoint(admin), name, member));
    }
    std::string members() const {
        return admin.value(fmt::format("cn=all,ou=groups,{}", kBase), "member");
    }
    void expect_clean_run() const {
        const auto answer = muster.run();
        EXPECT_EQ(answer.code, 0) << answer.text;
    }

    MiniSlapd slapd;
    LdapAdmin admin{slapd.url(), slapd.bind_dn(), slapd.password(), {}};
    Deployment muster;
};

std::string below(const std::string& rdn, const std::string& dept) {
    return fmt::format("{},ou={},ou=people,{}", rdn, dept, kBase);
}

TEST(SlapdWrite, WhoIsBelowARenamedEntryComesAlong) {
    const Office office;
    office.expect_clean_run();
    EXPECT_EQ(office.muster.busy_run(), "");
    office.muster.write("data/people.csv",
                        "id,cn,sn,dept\n1,Ann,Lee,Trade\n2,Bob,Ray,Trade\n3,Cyrus,Fox,Trade\n");
    office.muster.write("data/depts.csv", "id,name\nd1,Trade\n");
    office.expect_clean_run();
    EXPECT_EQ(office.members(), below("cn=Ann", "Trade") + "|" + below("cn=Bob", "Trade") + "|" +
                                    below("cn=Cyrus", "Trade"));
    EXPECT_TRUE(office.admin.exists(below("cn=Cyrus", "Trade")));
    EXPECT_FALSE(office.admin.exists(fmt::format("ou=Sales,ou=people,{}", kBase)));
    EXPECT_EQ(office.muster.busy_run(), "");
}

TEST(SlapdWrite, ANewKindOfNameKeepsWhatFlowsGive) {
    const Office office;
    office.expect_clean_run();
    office.configure(
        R"(dn.join(dn.rdn("uid", id), dn.rdn("ou", dept), "ou=people,dc=test,dc=example"))");
    office.expect_clean_run();
    EXPECT_EQ(office.admin.value(below("uid=1", "Sales"), "cn"), "Ann");
    EXPECT_EQ(office.members(), below("uid=1", "Sales") + "|" + below("uid=2", "Sales") + "|" +
                                    below("uid=3", "Sales"));
    EXPECT_EQ(office.muster.busy_run(), "");
}

TEST(SlapdWrite, AnotherSpellingOfANameIsSentOnce) {
    const Office office;
    office.expect_clean_run();
    office.muster.write("data/people.csv",
                        "id,cn,sn,dept\n1,ANN,Lee,Sales\n2,Bob,Ray,Sales\n3,Cy,Fox,Sales\n");
    office.expect_clean_run();
    EXPECT_EQ(office.admin.value(below("cn=ann", "Sales"), "cn"), "ANN");
    EXPECT_EQ(office.muster.busy_run(), "");
}

TEST(SlapdWrite, MembersThatNobodyKnowsStayUnlessToBeRemoved) {
    const Office office;
    office.expect_clean_run();
    office.admin.modify(
        fmt::format("dn: cn=all,ou=groups,{0}\nchangetype: modify\nadd: member\n"
                    "member: cn=theirs,{0}\n",
                    kBase));
    office.muster.write("data/groups.csv", "id,members\nall,1;2\n");
    office.expect_clean_run();
    EXPECT_EQ(office.members(), below("cn=Ann", "Sales") + "|" + below("cn=Bob", "Sales") +
                                    fmt::format("|cn=theirs,{}", kBase));
    EXPECT_EQ(office.muster.busy_run(), "");
    office.configure(kInDepartment, ", foreign: remove");
    office.expect_clean_run();
    EXPECT_EQ(office.members(), below("cn=Ann", "Sales") + "|" + below("cn=Bob", "Sales"));
}

TEST(SlapdWrite, ValuesThatTheFilterLeavesOutAreNotWritten) {
    const Office office;
    office.expect_clean_run();
    auto rules = office.muster.read("muster.yaml");
    const std::string constant = "constant: department";
    rules.replace(rules.find(constant), constant.size(), "constant: other");
    office.muster.configure(rules);
    office.muster.write("data/depts.csv", "id,name\nd1,Sales\nd2,Trade\n");
    for (const auto& command : {"preview", "run", "run"}) {
        const auto answer = office.muster.muster({command});
        EXPECT_EQ(answer.code, 2) << answer.text;
        EXPECT_THAT(answer.text, ::testing::HasSubstr("not-read")) << command;
    }
    const auto sales = fmt::format("ou=Sales,ou=people,{}", kBase);
    EXPECT_EQ(office.admin.value(sales, "businessCategory"), "department");
    EXPECT_FALSE(office.admin.exists(fmt::format("ou=Trade,ou=people,{}", kBase)));

    office.configure(kInDepartment);
    office.expect_clean_run();
    EXPECT_TRUE(office.admin.exists(fmt::format("ou=Trade,ou=people,{}", kBase)));
    EXPECT_EQ(office.muster.busy_run(), "");
}

TEST(SlapdWrite, NamesThatAreNotReadAreForeseen) {
    const Office office;
    office.expect_clean_run();
    office.configure(R"(dn.join(dn.rdn("cn", cn), "ou=elsewhere,dc=test,dc=example"))");
    for (const auto& command : {"preview", "run", "run"}) {
        const auto answer = office.muster.muster({command});
        EXPECT_EQ(answer.code, 2) << answer.text;
        EXPECT_THAT(answer.text, ::testing::HasSubstr("name-not-read")) << command;
    }
    EXPECT_TRUE(office.admin.exists(below("cn=Ann", "Sales")));
    EXPECT_FALSE(office.admin.exists("cn=Ann,ou=elsewhere,dc=test,dc=example"));
}

/// It mends links some time after the rename was answered.
TEST(SlapdWrite, LinksAreRightWhoeverMendsThem) {
    MiniSlapd::Options options;
    options.global = "moduleload refint";
    options.database = "overlay refint\nrefint_attributes member";
    const Office office(kInDepartment, "", options);
    office.expect_clean_run();
    office.muster.write("data/people.csv",
                        "id,cn,sn,dept\n1,Anna,Lee,Sales\n2,Bob,Ray,Sales\n3,Cyrus,Fox,Sales\n");
    office.expect_clean_run();
    EXPECT_EQ(office.members(), below("cn=Anna", "Sales") + "|" + below("cn=Bob", "Sales") + "|" +
                                    below("cn=Cyrus", "Sales"));
    EXPECT_EQ(office.muster.busy_run(), "");
}

TEST(SlapdWrite, NamesLeftBehindByOthersRenamesAreNotForeign) {
    const Office office;
    office.expect_clean_run();
    office.admin.modify(
        fmt::format("dn: {}\nchangetype: modrdn\nnewrdn: cn=Roberta\n"
                    "deleteoldrdn: 1\n",
                    below("cn=Bob", "Sales")));
    for (int run = 0; run < 4; ++run) {
        office.expect_clean_run();
    }
    EXPECT_EQ(office.members(), below("cn=Ann", "Sales") + "|" + below("cn=Bob", "Sales") + "|" +
                                    below("cn=Cy", "Sales"));
    EXPECT_EQ(office.muster.busy_run(), "");
}

}  // namespace
}  // namespace muster::testing
