#include "base/dn.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"

namespace muster {
namespace {

using testing::ElementsAre;

/// Values full of what must be escaped.
rc::Gen<std::string> any_value() {
    return rc::gen::container<std::string>(rc::gen::weightedOneOf<char>(
        {{3, rc::gen::elementOf(std::string("\\\"+,;<>#= \0\n\x7f", 13))},
         {3, rc::gen::inRange('a', 'z')},
         {1, rc::gen::arbitrary<char>()}}));
}

rc::Gen<Dn> any_dn() {
    const auto part = rc::gen::build<DnPart>(
        rc::gen::set(&DnPart::type, rc::gen::elementOf(std::vector<std::string>{
                                        "cn", "OU", "dc", "1.2.840.113", "x-a_b"})),
        rc::gen::set(&DnPart::value, any_value()));
    return rc::gen::scale(0.2,
                          rc::gen::container<Dn>(rc::gen::nonEmpty(rc::gen::container<Rdn>(part))));
}

TEST(Dn, EscapesEqualsSignsButComparesThemBare) {
    EXPECT_EQ(format_rdn("cn", "a=b"), "cn=a\\=b");
    EXPECT_EQ(normalize_dn("cn=a\\=b,dc=x"), normalize_dn("cn=a=b,dc=x"));
    EXPECT_EQ(normalize_dn("cn=a\\3Db,dc=x"), "cn=a=b,dc=x");
}

TEST(Dn, TellsASpellingOfTheFirstComponentFromAnother) {
    EXPECT_TRUE(respells_first_component("cn=Ann,dc=x", "CN=ann,dc=x"));
    EXPECT_FALSE(respells_first_component("cn=Ann,dc=x", "CN=Ann,DC=X"));
    EXPECT_FALSE(respells_first_component("cn=a\\=b,dc=x", "cn=a=b,dc=x"));
    EXPECT_FALSE(respells_first_component("cn=a+uid=b,dc=x", "uid=b+cn=a,dc=x"));
}

TEST(ParseDn, ReadsTheExamplesOfRfc4514) {
    EXPECT_THAT(parse_dn("UID=jsmith,DC=example,DC=net"),
                testing::Optional(ElementsAre(ElementsAre(DnPart{"UID", "jsmith"}),
                                              ElementsAre(DnPart{"DC", "example"}),
                                              ElementsAre(DnPart{"DC", "net"}))));
    EXPECT_EQ((*parse_dn("OU=Sales+CN=J.  Smith,DC=net"))[0],
              (Rdn{{"OU", "Sales"}, {"CN", "J.  Smith"}}));
    EXPECT_EQ((*parse_dn("CN=James \\\"Jim\\\" Smith\\, III,DC=net"))[0][0].value,
              "James \"Jim\" Smith, III");
    EXPECT_EQ((*parse_dn("CN=Before\\0dAfter,DC=net"))[0][0].value, "Before\rAfter");
    EXPECT_EQ((*parse_dn("1.3.6.1.4.1.1466.0=#04024869"))[0][0].value, "Hi");
    EXPECT_EQ((*parse_dn("CN=Lu\\C4\\8Di\\C4\\87"))[0][0].value, "Lučić");
}

TEST(ParseDn, AllowsBlanksAroundSeparators) {
    EXPECT_EQ(parse_dn(" cn = a b , dc = x + ou = \\ y\\  "),
              (Dn{{{"cn", "a b"}}, {{"dc", "x"}, {"ou", " y "}}}));
    EXPECT_EQ(parse_dn("  "), Dn{});
    EXPECT_EQ(parse_dn("cn="), (Dn{{{"cn", ""}}}));
}

TEST(ParseDn, RefusesEverythingElse) {
    for (const auto* text : {"cn", "=a", "cn=a,", ",cn=a", "cn=a,,dc=b", "cn=a;dc=b", "cn=a\"b",
                             "cn=a<b", "cn=a\\", "cn=a\\x", "cn=a\\4", "c n=a", "cn=#04", "cn=#zz",
                             "cn=#020105", "cn=#0405ab", "cn=a+", "*=a", "cn=#04024869 x"}) {
        EXPECT_EQ(parse_dn(text), std::nullopt) << text;
    }
}

TEST(FormatDn, EscapesWhatMustBe) {
    EXPECT_EQ(format_rdn("cn", " #a,b+c\"d\\e;f<g>h "),
              "cn=\\ #a\\,b\\+c\\\"d\\\\e\\;f\\<g\\>h\\ ");
    EXPECT_EQ(format_rdn("cn", "#a"), "cn=\\#a");
    EXPECT_EQ(format_rdn("cn", std::string("a\0\nb", 4)), "cn=a\\00\\0ab");
    EXPECT_EQ(format_rdn("cn", "é=x"), "cn=é\\=x");
    EXPECT_EQ(format_rdn("cn", "\xFF"), "cn=\\ff");
    EXPECT_EQ(format_rdn("cn", " "), "cn=\\ ");
}

RC_GTEST_PROP(DnProperty, FormatThenParseIsIdentity, ()) {
    const auto dn = *any_dn();
    RC_ASSERT(parse_dn(format_dn(dn)) == dn);
}

TEST(NormalizeDn, MakesOneSpelling) {
    const std::string canonical = "cn=ann lee,ou=x\\,y,dc=net";
    for (const auto* text :
         {"cn=ann lee,ou=x\\,y,dc=net", "CN = Ann  LEE , OU=x\\2Cy, DC=NET",
          "cn=\\61nn lee,ou=X\\,Y,dc=net", "cn=#0C07416e6e204c4545,ou=x\\,y,dc=net"}) {
        EXPECT_EQ(normalize_dn(text), canonical) << text;
    }
    EXPECT_EQ(normalize_dn("Uid=B+cn=A,dc=X"), "cn=a+uid=b,dc=x");
    EXPECT_EQ(normalize_dn("cn=É,dc=x"), normalize_dn("CN=e\u0301,DC=X"));
    EXPECT_EQ(normalize_dn(" UID=a=B , dc = c d "), "uid=a=b,dc=c d");
}

TEST(NormalizeDn, TakesSynonymsAndOidsForOneType) {
    for (const auto* text : {"commonName=Ann,organizationalUnitName=people,domainComponent=x",
                             "2.5.4.3=Ann,2.5.4.11=people,0.9.2342.19200300.100.1.25=x",
                             "CommonName=\\41nn,OU=people,DC=x"}) {
        EXPECT_EQ(normalize_dn(text), "cn=ann,ou=people,dc=x") << text;
    }
    EXPECT_EQ(normalize_dn("userid=a+surname=b"), normalize_dn("SN=b+UID=a"));
    EXPECT_EQ(normalize_dn("rfc822Mailbox=a"), normalize_dn("mail=a"));
    EXPECT_NE(normalize_dn("surnames=b"), normalize_dn("sn=b"));
    EXPECT_TRUE(dn_is_within("uid=a,organizationName=x", "o=X"));
}

TEST(NormalizeType, GivesOneName) {
    EXPECT_EQ(normalize_type("commonName"), "cn");
    EXPECT_EQ(normalize_type("2.5.4.3"), "cn");
    EXPECT_EQ(normalize_type("employeeNumber"), "employeenumber");
    EXPECT_EQ(normalize_type("1.2.3"), "1.2.3");
}

TEST(NormalizeDn, TellsApartWhatDirectoriesTellApart) {
    EXPECT_NE(normalize_dn("cn=Straße,dc=x"), normalize_dn("cn=Strasse,dc=x"));
    EXPECT_EQ(normalize_dn("cn=Straße,dc=x"), normalize_dn("CN=STRAßE,DC=X"));
    EXPECT_NE(normalize_dn("cn=ς"), normalize_dn("cn=σ"));
    EXPECT_EQ(normalize_dn("cn=ÄÖÜ"), normalize_dn("cn=äöü"));
    EXPECT_EQ(fold_dn("cn=Straße,dc=x"), fold_dn("cn=Strasse,dc=x"));
    for (const auto* name : {"cn=Straße+sn=ΣΑΣ,dc=İ", "cn=\\C3\\9F \\,x", "Not a  ẞ"}) {
        EXPECT_EQ(fold_dn(normalize_dn(name)), fold_dn(name)) << name;
    }
}

TEST(NormalizeDn, FoldsWhatIsNoDn) {
    EXPECT_EQ(normalize_dn("Not a  DN"), "not a dn");
    EXPECT_EQ(normalize_dn("cn=a,"), "cn=a,");
    EXPECT_EQ(normalize_dn(""), "");
}

RC_GTEST_PROP(DnProperty, NormalFormIsIdempotent, ()) {
    const auto once = normalize_dn(format_dn(*any_dn()));
    RC_ASSERT(normalize_dn(once) == once);
}

RC_GTEST_PROP(DnProperty, FastAndSlowPathAgree, ()) {
    // The first letter escaped sends the same DN down the slow path.
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("aB ,= .-cN1")));
    const std::string plain = "cn=a" + text;
    const std::string escaped = "cn=\\61" + text;
    RC_PRE(parse_dn(plain).has_value());
    RC_ASSERT(normalize_dn(plain) == normalize_dn(escaped));
}

RC_GTEST_PROP(DnProperty, PlainTextsThatAreNoDnAreFolded, ()) {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("aB ,= .-cN1")));
    RC_PRE(!parse_dn(text).has_value());
    RC_ASSERT(normalize_dn(text) == fold(text));
}

TEST(ParentDn, IsAllButTheFirstComponent) {
    EXPECT_EQ(parent_dn("cn=a\\,b+uid=c, OU=X,dc=y"), "OU=X,dc=y");
    EXPECT_EQ(parent_dn("dc=y"), "");
    EXPECT_EQ(parent_dn("no dn, at all"), "");
    EXPECT_EQ(parent_dn("cn=a,dc=b,"), "");
    EXPECT_EQ(parent_dn(""), "");
}

RC_GTEST_PROP(DnProperty, ParentDropsOneComponent, ()) {
    auto dn = *rc::gen::nonEmpty(any_dn());
    const auto text = format_dn(dn);
    dn.erase(dn.begin());
    RC_ASSERT(parent_dn(text) == format_dn(dn));
    RC_ASSERT(dn_is_within(text, parent_dn(text)));
}

TEST(DnIsWithin, ComparesComponentByComponent) {
    EXPECT_TRUE(dn_is_within("cn=a,DC=x", "dc=X"));
    EXPECT_TRUE(dn_is_within("dc=x", "dc=x"));
    EXPECT_TRUE(dn_is_within("dc=x", ""));
    EXPECT_TRUE(dn_is_within("cn=b\\\\,dc=x", "dc=x"));
    EXPECT_FALSE(dn_is_within("cn=a\\,dc=x", "dc=x"));
    EXPECT_FALSE(dn_is_within("cn=adc=x", "dc=x"));
    EXPECT_FALSE(dn_is_within("dc=x", "cn=a,dc=x"));
    EXPECT_FALSE(dn_is_within("cn=a,nothing", "nothing"));
}

}  // namespace
}  // namespace muster
