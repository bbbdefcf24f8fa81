#include "base/suggest.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(Suggest, NamesTheNearest) {
    EXPECT_EQ(suggest("surnmae", {"givenName", "surname"}), "did you mean 'surname'?");
    EXPECT_EQ(suggest("Surname", {"givenName", "surname"}), "did you mean 'surname'?");
}

TEST(Suggest, ListsAFewWhereNoneIsNear) {
    EXPECT_EQ(suggest("xyz", {"csv", "ldap"}).find("did you mean"), std::string::npos);
    EXPECT_NE(suggest("xylophone", {"csv", "ldap"}).find("csv, ldap"), std::string::npos);
    EXPECT_EQ(suggest("xylophone", {}), "");
}

}  // namespace
}  // namespace muster
