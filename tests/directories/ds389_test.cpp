// Muster on a real 389 Directory Server.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "directories/deployment.h"
#include "support/mini_389.h"

namespace muster::testing {
namespace {

constexpr const char* kStaff = R"(
store: muster.db
metaverse:
  person:
    attributes: {{ id: text, cn: text, sn: text }}
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
        attributes: {{ id: text, cn: text, sn: text }}
      group:
        settings: {{ file: groups.csv }}
        anchor: id
        attributes: {{ id: text, members: {{ type: reference, to: person, multi: true }} }}
  directory:
    connector: ldap
    settings:
      {}
    types:
      person:
        settings: {{ object_class: inetOrgPerson, bases: ["ou=people,dc=test,dc=example"] }}
        attributes: {{ employeeNumber: text, cn: text, sn: text }}
        limits: {{ updates: none, deletes: none, removals: none }}
      group:
        settings: {{ object_class: groupOfNames, bases: ["ou=groups,dc=test,dc=example"] }}
        attributes:
          cn: text
          member:
            {{ type: reference, to: person, multi: true, settings: {{ placeholder: "cn=nobody" }} }}
        limits: {{ updates: none, deletes: none, removals: none }}
rules:
  hr-people:
    from: hr.person
    to: person
    join: [ {{ id: id }} ]
    project: true
    flows: {{ id: id, cn: cn, sn: sn }}
  dir-people:
    from: directory.person
    to: person
    join: [ {{ id: employeeNumber }} ]
  people:
    from: person
    to: directory.person
    provision: true
    deprovision: delete
    name: dn.join(dn.rdn("cn", cn), "ou=people,dc=test,dc=example")
    flows: {{ employeeNumber: id, sn: sn, cn: cn }}
  hr-groups:
    from: hr.group
    to: group
    join: [ {{ id: id }} ]
    project: true
    flows: {{ id: id, members: members }}
  dir-groups:
    from: directory.group
    to: group
    join: [ {{ id: cn }} ]
  groups:
    from: group
    to: directory.group
    provision: true
    deprovision: delete
    name: dn.join(dn.rdn("cn", id), "ou=groups,dc=test,dc=example")
    flows: {{ cn: id, member: members }}
)";

TEST(Ds389, HoldsPeopleAndGroups) {
    const Mini389 server;
    const Deployment muster;
    muster.configure(fmt::format(kStaff, muster.endpoint(server.admin())));
    muster.write("data/people.csv", "id,cn,sn\n1,Ann Lee,Lee\n2,Bob Ray,Ray\n");
    muster.write("data/groups.csv", "id,members\nvault,1;2\nempty,\n");
    const auto first = muster.run();
    EXPECT_EQ(first.code, 0) << first.text;
    EXPECT_EQ(muster.busy_run(), "");
    EXPECT_EQ(server.admin().value("cn=vault,ou=groups,dc=test,dc=example", "member"),
              "cn=Ann Lee,ou=people,dc=test,dc=example|cn=Bob Ray,ou=people,dc=test,dc=example");

    muster.write("data/people.csv", "id,cn,sn\n1,Ann Lee,Low\n");
    muster.write("data/groups.csv", "id,members\nvault,1\nempty,\n");
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_EQ(muster.busy_run(), "");
    EXPECT_EQ(server.admin().find("ou=people,dc=test,dc=example", "(objectClass=inetOrgPerson)"),
              std::vector<std::string>{"cn=Ann Lee,ou=people,dc=test,dc=example"});
}

/// The directory as the source of a file.
constexpr const char* kOut = R"(
store: muster.db
metaverse:
  person:
    attributes: {{ uid: text }}
  group:
    attributes: {{ id: text, members: {{ type: reference, to: person, multi: true }} }}
systems:
  directory:
    connector: ldap
    settings:
      {}
    types:
      person:
        settings: {{ object_class: inetOrgPerson, bases: ["ou=people,dc=test,dc=example"] }}
        attributes: {{ uid: text }}
      group:
        settings: {{ object_class: groupOfNames, bases: ["ou=groups,dc=test,dc=example"] }}
        attributes: {{ cn: text, member: {{ type: reference, to: person, multi: true }} }}
  app:
    connector: csv
    settings: {{ folder: out }}
    types:
      person:
        settings: {{ file: people.csv, sort: [uid] }}
        anchor: uid
        attributes: {{ uid: text }}
      group:
        settings: {{ file: groups.csv, sort: [id] }}
        anchor: id
        attributes: {{ id: text, members: {{ type: reference, to: person, multi: true }} }}
rules:
  people: {{ from: directory.person, to: person, join: [ {{ uid: uid }} ], project: true, flows: {{ uid: uid }} }}
  groups:
    from: directory.group
    to: group
    join: [ {{ id: cn }} ]
    project: true
    flows: {{ id: cn, members: member }}
  app-people: {{ from: person, to: app.person, provision: true, deprovision: delete, flows: {{ uid: uid }} }}
  app-groups:
    from: group
    to: app.group
    provision: true
    deprovision: delete
    flows: {{ id: id, members: members }}
)";

std::string person(const std::string& cn, const std::string& uid) {
    return fmt::format(
        "dn: cn={},ou=people,dc=test,dc=example\nobjectClass: inetOrgPerson\nsn: S\n"
        "uid: {}\n\n",
        cn, uid);
}

TEST(Ds389, FindsMembersHoweverTheirNamesAreSpelled) {
    const Mini389 server;
    server.admin().modify(person("Lee\\, Ann", "ann") + person("ab01234", "ab") +
                          person("Plus\\+Sign", "plus") + person("Hash", "hash") +
                          person("Müller", "mueller"));
    server.admin().modify(R"(dn: cn=vault,ou=groups,dc=test,dc=example
objectClass: groupOfNames
cn: vault
member: CN=Lee\2C Ann,OU=People,DC=test,DC=example
member: cn = AB01234 , ou = people, dc=test, dc=example
member: cn=Plus\2bSign,ou=people,dc=test,dc=example
member: commonName=Hash,organizationalUnitName=people,dc=test,dc=example
member: cn=M\c3\bcller,ou=people,dc=test,dc=example
)");
    const Deployment muster;
    muster.configure(fmt::format(kOut, muster.endpoint(server.admin())));
    muster.write("out/.keep", "");
    const auto first = muster.run();
    EXPECT_EQ(first.code, 0) << first.text;
    EXPECT_EQ(muster.busy_run(), "");
    EXPECT_EQ(muster.read("out/groups.csv"), "id,members\nvault,ab;ann;hash;mueller;plus\n");
}

TEST(Ds389, NamesTheAnchorThatAllEntriesHave) {
    Mini389 server;
    server.admin().modify(person("Ann", "ann"));
    // As after an import of old data: an entry without entryUUID.
    server.admin().modify(
        "dn: cn=entryuuid,cn=plugins,cn=config\nchangetype: modify\n"
        "replace: nsslapd-pluginEnabled\nnsslapd-pluginEnabled: off\n");
    server.stop();
    server.start();
    server.admin().modify(person("Bob", "bob"));
    const Deployment muster;
    const auto endpoint = muster.endpoint(server.admin());
    muster.configure(fmt::format(kOut, endpoint));
    muster.write("out/.keep", "");
    const auto first = muster.run();
    EXPECT_NE(first.code, 0);
    EXPECT_THAT(first.text, ::testing::HasSubstr("set anchor_attribute: nsUniqueId"));

    const Deployment again;
    again.endpoint(server.admin());
    again.configure(fmt::format(kOut, endpoint + "\n      anchor_attribute: nsUniqueId"));
    again.write("out/.keep", "");
    EXPECT_EQ(again.run().code, 0);
    EXPECT_EQ(again.busy_run(), "");
    EXPECT_EQ(again.read("out/people.csv"), "uid\nann\nbob\n");
}

TEST(Ds389, LinksThatItMendsAreNotRenewed) {
    Mini389 server;
    server.admin().modify(
        "dn: cn=referential integrity postoperation,cn=plugins,cn=config\nchangetype: modify\n"
        "replace: nsslapd-pluginEnabled\nnsslapd-pluginEnabled: on\n");
    server.stop();
    server.start();
    const Deployment muster;
    muster.configure(fmt::format(kStaff, muster.endpoint(server.admin())));
    muster.write("data/people.csv", "id,cn,sn\n1,Ann Lee,Lee\n2,Bob Ray,Ray\n");
    muster.write("data/groups.csv", "id,members\nvault,1;2\nroof,1\n");
    EXPECT_EQ(muster.run().code, 0);

    muster.write("data/people.csv", "id,cn,sn\n1,Anna Lee,Lee\n2,Bob Ray,Ray\n");
    EXPECT_THAT(muster.busy_run(), ::testing::Not(::testing::HasSubstr("modified")));
    EXPECT_EQ(server.admin().value("cn=vault,ou=groups,dc=test,dc=example", "member"),
              "cn=Bob Ray,ou=people,dc=test,dc=example|cn=anna lee,ou=people,dc=test,dc=example");
    EXPECT_EQ(server.admin().value("cn=roof,ou=groups,dc=test,dc=example", "member"),
              "cn=anna lee,ou=people,dc=test,dc=example");
    EXPECT_EQ(muster.busy_run(), "");
}

TEST(Ds389, TakesSynonymsForOneAttribute) {
    const Mini389 server;
    const Deployment muster;
    auto rules = fmt::format(kStaff, muster.endpoint(server.admin()));
    const auto replace = [&](const std::string& from, const std::string& to) {
        rules.replace(rules.find(from), from.size(), to);
    };
    replace("employeeNumber: text, cn: text, sn: text",
            "employeeNumber: text, commonName: text, surName: text");
    replace("employeeNumber: id, sn: sn, cn: cn",
            "employeeNumber: id, surName: sn, commonName: cn");
    muster.configure(rules);
    muster.write("data/people.csv", "id,cn,sn\n1,Ann Lee,Lee\n");
    muster.write("data/groups.csv", "id,members\nvault,1\n");
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_EQ(muster.busy_run(), "");
    EXPECT_EQ(server.admin().value("cn=Ann Lee,ou=people,dc=test,dc=example", "sn"), "Lee");
}

}  // namespace
}  // namespace muster::testing
