#include <gmock/gmock.h>

#include "connect/ldap/ldap_testing.h"

namespace muster::testing {
namespace {

using ::testing::Pair;

const DiscoveredAttribute* find(const DiscoveredType& type, std::string_view name) {
    for (const auto& attribute : type.attributes) {
        if (attribute.name == name) {
            return &attribute;
        }
    }
    return nullptr;
}

TEST(LdapDiscover, SuggestsTheTypesInUseFromTheSchema) {
    DirectoryUnderTest directory;
    directory.slapd.add(people_ldif(5));
    const auto types = directory.connector()->discover();
    ASSERT_EQ(types.size(), 3u);
    EXPECT_EQ(types[0].name, "domain");
    EXPECT_EQ(types[1].name, "inetOrgPerson");
    EXPECT_EQ(types[1].objects, 5u);
    EXPECT_EQ(types[2].name, "organizationalUnit");

    const auto* surname = find(types[1], "sn");
    ASSERT_NE(surname, nullptr) << "inherited from person";
    EXPECT_EQ(surname->type, Type::text);
    EXPECT_TRUE(surname->multi);
    EXPECT_EQ(find(types[1], "objectClass"), nullptr);
    EXPECT_EQ(find(types[1], "displayName"), nullptr) << "in no entry";
    EXPECT_THAT(types[1].settings,
                ::testing::ElementsAre(Pair("object_class", "inetOrgPerson"),
                                       Pair("bases", "ou=people,dc=test,dc=example"),
                                       Pair("anchor_attribute", "entryUUID")));
    EXPECT_THAT(types[0].settings[1], Pair("bases", "dc=test,dc=example"));
}

TEST(LdapDiscover, TellsWhereReferencesLead) {
    DirectoryUnderTest directory;
    directory.slapd.add(people_ldif(2));
    directory.slapd.add(
        "dn: cn=boss,ou=people,dc=test,dc=example\nobjectClass: inetOrgPerson\nsn: Boss\n"
        "manager: uid=u0,ou=people,dc=test,dc=example\njpegPhoto:: /9j/2Q==\ndisplayName: Boss\n"
        "secretary: dc=test,dc=example\nsecretary: uid=u1,ou=people,dc=test,dc=example\n"
        "seeAlso: cn=nobody\n");
    const auto types = directory.connector()->discover();
    ASSERT_EQ(types.size(), 3u);
    EXPECT_EQ(find(types[1], "manager")->type, Type::reference);
    EXPECT_EQ(find(types[1], "manager")->target, "inetOrgPerson");
    EXPECT_EQ(find(types[1], "secretary")->type, Type::text) << "it leads to several types";
    EXPECT_EQ(find(types[1], "seeAlso")->type, Type::text) << "it leads nowhere";
    EXPECT_EQ(find(types[1], "jpegPhoto")->type, Type::binary);
    EXPECT_FALSE(find(types[1], "displayName")->multi);
}

}  // namespace
}  // namespace muster::testing
