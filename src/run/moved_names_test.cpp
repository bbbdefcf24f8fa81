#include "run/moved_names.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(MovedNames, WhatLiesBelowComesAlong) {
    MovedNames moved;
    moved.note("ou=Sales,dc=x", "ou=Marketing,dc=x");
    EXPECT_EQ(moved.follow("cn=Ann, OU=sales,DC=x"), "cn=Ann, ou=Marketing,dc=x");
    EXPECT_EQ(moved.follow("cn=Ann,ou=north,ou=sales,dc=x"), "cn=Ann,ou=north,ou=Marketing,dc=x");
    EXPECT_EQ(moved.follow("ou=Sales,dc=x"), "ou=Sales,dc=x") << "its own name is told otherwise";
    EXPECT_EQ(moved.follow("cn=Ann,ou=Research,dc=x"), "cn=Ann,ou=Research,dc=x");

    moved.note("ou=north,ou=Marketing,dc=x", "ou=south,ou=Marketing,dc=x");
    EXPECT_EQ(moved.follow("cn=Ann,ou=north,ou=sales,dc=x"), "cn=Ann,ou=south,ou=Marketing,dc=x");
}

TEST(MovedNames, RenamesTakeEffectInTheirOrder) {
    MovedNames moved;
    moved.note("ou=b,dc=x", "ou=c,dc=x");
    moved.note("ou=a,dc=x", "ou=b,dc=x");
    EXPECT_EQ(moved.follow("cn=1,ou=a,dc=x"), "cn=1,ou=b,dc=x");
    EXPECT_EQ(moved.follow("cn=2,ou=b,dc=x"), "cn=2,ou=c,dc=x");
}

}  // namespace
}  // namespace muster
