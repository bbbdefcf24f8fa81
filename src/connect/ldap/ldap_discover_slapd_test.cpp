#include <gmock/gmock.h>

#include "connect/ldap/ldap_testing.h"

namespace muster::testing {
namespace {

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
    EXPECT_EQ(find(types[1], "manager")->type, Type::reference);
    EXPECT_EQ(find(types[1], "jpegPhoto")->type, Type::binary);
    EXPECT_FALSE(find(types[1], "displayName")->multi);
    EXPECT_EQ(find(types[1], "objectClass"), nullptr);
}

}  // namespace
}  // namespace muster::testing
