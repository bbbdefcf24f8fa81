#include "connect/ldap/ldap_values.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace muster {
namespace {

std::string neutral(Type type, std::string_view bytes) {
    std::string buffer;
    const auto text = from_ldap(type, bytes, buffer);
    std::string canonical_buffer;
    const auto known = text ? canonical(type, *text, canonical_buffer) : std::nullopt;
    return known ? std::string(*known) : "none";
}

TEST(LdapValues, ReadsWhatDirectoriesHold) {
    EXPECT_EQ(neutral(Type::boolean, "TRUE"), "true");
    EXPECT_EQ(neutral(Type::integer, "-007"), "-7");
    EXPECT_EQ(neutral(Type::datetime, "20260301093000Z"), "2026-03-01T09:30:00Z");
    EXPECT_EQ(neutral(Type::datetime, "20260301093000.5+0100"), "2026-03-01T08:30:00.5Z");
    EXPECT_EQ(neutral(Type::datetime, "2026-03-01"), "2026-03-01T00:00:00Z");
    EXPECT_EQ(neutral(Type::binary, std::string_view("\0\xff", 2)), "AP8=");
    EXPECT_EQ(neutral(Type::text, "\xff"), "none");
    EXPECT_EQ(neutral(Type::guid, "{B4380FA8-7A68-1041-938F-E5201352B796}"),
              "b4380fa8-7a68-1041-938f-e5201352b796");
}

TEST(LdapValues, KnowsTheByteOrderOfObjectGuid) {
    // MS-DTYP 2.3.4.2: the first three groups are little-endian.
    const std::string with_zero("\x33\x22\x11\0\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
                                16);
    EXPECT_EQ(neutral(Type::guid, with_zero), "00112233-4455-6677-8899-aabbccddeeff");
    EXPECT_EQ(to_ldap(Type::guid, "objectguid", "00112233-4455-6677-8899-aabbccddeeff"), with_zero);
    EXPECT_EQ(to_ldap(Type::guid, "entryUUID", "00112233-4455-6677-8899-aabbccddeeff"),
              "00112233-4455-6677-8899-aabbccddeeff");
}

RC_GTEST_PROP(LdapValues, GuidBytesComeBack, ()) {
    const auto bytes = *rc::gen::container<std::string>(16, rc::gen::arbitrary<char>());
    RC_ASSERT(guid_to_bytes(guid_from_bytes(bytes)) == bytes);
}

TEST(LdapValues, EscapesFilterValues) {
    EXPECT_EQ(escape_filter_value("a*(b)\\\xc3\xa9"), "a\\2a\\28b\\29\\5c\\c3\\a9");
    EXPECT_EQ(escape_filter_value(std::string_view("\0", 1)), "\\00");
}

TEST(LdapValues, ReadsRanges) {
    EXPECT_FALSE(parse_range("member"));
    EXPECT_FALSE(parse_range("cn;lang-en"));
    const auto part = parse_range("member;Range=0-1499");
    ASSERT_TRUE(part);
    EXPECT_EQ(part->attribute, "member");
    EXPECT_EQ(part->next, 1500u);
    EXPECT_EQ(parse_range("member;range=1500-*")->next, std::nullopt);
    EXPECT_EQ(parse_range("member;range=x")->next, std::nullopt);
}

}  // namespace
}  // namespace muster
