// Muster on a real Active Directory domain, as Samba runs one.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>

#include "directories/deployment.h"
#include "support/mini_samba.h"

namespace muster::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFirm = R"(
store: muster.db
metaverse:
  person:
    attributes: {{ id: text, cn: text, login: text }}
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
        attributes: {{ id: text, cn: text, login: text }}
      group:
        settings: {{ file: groups.csv }}
        anchor: id
        attributes: {{ id: text, members: {{ type: reference, to: person, multi: true }} }}
  ad:
    connector: ldap
    settings:
      {}
    types:
      person:
        settings:
          object_class: user
          bases: ["OU=Firm,DC=ad,DC=example"]
          filter: (objectCategory=person)
          create_parents: true
        attributes: {{ cn: text, employeeID: text, sAMAccountName: text, userAccountControl: integer }}
        limits: {{ updates: none, deletes: none, removals: none }}
      group:
        settings:
          object_class: group
          bases: ["OU=Groups,DC=ad,DC=example"]
          create_parents: true
        attributes: {{ sAMAccountName: text, member: {{ type: reference, to: person, multi: true }} }}
        limits: {{ updates: none, deletes: none, removals: none }}
rules:
  hr-people:
    from: hr.person
    to: person
    join: [ {{ id: id }} ]
    project: true
    flows: {{ id: id, cn: cn, login: login }}
  ad-people:
    from: ad.person
    to: person
    join: [ {{ id: employeeID }} ]
  people:
    from: person
    to: ad.person
    provision: true
    deprovision: delete
    name: dn.join(dn.rdn("CN", cn), "OU=Firm,DC=ad,DC=example")
    flows: {{ employeeID: id, sAMAccountName: login, userAccountControl: {{ constant: 514 }} }}
  hr-groups:
    from: hr.group
    to: group
    join: [ {{ id: id }} ]
    project: true
    flows: {{ id: id, members: members }}
  ad-groups:
    from: ad.group
    to: group
    join: [ {{ id: sAMAccountName }} ]
  groups:
    from: group
    to: ad.group
    provision: true
    deprovision: delete
    name: dn.join(dn.rdn("CN", id), "OU=Groups,DC=ad,DC=example")
    flows: {{ sAMAccountName: id, member: members }}
)";

/// A domain costs seconds to start, so that the tests of this program share one, each with units of
/// its own.
class Samba : public ::testing::Test {
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
    }

    static std::unique_ptr<MiniSamba> domain_;
};

std::unique_ptr<MiniSamba> Samba::domain_;

TEST_F(Samba, HoldsPeopleAndGroups) {
    const auto admin = domain_->admin();
    const Deployment muster;
    muster.configure(fmt::format(kFirm, muster.endpoint(admin)));
    muster.write("data/people.csv", "id,cn,login\n1,Ann Lee,ann\n2,Bob Ray,bob\n");
    muster.write("data/groups.csv", "id,members\nvault,1;2\n");
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_EQ(muster.busy_run(), "");
    EXPECT_EQ(admin.value("CN=vault,OU=Groups,DC=ad,DC=example", "member"),
              "CN=Ann Lee,OU=Firm,DC=ad,DC=example|CN=Bob Ray,OU=Firm,DC=ad,DC=example");
    EXPECT_EQ(admin.value("CN=Ann Lee,OU=Firm,DC=ad,DC=example", "userAccountControl"), "514");

    muster.write("data/people.csv", "id,cn,login\n1,Ann Lee,anna\n");
    muster.write("data/groups.csv", "id,members\nvault,1\n");
    EXPECT_EQ(muster.run().code, 0);
    EXPECT_EQ(muster.busy_run(), "");
    EXPECT_EQ(admin.value("CN=Ann Lee,OU=Firm,DC=ad,DC=example", "sAMAccountName"), "anna");
    EXPECT_FALSE(admin.exists("CN=Bob Ray,OU=Firm,DC=ad,DC=example"));
}

TEST_F(Samba, IsDiscoveredWithoutItsOwnSchema) {
    const auto admin = domain_->admin();
    const Deployment muster;
    muster.configure(fmt::format(kFirm, muster.endpoint(admin)));
    const auto found = muster.muster({"discover", "ad"});
    EXPECT_EQ(found.code, 0) << found.text;
    EXPECT_THAT(found.text, HasSubstr("anchor_attribute: objectGUID"));
    EXPECT_THAT(found.text, HasSubstr("      user:"));
    EXPECT_THAT(found.text, HasSubstr("bases: \"OU=Domain Controllers,DC=ad,DC=example\""));
    EXPECT_THAT(found.text, Not(HasSubstr("attributeSchema")));
    EXPECT_LT(std::ranges::count(found.text, '\n'), 2'000);
    const Deployment as_found;
    as_found.configure("store: muster.db\n" + found.text);
    const auto checked = as_found.muster({"check"});
    EXPECT_EQ(checked.code, 0) << checked.text;
}

TEST(SambaWithStrongAuthentication, SaysThatTlsIsMissing) {
    if (!MiniSamba::possible()) {
        GTEST_SKIP() << "only root may serve LDAP at its own port";
    }
    const MiniSamba domain({.strong_auth = true});
    const Deployment muster;
    auto admin = domain.admin();
    admin.url = domain.url();
    muster.configure(fmt::format(kFirm, muster.endpoint(admin)));
    muster.write("data/people.csv", "id,cn,login\n");
    muster.write("data/groups.csv", "id,members\n");
    const auto plain = muster.run();
    EXPECT_EQ(plain.code, 1);
    EXPECT_THAT(plain.text, HasSubstr("start_tls: true"));
    muster.configure(fmt::format(kFirm, muster.endpoint(admin) + "\n      start_tls: true"));
    EXPECT_EQ(muster.run().code, 0);
}

}  // namespace
}  // namespace muster::testing
