#include <gmock/gmock.h>

#include <fmt/core.h>

#include "connect/ldap/ldap_testing.h"
#include "model/value.h"

namespace muster::testing {
namespace {

/// Attributes of one object class whose syntaxes are those of the types, and values that are
/// canonical.
struct Sample {
    std::string attribute;
    std::string syntax;
    std::vector<std::string> values;
};

Sample sample(Type type) {
    switch (type) {
        case Type::text:
            return {"sampleText",
                    "1.3.6.1.4.1.1466.115.121.1.15",
                    {"plain", "日本語 é", "a, \"b\" \\ #;<>", "line\nbreak", "x\ty"}};
        case Type::integer:
            return {"sampleInteger",
                    "1.3.6.1.4.1.1466.115.121.1.27",
                    {"0", "-1", "9223372036854775807", "-9223372036854775808"}};
        case Type::decimal:
            return {"sampleDecimal",
                    "1.3.6.1.4.1.1466.115.121.1.15",
                    {"0.1", "-12345678901234567890.0987654321"}};
        case Type::boolean:
            return {"sampleBoolean", "1.3.6.1.4.1.1466.115.121.1.7", {"true", "false"}};
        case Type::datetime:
            return {
                "sampleTime",
                "1.3.6.1.4.1.1466.115.121.1.24",
                {"2026-03-01T09:30:00Z", "1969-12-31T23:59:59.5Z", "2026-03-01T09:30:00.000001Z"}};
        case Type::guid:
            return {
                "sampleGuid",
                "1.3.6.1.1.16.1",
                {"00112233-4455-6677-8899-aabbccddeeff", "b4380fa8-7a68-1041-938f-e5201352b796"}};
        case Type::binary:
            return {"sampleBinary", "1.3.6.1.4.1.1466.115.121.1.40", {"AP8=", "AA==", "aGVsbG8="}};
        case Type::reference:
            return {"sampleReference",
                    "1.3.6.1.4.1.1466.115.121.1.12",
                    {"uid=a,dc=test,dc=example", "cn=x\\2Cy,dc=test,dc=example"}};
    }
    return {};
}

std::string equality(Type type) {
    switch (type) {
        case Type::text:
        case Type::decimal:
            return "caseExactMatch";
        case Type::integer:
            return "integerMatch";
        case Type::boolean:
            return "booleanMatch";
        case Type::datetime:
            return "generalizedTimeMatch";
        case Type::guid:
            return "UUIDMatch";
        case Type::binary:
            return "octetStringMatch";
        case Type::reference:
            return "distinguishedNameMatch";
    }
    return {};
}

std::string sample_schema() {
    std::string schema;
    std::string may;
    int number = 0;
    for (const auto type : kAllTypes) {
        const auto s = sample(type);
        schema += fmt::format(
            "attributetype ( 1.3.6.1.4.1.32473.1.{} NAME '{}' EQUALITY {} "
            "SYNTAX {} )\n",
            ++number, s.attribute, equality(type), s.syntax);
        may += (may.empty() ? "" : " $ ") + s.attribute;
    }
    return schema +
           "objectclass ( 1.3.6.1.4.1.32473.2.1 NAME 'sample' SUP top STRUCTURAL MUST "
           "cn MAY ( " +
           may + " ) )";
}

TEST(LdapTypes, EveryTypeComesBackAsItWasWritten) {
    MiniSlapd slapd({.global = sample_schema()});
    SystemBuilder builder("/", "ldap",
                          R"({"url": ")" + slapd.url() + R"(", "bind_dn": ")" + slapd.bind_dn() +
                              R"(", "password": ")" + slapd.password() + "\"}");
    std::vector<Schema::NewAttribute> attributes;
    for (const auto type : kAllTypes) {
        attributes.push_back({sample(type).attribute, type, true});
    }
    const auto type = builder.type(
        "sample", R"({"object_class": "sample", "bases": ["dc=test,dc=example"]})", attributes, {});
    Operation create{1, Operation::Kind::create, type, {}, {}, "cn=s,dc=test,dc=example", {}, {}};
    for (const auto t : kAllTypes) {
        const auto s = sample(t);
        create.changes.push_back(
            {builder.id(type, s.attribute), {}, s.values, false, false, false});
    }
    const auto connector = make_ldap_connector(builder.finish(), builder.system());
    const auto outcome = DirectoryUnderTest::write_to(*connector, {create})[0];
    ASSERT_EQ(outcome.result, Outcome::Result::done) << outcome.message;

    Collector seen(builder.schema());
    connector->read({{type}, {}, {}, {}}, seen);
    ASSERT_EQ(seen.entries.size(), 1u);
    for (const auto t : kAllTypes) {
        const auto s = sample(t);
        std::vector<std::string> back;
        for (const auto& value : seen.entries[0].values[s.attribute]) {
            std::string buffer;
            back.emplace_back(canonical(t, value, buffer).value_or("none"));
        }
        EXPECT_THAT(back, ::testing::UnorderedElementsAreArray(s.values)) << s.attribute;
    }

    // And each value can be taken away again by its own spelling.
    Operation modify{2, Operation::Kind::modify, type, {}, "cn=s,dc=test,dc=example", {}, {}, {}};
    for (const auto t : kAllTypes) {
        const auto s = sample(t);
        modify.changes.push_back(
            {builder.id(type, s.attribute), s.values, {}, false, false, false});
    }
    const auto taken = DirectoryUnderTest::write_to(*connector, {modify})[0];
    EXPECT_EQ(taken.result, Outcome::Result::done) << taken.message;
    EXPECT_THAT(slapd.dump(), ::testing::Not(::testing::HasSubstr("sampleB")));
}

}  // namespace
}  // namespace muster::testing
