#include "connect/ldap/ldap_filter.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(LdapFilter, FindsWhatADirectoryWouldFind) {
    const FilterValues values{{"objectclass", {"inetOrgPerson"}},
                              {"uid", {"Ann"}},
                              {"mail", {"ann@x", "a.lee@y"}},
                              {"employeetype", {}}};
    const auto yes = std::optional(true);
    const auto no = std::optional(false);
    const std::optional<bool> open;
    EXPECT_EQ(filter_finds("(uid=ann)", values), yes);
    EXPECT_EQ(filter_finds("(uid=bob)", values), no);
    EXPECT_EQ(filter_finds("(!(uid=bob))", values), yes);
    EXPECT_EQ(filter_finds("(mail=*@y)", values), yes);
    EXPECT_EQ(filter_finds("(mail=a*l*y)", values), yes);
    EXPECT_EQ(filter_finds("(mail=y*)", values), no);
    EXPECT_EQ(filter_finds("(uid=\\61nn)", values), yes);
    EXPECT_EQ(filter_finds("(employeeType=staff)", values), no);
    EXPECT_EQ(filter_finds("(employeeType=*)", values), no);
    EXPECT_EQ(filter_finds("(!(employeeType=external))", values), yes);
    EXPECT_EQ(filter_finds("(&(objectClass=inetOrgPerson)(|(uid=x)(mail=*)))", values), yes);
    EXPECT_EQ(filter_finds("(objectClass=person)", values), open);
    EXPECT_EQ(filter_finds("(title=x)", values), open);
    EXPECT_EQ(filter_finds("(&(title=x)(uid=bob))", values), no);
    EXPECT_EQ(filter_finds("(|(title=x)(uid=ann))", values), yes);
    EXPECT_EQ(filter_finds("(uid>=a)", values), open);
    EXPECT_EQ(filter_finds("(uid:caseExactMatch:=ann)", values), open);
    EXPECT_EQ(filter_finds("(uid=ann", values), open);
    EXPECT_EQ(filter_finds("uid=ann", values), open);
}

}  // namespace
}  // namespace muster
