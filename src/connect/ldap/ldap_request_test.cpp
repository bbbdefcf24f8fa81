#include "connect/ldap/ldap_request.h"

#include <gmock/gmock.h>

#include "base/limits.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr AttributeId kName{1};
constexpr AttributeId kMembers{2};
constexpr const char* kDn = "cn=g,dc=example";
constexpr const char* kNobody = "cn=nobody";

LdapType group() {
    LdapType type;
    type.object_classes = {"groupOfNames"};
    type.attributes = {{kName, "cn", Type::text, false, {}, {}},
                       {kMembers, "member", Type::reference, true, kNobody, kNobody}};
    return type;
}

Operation modify(std::vector<ValueChange> changes) {
    return {1, Operation::Kind::modify, TypeId{1}, {}, kDn, {}, {}, std::move(changes)};
}

std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        out.push_back("cn=" + std::to_string(i));
    }
    return out;
}

/// "+member: a b" of every change.
std::vector<std::string> words(const LdapRequest& request) {
    std::vector<std::string> out;
    for (const auto& mod : request.mods) {
        std::string text = mod.operation == LDAP_MOD_ADD      ? "+"
                           : mod.operation == LDAP_MOD_DELETE ? "-"
                                                              : "=";
        text += mod.attribute + ":";
        for (const auto& value : mod.values) {
            text += " " + value;
        }
        out.push_back(text);
    }
    return out;
}

TEST(LdapRequest, SwapsThePlaceholderInTheSameModify) {
    const auto first =
        plan_requests(group(), modify({{kMembers, {}, {"cn=a"}, false, true, false}}));
    ASSERT_THAT(first.requests, SizeIs(1));
    EXPECT_THAT(words(first.requests[0]), ElementsAre("-member: cn=nobody", "+member: cn=a"));
    const auto last =
        plan_requests(group(), modify({{kMembers, {"cn=a"}, {}, false, false, true}}));
    ASSERT_THAT(last.requests, SizeIs(1));
    EXPECT_THAT(words(last.requests[0]), ElementsAre("-member: cn=a", "+member: cn=nobody"));
}

TEST(LdapRequest, ReplacesWhatIsSingle) {
    const auto plan =
        plan_requests(group(), modify({{kName, {"old"}, {"new"}, false, false, false},
                                       {kMembers, {"cn=a"}, {"cn=b"}, false, false, false}}));
    ASSERT_THAT(plan.requests, SizeIs(1));
    EXPECT_THAT(words(plan.requests[0]), ElementsAre("=cn: new", "-member: cn=a", "+member: cn=b"));
}

TEST(LdapRequest, KeepsLargeSetsWithinBounds) {
    const auto many = numbered(limits::kLinksPerOperation * 2 + 1);
    const auto plan = plan_requests(group(), modify({{kMembers, {}, many, false, true, false}}));
    ASSERT_THAT(plan.requests, SizeIs(3));
    EXPECT_THAT(plan.requests[0].mods, SizeIs(2)) << "leaves the placeholder with the first part";
    std::vector<std::string> sent;
    for (const auto& request : plan.requests) {
        const auto& values = request.mods.back().values;
        EXPECT_LE(values.size(), limits::kLinksPerOperation);
        sent.insert(sent.end(), values.begin(), values.end());
    }
    EXPECT_EQ(sent, many);

    const std::string large(limits::kOperationBytes / 2, 'x');
    const auto bytes = plan_requests(
        group(),
        modify({{kMembers, {}, {large + "1", large + "2", large + "3"}, false, false, false}}));
    EXPECT_THAT(bytes.requests, SizeIs(3));
}

TEST(LdapRequest, NeverEmptiesALargeSetInBetween) {
    const auto plan = plan_requests(
        group(),
        modify({{kMembers, numbered(limits::kLinksPerOperation + 1), {}, false, false, true}}));
    ASSERT_THAT(plan.requests, SizeIs(3));
    EXPECT_THAT(words(plan.requests[0]), ElementsAre("+member: cn=nobody"));
}

TEST(LdapRequest, GivesAnEntryTheValuesOfItsName) {
    Operation create{1, Operation::Kind::create, TypeId{1}, {}, {}, "CN=G+ou=x,dc=example", {}, {}};
    create.changes = {{kName, {}, {"g"}, false, false, false}};
    const auto plan = plan_requests(group(), create);
    ASSERT_THAT(plan.requests, SizeIs(1));
    EXPECT_THAT(words(plan.requests[0]), ElementsAre("+objectClass: groupOfNames", "+cn: g",
                                                     "+member: cn=nobody", "+ou: x"));
}

TEST(LdapRequest, RenamesWithinAParentWithoutNamingIt) {
    Operation rename{
        1, Operation::Kind::rename, TypeId{1}, {}, "cn=a, dc=Example", "cn=b,dc=example", {}, {}};
    EXPECT_THAT(plan_requests(group(), rename).requests[0].new_parent, IsEmpty());
    rename.new_name = "cn=b\\,c,ou=x,dc=example";
    const auto moved = plan_requests(group(), rename).requests[0];
    EXPECT_EQ(moved.new_parent, "ou=x,dc=example");
    EXPECT_EQ(moved.new_rdn, "cn=b\\,c");
    rename.new_name = "nonsense";
    EXPECT_FALSE(plan_requests(group(), rename).flaw.empty());
}

TEST(LdapRequest, KeepsTheOldValuesOfANameThatAreWanted) {
    LdapType person;
    person.attributes = {{AttributeId{1}, "cn", Type::text, true, {}, {}},
                         {AttributeId{2}, "uid", Type::text, false, {}, {}}};
    const auto plan = [&](const std::string& from, const std::string& to,
                          std::vector<ValueChange> kept) {
        Operation rename{1, Operation::Kind::rename, TypeId{1}, {}, from, to, {}, {}};
        rename.kept = std::move(kept);
        return plan_requests(person, rename);
    };
    const auto another = plan("cn=Ann,dc=x", "cn=Anna,dc=x", {});
    EXPECT_FALSE(another.requests[0].keep_old);
    ASSERT_THAT(another.brought, SizeIs(1));
    EXPECT_THAT(another.brought[0].remove, ElementsAre("Ann"));
    EXPECT_THAT(another.brought[0].add, ElementsAre("Anna"));

    const ValueChange ann{AttributeId{1}, {}, {"Ann"}};
    const auto wanted = plan("cn=Ann,dc=x", "cn=Anna,dc=x", {ann});
    EXPECT_TRUE(wanted.requests[0].keep_old);
    EXPECT_THAT(wanted.brought[0].remove, IsEmpty());
    EXPECT_FALSE(plan("uid=Ann,dc=x", "uid=Anna,dc=x", {ann}).requests[0].keep_old)
        << "a value of another attribute";

    EXPECT_TRUE(plan("cn=Ann,dc=x", "uid=a,dc=x", {}).requests[0].keep_old)
        << "the class may demand it";
    EXPECT_TRUE(plan("cn=Ann+uid=a,dc=x", "uid=a,dc=x", {}).requests[0].keep_old);

    const auto respelled = plan("cn=ann,dc=x", "cn=Ann,dc=x", {ann});
    EXPECT_FALSE(respelled.requests[0].keep_old);
    EXPECT_EQ(respelled.requests[0].new_rdn, "cn=Ann");
}

TEST(LdapRequest, SendsAPasswordWithWhatOpensTheAccount) {
    LdapRequest request{LdapRequest::Kind::modify, kDn, {}, {}, {}};
    request.mods = {{LDAP_MOD_REPLACE, "userAccountControl", {"512"}},
                    {LDAP_MOD_REPLACE, "unicodePwd", {"secret"}},
                    {LDAP_MOD_REPLACE, "title", {"x"}}};
    const auto parts = divide(request);
    ASSERT_THAT(parts, SizeIs(2));
    EXPECT_THAT(words(parts[0]), ElementsAre("=userAccountControl: 512", "=unicodePwd: secret"));
    EXPECT_THAT(words(parts[1]), ElementsAre("=title: x"));
    EXPECT_THAT(divide(parts[0]), IsEmpty());
}

TEST(LdapRequest, WritesAttributesThatAreOneToTheDirectoryAsOne) {
    LdapType nested;
    nested.object_classes = {"groupOfNames"};
    nested.attributes = {{AttributeId{1}, "member", Type::reference, true, kNobody, kNobody},
                         {AttributeId{2}, "member", Type::reference, true, kNobody, kNobody}};
    Operation create{1, Operation::Kind::create, TypeId{1}, {}, {}, kDn, {}, {}};
    create.changes = {{AttributeId{1}, {}, {"cn=a"}}, {AttributeId{2}, {}, {"cn=b"}}};
    EXPECT_THAT(words(plan_requests(nested, create).requests[0]),
                ElementsAre("+objectClass: groupOfNames", "+member: cn=a cn=b", "+cn: g"));
    create.changes.clear();
    EXPECT_THAT(words(plan_requests(nested, create).requests[0]),
                ElementsAre("+objectClass: groupOfNames", "+member: cn=nobody", "+cn: g"));

    const auto moved =
        plan_requests(nested, modify({{AttributeId{1}, {"cn=a"}, {}, false, false, true},
                                      {AttributeId{2}, {}, {"cn=b"}, false, false, false}}));
    EXPECT_THAT(words(moved.requests[0]), ElementsAre("-member: cn=a", "+member: cn=b"));
    const auto filled =
        plan_requests(nested, modify({{AttributeId{1}, {}, {"cn=a"}, false, true, false},
                                      {AttributeId{2}, {}, {"cn=b"}, false, true, false}}));
    EXPECT_THAT(words(filled.requests[0]),
                ElementsAre("-member: cn=nobody", "+member: cn=a", "+member: cn=b"));
}

TEST(LdapRequest, DividesUntilValuesStandAlone) {
    LdapRequest request{LdapRequest::Kind::modify, kDn, {}, {}, {}};
    request.mods = {{LDAP_MOD_DELETE, "member", {"a", "b"}}, {LDAP_MOD_ADD, "member", {"c"}}};
    const auto changes = divide(request);
    ASSERT_THAT(changes, SizeIs(2));
    EXPECT_THAT(words(changes[0]), ElementsAre("+member: c"));
    const auto halves = divide(changes[1]);
    ASSERT_THAT(halves, SizeIs(2));
    EXPECT_THAT(words(halves[1]), ElementsAre("-member: b"));
    EXPECT_THAT(divide(halves[1]), IsEmpty());

    request.mods = {{LDAP_MOD_DELETE, "mail", {"A@x"}}, {LDAP_MOD_ADD, "mail", {"a@x"}}};
    EXPECT_THAT(words(divide(request)[0]), ElementsAre("-mail: A@x"))
        << "the new spelling would be found there already";
}

TEST(LdapRequest, KnowsHowToMakeParents) {
    EXPECT_THAT(words(*plan_parent("ou=a,dc=x", false)),
                ElementsAre("+objectClass: organizationalUnit", "+ou: a"));
    EXPECT_THAT(words(*plan_parent("CN=a,dc=x", true)),
                ElementsAre("+objectClass: container", "+CN: a"));
    EXPECT_FALSE(plan_parent("uid=a,dc=x", false));
}

}  // namespace
}  // namespace muster
