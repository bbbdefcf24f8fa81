#include "model/value.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "base/limits.h"

namespace muster {
namespace {

std::optional<std::string> canonical_of(Type type, std::string_view text) {
    std::string buffer;
    const auto value = canonical(type, text, buffer);
    return value ? std::optional<std::string>(*value) : std::nullopt;
}

struct Spelling {
    Type type;
    std::string_view text;
    std::string_view canonical;
};

TEST(Canonical, MakesOneSpelling) {
    constexpr Spelling kSpellings[] = {
        {Type::text, " as it is ", " as it is "},
        {Type::text, "", ""},
        {Type::integer, " 007", "7"},
        {Type::integer, "-0", "0"},
        {Type::integer, "+5", "5"},
        {Type::integer, "-9223372036854775808", "-9223372036854775808"},
        {Type::decimal, "1.50", "1.5"},
        {Type::decimal, "+.5", "0.5"},
        {Type::decimal, "-0.00", "0"},
        {Type::decimal, "00012.", "12"},
        {Type::decimal, "1.25e2", "125"},
        {Type::decimal, "12E-4", "0.0012"},
        {Type::decimal, "100", "100"},
        {Type::decimal, "1e59", "100000000000000000000000000000000000000000000000000000000000"},
        {Type::boolean, "TRUE", "true"},
        {Type::boolean, "0", "false"},
        {Type::boolean, "No", "false"},
        {Type::datetime, "2026-03-01", "2026-03-01T00:00:00Z"},
        {Type::datetime, "2026-03-01T10:30:00.50+01:00", "2026-03-01T09:30:00.5Z"},
        {Type::datetime, "20260301093000Z", "2026-03-01T09:30:00Z"},
        {Type::guid, "{0F8FAD5B-D9CB-469F-A165-70867728950E}",
         "0f8fad5b-d9cb-469f-a165-70867728950e"},
        {Type::guid, "0F8FAD5BD9CB469FA16570867728950E", "0f8fad5b-d9cb-469f-a165-70867728950e"},
        {Type::guid, "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e",
         "0f8fad5b-d9cb-469f-a165-70867728950e"},
        {Type::binary, "Zm9v\n YmFy", "Zm9vYmFy"},
        {Type::binary, "", ""},
        {Type::reference, "uid=a,dc=b", "uid=a,dc=b"},
    };
    for (const auto& s : kSpellings) {
        EXPECT_EQ(canonical_of(s.type, s.text), s.canonical) << type_name(s.type) << " " << s.text;
    }
}

TEST(Canonical, RefusesWhatIsNoValue) {
    constexpr std::pair<Type, std::string_view> kOthers[] = {
        {Type::text, "\xFF"},
        {Type::integer, ""},
        {Type::integer, "9223372036854775808"},
        {Type::integer, "1.0"},
        {Type::integer, "+-1"},
        {Type::integer, "1 2"},
        {Type::integer, "0x10"},
        {Type::decimal, "."},
        {Type::decimal, "-"},
        {Type::decimal, "1.2.3"},
        {Type::decimal, "1e+-5"},
        {Type::decimal, "1e"},
        {Type::decimal, "1e60"},
        {Type::decimal, "1e-60"},
        {Type::decimal, "1e999999999999"},
        {Type::decimal, "nan"},
        {Type::boolean, "2"},
        {Type::boolean, ""},
        {Type::datetime, "2026-02-30"},
        {Type::datetime, "20260301"},
        {Type::guid, "0f8fad5b-d9cb-469f-a165-70867728950"},
        {Type::guid, "0f8fad5bd9cb-469f-a165-70867728950e"},
        {Type::guid, "0f8fad5b-d9cb-469f-a165-70867728950g"},
        {Type::binary, "Zg"},
        {Type::binary, "Zh=="},
        {Type::reference, ""},
        {Type::reference, "\xC0\x80"},
    };
    for (const auto& [type, text] : kOthers) {
        EXPECT_EQ(canonical_of(type, text), std::nullopt) << type_name(type) << " " << text;
    }
}

TEST(Canonical, KeepsTheLimits) {
    EXPECT_FALSE(canonical_of(Type::text, std::string(limits::kValueBytes + 1, 'x')));
    EXPECT_FALSE(canonical_of(Type::reference, std::string(limits::kNameBytes + 1, 'x')));
    EXPECT_TRUE(canonical_of(Type::decimal, std::string(limits::kDecimalDigits, '1')));
    EXPECT_FALSE(canonical_of(Type::decimal, std::string(limits::kDecimalDigits + 1, '1')));
    EXPECT_FALSE(canonical_of(Type::decimal, "." + std::string(limits::kDecimalDigits, '1')));
}

TEST(Canonical, GivesTheTextItselfWhereNothingHadToBeDone) {
    constexpr std::pair<Type, std::string_view> kCanonical[] = {
        {Type::text, "x"},
        {Type::integer, "-12"},
        {Type::decimal, "0.5"},
        {Type::boolean, "true"},
        {Type::datetime, "2026-03-01T09:30:00Z"},
        {Type::guid, "0f8fad5b-d9cb-469f-a165-70867728950e"},
        {Type::binary, "Zg=="},
        {Type::reference, "x"},
    };
    EXPECT_EQ(std::size(kCanonical), std::size(kAllTypes));
    for (const auto& [type, text] : kCanonical) {
        std::string buffer;
        const auto value = canonical(type, text, buffer);
        ASSERT_TRUE(value) << type_name(type);
        EXPECT_EQ(value->data(), text.data()) << type_name(type);
    }
}

TEST(TypeNames, LeadBackToTheirTypes) {
    for (const auto type : kAllTypes) {
        EXPECT_EQ(type_from_name(type_name(type)), type);
        EXPECT_FALSE(type_expectation(type).empty());
    }
    EXPECT_EQ(type_from_name("string"), std::nullopt);
}

RC_GTEST_PROP(CanonicalProperty, IsIdempotent, ()) {
    const auto type =
        *rc::gen::elementOf(std::vector<Type>(std::begin(kAllTypes), std::end(kAllTypes)));
    const auto text = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("0123456789+-.eE truefals:TZ{}ab=")));
    const auto once = canonical_of(type, text);
    RC_PRE(once.has_value());
    RC_ASSERT(canonical_of(type, *once) == once);
}

RC_GTEST_PROP(CanonicalProperty, DecimalsKeepTheirValue,
              (std::int32_t whole, std::uint16_t places)) {
    // The same number with the point moved and moved back by the exponent.
    const auto plain = canonical_of(Type::decimal, std::to_string(whole));
    const std::string zeros(places % 40, '0');
    const auto moved = canonical_of(
        Type::decimal, std::to_string(whole) + zeros + "e-" + std::to_string(zeros.size()));
    RC_ASSERT(moved == plain);
}

}  // namespace
}  // namespace muster
