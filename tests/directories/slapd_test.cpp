// Muster on OpenLDAP, from the configuration to the last entry.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "directories/deployment.h"
#include "support/mini_slapd.h"

namespace muster::testing {
namespace {

using ::testing::HasSubstr;

/// People of a file kept below ou=people, their names and flows as given.
std::string people_rules(const std::string& endpoint, const std::string& attributes,
                         const std::string& name, const std::string& flows) {
    return fmt::format(R"(
store: muster.db
metaverse:
  person:
    attributes:
      id: text
      cn: text
      sn: text
      mail: {{ type: text, multi: true }}
      phone: {{ type: text, multi: true }}
systems:
  hr:
    connector: csv
    settings: {{ folder: data }}
    types:
      person:
        settings: {{ file: people.csv }}
        anchor: id
        attributes:
          id: text
          cn: text
          sn: text
          mail: {{ type: text, multi: true }}
          phone: {{ type: text, multi: true }}
  directory:
    connector: ldap
    settings:
      {}
    types:
      person:
        settings: {{ object_class: inetOrgPerson, bases: ["ou=people,dc=test,dc=example"], create_parents: true }}
        attributes: {{ employeeNumber: text, {} }}
        limits: {{ updates: none, deletes: none, removals: none }}
rules:
  hr-people:
    from: hr.person
    to: person
    join: [ {{ id: id }} ]
    project: true
    flows: {{ id: id, cn: cn, sn: sn, mail: mail, phone: phone }}
  dir-people:
    from: directory.person
    to: person
    join: [ {{ id: employeeNumber }} ]
  people:
    from: person
    to: directory.person
    provision: true
    deprovision: delete
    name: '{}'
    flows: {{ employeeNumber: id, {} }}
)",
                       endpoint, attributes, name, flows);
}

constexpr const char* kByCn = R"(dn.join(dn.rdn("cn", cn), "ou=people,dc=test,dc=example"))";

LdapAdmin admin_of(const MiniSlapd& slapd) {
    return {slapd.url(), slapd.bind_dn(), slapd.password(), {}};
}

std::string dn(const std::string& cn) {
    return "cn=" + cn + ",ou=people,dc=test,dc=example";
}

TEST(Slapd, SendsValuesThatAreOneToItOnce) {
    const MiniSlapd slapd;
    const auto admin = admin_of(slapd);
    const Deployment muster;
    muster.configure(people_rules(muster.endpoint(admin),
                                  "cn: text, sn: text, mail: { type: text, multi: true }, "
                                  "telephoneNumber: { type: text, multi: true }",
                                  kByCn, "cn: cn, sn: sn, mail: mail, telephoneNumber: phone"));
    const std::string header = "id,cn,sn,mail,phone\n";
    muster.write("data/people.csv", header +
                                        "1,Ann,Lee,ann@x.example;Ann@X.example,\n"
                                        "2,Bob,Ray,,+1 555 0100;+1-555-0100\n"
                                        "3,Cy,Fox,cy@x.example,\n");
    const auto first = muster.run();
    EXPECT_EQ(first.code, 2) << first.text;
    EXPECT_THAT(first.text, HasSubstr("are one value to directory"));
    EXPECT_EQ(muster.busy_run(), "");
    EXPECT_EQ(admin.value(dn("Ann"), "mail"), "Ann@X.example");
    EXPECT_EQ(admin.value(dn("Bob"), "telephoneNumber"), "+1 555 0100");

    // A change of case that is wanted goes out; a value that is there in another case does not.
    muster.write("data/people.csv", header +
                                        "1,Ann,Lee,ANN@x.example;Ann@X.example,\n"
                                        "2,Bob,Ray,bob@x.example,+1-555-0100\n"
                                        "3,Cy,Fox,CY@x.example,\n");
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_EQ(muster.busy_run(), "");
    EXPECT_EQ(admin.value(dn("Ann"), "mail"), "Ann@X.example");
    EXPECT_EQ(admin.value(dn("Bob"), "telephoneNumber"), "+1-555-0100");
    EXPECT_EQ(admin.value(dn("Cy"), "mail"), "CY@x.example");
}

TEST(Slapd, TellsValuesApartByCaseWhereTheSchemaDoes) {
    MiniSlapd::Options options;
    options.global =
        "attributetype ( 1.3.6.1.4.1.55555.1.1 NAME 'token' EQUALITY caseExactMatch "
        "SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )\n"
        "objectclass ( 1.3.6.1.4.1.55555.2.1 NAME 'tokenPerson' SUP inetOrgPerson MAY token )";
    const MiniSlapd slapd(options);
    const auto admin = admin_of(slapd);
    const Deployment muster;
    auto rules = people_rules(muster.endpoint(admin),
                              "cn: text, sn: text, token: { type: text, multi: true }", kByCn,
                              "cn: cn, sn: sn, token: mail");
    rules.replace(rules.find("object_class: inetOrgPerson"), 27, "object_class: tokenPerson");
    muster.configure(rules);
    muster.write("data/people.csv", "id,cn,sn,mail,phone\n1,Ann,Lee,abc;ABC,\n");
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_EQ(muster.busy_run(), "");
    EXPECT_EQ(admin.value(dn("Ann"), "token"), "ABC|abc");
}

TEST(Slapd, TakesSynonymsAndOidsForOneAttribute) {
    const MiniSlapd slapd;
    const auto admin = admin_of(slapd);
    admin.modify(
        "dn: ou=people,dc=test,dc=example\nobjectClass: organizationalUnit\n\n"
        "dn: cn=Ann,ou=people,dc=test,dc=example\nobjectClass: inetOrgPerson\nsn: A\n"
        "employeeNumber: 1\n");
    const Deployment muster;
    for (const char* type : {"commonName", "2.5.4.3"}) {
        muster.configure(people_rules(
            muster.endpoint(admin),
            "commonName: text, surname: text, rfc822Mailbox: { type: text, multi: true }",
            fmt::format(R"("{}=" .. dn.escape(cn) .. ",ou=people,dc=test,dc=example")", type),
            "commonName: cn, surname: sn, rfc822Mailbox: mail"));
        muster.write("data/people.csv", fmt::format("id,cn,sn,mail,phone\n1,Ann,Lee,ann@x,\n"
                                                    "2,Bob,Ray,bob@x,\n{0},By {0},Ray,,\n",
                                                    type));
        const auto first = muster.run();
        EXPECT_EQ(first.code, 0) << first.text;
        EXPECT_EQ(muster.busy_run(), "") << type;
        EXPECT_EQ(admin.value(dn("Ann"), "sn"), "Lee");
        EXPECT_EQ(admin.value(dn("Bob"), "mail"), "bob@x");
        EXPECT_EQ(admin.value(dn("Bob"), "cn"), "Bob");
    }
}

TEST(Slapd, IsReadInSmallerPagesOrNone) {
    MiniSlapd::Options options;
    options.database = "limits * size=unlimited size.prtotal=disabled\naccess to * by * read";
    const MiniSlapd slapd(options);
    const auto admin = admin_of(slapd);
    admin.modify(
        "dn: ou=people,dc=test,dc=example\nobjectClass: organizationalUnit\n\n"
        "dn: cn=Ann,ou=people,dc=test,dc=example\nobjectClass: inetOrgPerson\nsn: A\n"
        "employeeNumber: 1\nuserPassword: secret\n");
    const Deployment muster;
    auto reader = admin;
    reader.bind_dn = dn("Ann");
    reader.password = "secret";
    muster.configure(people_rules(muster.endpoint(reader), "cn: text, sn: text", kByCn, "sn: sn"));
    muster.write("data/people.csv", "id,cn,sn,mail,phone\n1,Ann,A,,\n");
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_EQ(muster.busy_run(), "");
}

TEST(Slapd, WhatALimitHidesIsNotGone) {
    MiniSlapd::Options options;
    options.database =
        "limits dn.exact=\"cn=Reader,dc=test,dc=example\" size=2 size.prtotal=disabled\n"
        "access to * by * write";
    const MiniSlapd slapd(options);
    const auto admin = admin_of(slapd);
    admin.modify(
        "dn: cn=Reader,dc=test,dc=example\nobjectClass: inetOrgPerson\nsn: R\n"
        "userPassword: secret\n");
    const Deployment muster;
    const auto configure = [&](const LdapAdmin& as) {
        muster.configure(people_rules(muster.endpoint(as), "cn: text, sn: text", kByCn, "sn: sn"));
    };
    configure(admin);
    const std::string header = "id,cn,sn,mail,phone\n";
    muster.write("data/people.csv", header + "1,Ann,Lee,,\n2,Bob,Ray,,\n3,Cy,Fox,,\n4,Di,Joy,,\n");
    EXPECT_EQ(muster.run().code, 0);

    auto reader = admin;
    reader.bind_dn = "cn=Reader,dc=test,dc=example";
    reader.password = "secret";
    configure(reader);
    muster.write("data/people.csv", header + "1,Ann,Low,,\n5,Ed,May,,\n");
    for (int run = 0; run < 2; ++run) {
        const auto limited = muster.run();
        EXPECT_EQ(limited.code, 1) << limited.text;
        EXPECT_THAT(limited.text, HasSubstr("incomplete-read"));
        EXPECT_THAT(limited.text, HasSubstr("limit"));
        EXPECT_EQ(admin.find("ou=people,dc=test,dc=example", "(employeeNumber=*)").size(), 4u);
    }
    EXPECT_EQ(admin.value(dn("Ann"), "sn"), "Low") << "what is known to be there is changed";

    configure(admin);
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_EQ(admin.find("ou=people,dc=test,dc=example", "(employeeNumber=*)"),
              (std::vector<std::string>{dn("Ann"), dn("Ed")}));
}

TEST(Slapd, IsTrustedOnlyWhereItsAuthorityIsKnown) {
    MiniSlapd::Options options;
    options.tls = true;
    const MiniSlapd slapd(options);
    const auto admin = admin_of(slapd);
    const Deployment muster;
    muster.write("data/people.csv", "id,cn,sn,mail,phone\n1,Ann,Lee,,\n");
    auto server = admin;
    server.url = slapd.ldaps_url();
    for (const auto& unknown : {std::string(), slapd.other_ca_file()}) {
        server.ca_file = unknown;
        muster.configure(
            people_rules(muster.endpoint(server), "cn: text, sn: text", kByCn, "sn: sn"));
        const auto refused = muster.run();
        EXPECT_EQ(refused.code, 1) << refused.text;
        EXPECT_THAT(refused.text, HasSubstr("authority"));
        EXPECT_THAT(refused.text, HasSubstr("ca_file"));
        EXPECT_FALSE(admin.exists(dn("Ann")));
    }
    server.ca_file = slapd.ca_file();
    muster.configure(people_rules(muster.endpoint(server), "cn: text, sn: text", kByCn, "sn: sn"));
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_TRUE(admin.exists(dn("Ann")));
    EXPECT_EQ(muster.busy_run(), "");
}

}  // namespace
}  // namespace muster::testing
