#include <gmock/gmock.h>

#include <thread>

#include "base/error.h"
#include "connect/ldap/ldap_testing.h"
#include "model/value.h"

namespace muster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kGroups = R"(dn: ou=groups,dc=test,dc=example
objectClass: organizationalUnit
ou: groups

dn: cn=empty,ou=groups,dc=test,dc=example
objectClass: groupOfNames
cn: empty
member: CN=Nobody, dc=test,dc=example

dn: cn=two,ou=groups,dc=test,dc=example
objectClass: groupOfNames
cn: two
member: uid=u0,ou=people,dc=test,dc=example
member: uid=u1,ou=people,dc=test,dc=example

)";

TEST(LdapRead, ShowsEveryEntryOfEveryPage) {
    DirectoryUnderTest directory({}, R"(, "page_size": 7)");
    directory.slapd.add(people_ldif(50));
    directory.slapd.add(kGroups);
    const auto [result, seen] = directory.read();
    EXPECT_THAT(result.complete, ElementsAre(directory.person, directory.group));
    EXPECT_THAT(result.incomplete_because, IsEmpty());
    ASSERT_EQ(seen.entries.size(), 52u);
    EXPECT_THAT(seen.problems, IsEmpty());

    const auto& person = seen.entries[0];
    EXPECT_EQ(person.name, "uid=u0,ou=people,dc=test,dc=example");
    std::string buffer;
    EXPECT_EQ(canonical(Type::guid, person.anchor, buffer), person.anchor);
    EXPECT_THAT(directory.slapd.dump(true), HasSubstr("entryUUID: " + person.anchor));
    EXPECT_THAT(person.values, ElementsAre(::testing::Pair("cn", ElementsAre("u0")),
                                           ::testing::Pair("sn", ElementsAre("u0")),
                                           ::testing::Pair("uid", ElementsAre("u0"))));
}

TEST(LdapRead, LeavesThePlaceholderOut) {
    DirectoryUnderTest directory;
    directory.slapd.add(kGroups);
    const auto seen = directory.read().second;
    ASSERT_EQ(seen.entries.size(), 2u);
    EXPECT_FALSE(seen.entries[0].values.contains("member"));
    EXPECT_THAT(seen.entries[1].values.at("member"),
                UnorderedElementsAre("uid=u0,ou=people,dc=test,dc=example",
                                     "uid=u1,ou=people,dc=test,dc=example"));
}

TEST(LdapRead, TakesABaseItWillCreateForEmptyAndAnyOtherMissingOneForIncomplete) {
    DirectoryUnderTest directory;
    const auto strict = directory.builder.type(
        "strict", R"({"object_class": "person", "bases": ["ou=gone,dc=test,dc=example"]})",
        {{"cn", Type::text, false}}, {});
    Collector seen(directory.builder.schema());
    const auto result = directory.connector()->read({{strict, directory.person}, {}, {}, {}}, seen);
    EXPECT_THAT(result.complete, ElementsAre(directory.person));
    EXPECT_THAT(seen.entries, IsEmpty());
    EXPECT_THAT(result.incomplete_because, HasSubstr("strict: searching ou=gone"));
}

TEST(LdapRead, ABaseBelowWhichThereWasSomethingIsNotEmptyWhenItIsMissing) {
    DirectoryUnderTest directory;
    Collector seen(directory.builder.schema());
    std::string asked;
    const auto below = [&](TypeId, std::string_view base) {
        asked = base;
        return true;
    };
    const auto result = directory.connector()->read({{directory.person}, {}, below, {}}, seen);
    EXPECT_EQ(asked, "ou=people,dc=test,dc=example");
    EXPECT_THAT(result.complete, IsEmpty());
    EXPECT_THAT(result.incomplete_because, HasSubstr("is not there, and objects were below it"));
}

TEST(LdapRead, SaysWhichNamesItDoesNotRead) {
    DirectoryUnderTest directory;
    const auto connector = directory.connector();
    EXPECT_EQ(connector->unread(directory.person, "uid=a,ou=x,OU=People,dc=test,dc=example"), "");
    EXPECT_THAT(connector->unread(directory.person, "uid=a,ou=gone,dc=test,dc=example"),
                HasSubstr("outside the bases that are read (ou=people,dc=test,dc=example)"));
}

TEST(LdapRead, ReadsSeveralBasesOnceEach) {
    DirectoryUnderTest directory;
    directory.slapd.add(people_ldif(3));
    const auto twice = directory.builder.type(
        "twice", R"j({"object_class": "inetOrgPerson", "filter": "(!(uid=u1))",
                     "bases": ["ou=people,dc=test,dc=example", "DC=test, dc=example"]})j",
        {{"uid", Type::text, false}}, {});
    Collector seen(directory.builder.schema());
    const auto result = directory.connector()->read({{twice}, {}, {}, {}}, seen);
    EXPECT_EQ(result.complete.size(), 1u);
    EXPECT_EQ(seen.entries.size(), 2u);
}

TEST(LdapRead, IsIncompleteWhereTheServerLimitsIt) {
    for (const char* limit : {"sizelimit 10", "sizelimit size.prtotal=10"}) {
        DirectoryUnderTest directory(
            {.database = std::string(limit) + "\naccess to * by anonymous read"},
            R"(, "page_size": 4)");
        directory.slapd.add(people_ldif(50));
        // The administrator is above limits.
        SystemBuilder anonymous("/", "ldap", R"({"url": ")" + directory.slapd.url() + "\"}");
        const auto person = anonymous.type(
            "person", R"({"object_class": "person", "bases": ["dc=test,dc=example"]})",
            {{"uid", Type::text, false}}, {});
        Collector seen(anonymous.schema());
        const auto connector = make_ldap_connector(anonymous.finish(), anonymous.system());
        const auto result = connector->read({{person}, {}, {}, {}}, seen);
        EXPECT_THAT(result.complete, IsEmpty()) << limit;
        EXPECT_THAT(result.incomplete_because, HasSubstr("limit")) << limit;
    }
}

TEST(LdapRead, TakesSmallerPagesOrNoneWhereTheServerWantsThat) {
    for (const char* limit : {"limits * size=unlimited size.pr=30 size.prtotal=unlimited",
                              "limits * size=unlimited size.prtotal=disabled"}) {
        DirectoryUnderTest directory(
            {.database = std::string(limit) + "\naccess to * by anonymous read"});
        directory.slapd.add(people_ldif(100));
        SystemBuilder anonymous("/", "ldap", R"({"url": ")" + directory.slapd.url() + "\"}");
        const auto person = anonymous.type(
            "person", R"({"object_class": "person", "bases": ["dc=test,dc=example"]})",
            {{"uid", Type::text, false}}, {});
        Collector seen(anonymous.schema());
        const auto result = make_ldap_connector(anonymous.finish(), anonymous.system())
                                ->read({{person}, {}, {}, {}}, seen);
        EXPECT_EQ(result.complete.size(), 1u) << limit << result.incomplete_because;
        EXPECT_EQ(seen.entries.size(), 100u) << limit;
    }
}

TEST(LdapRead, KnowsAttributesByAnyOfTheirNames) {
    DirectoryUnderTest directory;
    directory.slapd.add(people_ldif(1));
    const auto synonyms = directory.builder.type(
        "synonyms", R"({"object_class": "inetOrgPerson", "bases": ["dc=test,dc=example"]})",
        {{"surname", Type::text, false},
         {"userid", Type::text, false},
         {"name", Type::text, false},
         {"rfc822Mailbox", Type::text, true},
         {"homePhone", Type::text, true},
         {"seeAlso", Type::text, true}},
        {});
    directory.builder.attribute(synonyms, "name", R"({"attribute": "2.5.4.3"})");
    Collector seen(directory.builder.schema());
    const auto result = directory.connector()->read({{synonyms}, {}, {}, {}}, seen);
    ASSERT_EQ(seen.entries.size(), 1u);
    EXPECT_THAT(seen.entries[0].values, ElementsAre(::testing::Pair("name", ElementsAre("u0")),
                                                    ::testing::Pair("surname", ElementsAre("u0")),
                                                    ::testing::Pair("userid", ElementsAre("u0"))));
    const auto equality = [&](const char* attribute) {
        return result.equalities.at(directory.builder.id(synonyms, attribute));
    };
    EXPECT_EQ(equality("surname"), Equality::case_ignore) << "from its superior";
    EXPECT_EQ(equality("rfc822Mailbox"), Equality::case_ignore);
    EXPECT_EQ(equality("homePhone"), Equality::telephone);
    EXPECT_EQ(equality("seeAlso"), Equality::name);
}

TEST(LdapRead, RefusesOneAttributeUnderTwoNames) {
    DirectoryUnderTest directory;
    const auto twice = directory.builder.type(
        "twice", R"({"object_class": "inetOrgPerson", "bases": ["dc=test,dc=example"]})",
        {{"sn", Type::text, false}, {"surname", Type::text, false}}, {});
    Collector seen(directory.builder.schema());
    EXPECT_THROW(directory.connector()->read({{twice}, {}, {}, {}}, seen), Error);
}

TEST(LdapRead, IsIncompleteWhereAnEntryHidesItsAnchor) {
    DirectoryUnderTest directory(
        {.database = "access to dn.base=\"uid=u1,ou=people,dc=test,dc=example\" attrs=entryUUID by "
                     "* none\naccess to * by * read"});
    directory.slapd.add(people_ldif(3));
    SystemBuilder anonymous("/", "ldap", R"({"url": ")" + directory.slapd.url() + "\"}");
    const auto person = anonymous.type(
        "person", R"({"object_class": "inetOrgPerson", "bases": ["dc=test,dc=example"]})",
        {{"uid", Type::text, false}}, {});
    Collector seen(anonymous.schema());
    const auto connector = make_ldap_connector(anonymous.finish(), anonymous.system());
    const auto result = connector->read({{person}, {}, {}, {}}, seen);
    EXPECT_EQ(seen.entries.size(), 2u);
    EXPECT_THAT(seen.codes(), ElementsAre("no-anchor@uid=u1,ou=people,dc=test,dc=example"));
    EXPECT_THAT(result.complete, IsEmpty());
}

/// Does something once, when the first entry comes.
class Interrupting : public Collector {
 public:
    Interrupting(const Schema& schema, std::function<void()> act)
        : Collector(schema), act_(std::move(act)) {}
    void entry(const Entry& entry) override {
        Collector::entry(entry);
        if (act_) {
            std::exchange(act_, nullptr)();
        }
    }

 private:
    std::function<void()> act_;
};

TEST(LdapRead, IsIncompleteWhereTheServerDies) {
    DirectoryUnderTest directory({}, R"(, "page_size": 10)");
    directory.slapd.add(people_ldif(500));
    Interrupting seen(directory.builder.schema(), [&] { directory.slapd.kill(); });
    const auto result =
        directory.connector()->read({{directory.person, directory.group}, {}, {}, {}}, seen);
    EXPECT_LT(seen.entries.size(), 500u);
    EXPECT_THAT(result.complete, IsEmpty());
    EXPECT_THAT(result.incomplete_because, HasSubstr("person: the connection broke"));
}

TEST(LdapRead, IsIncompleteWhereTheServerFallsSilent) {
    DirectoryUnderTest directory({}, R"(, "page_size": 10, "timeout_seconds": 2)");
    directory.slapd.add(people_ldif(500));
    Interrupting seen(directory.builder.schema(), [&] { directory.slapd.pause(); });
    const auto result = directory.connector()->read({{directory.person}, {}, {}, {}}, seen);
    directory.slapd.resume();
    EXPECT_THAT(result.complete, IsEmpty());
    EXPECT_THAT(result.incomplete_because, HasSubstr("no answer for 2 seconds"));
}

TEST(LdapRead, EndsWhenAskedTo) {
    DirectoryUnderTest directory({}, R"(, "page_size": 10)");
    directory.slapd.add(people_ldif(500));
    std::stop_source stop;
    Interrupting seen(directory.builder.schema(), [&] { stop.request_stop(); });
    const auto result =
        directory.connector()->read({{directory.person}, {}, {}, stop.get_token()}, seen);
    EXPECT_THAT(result.complete, IsEmpty());
    EXPECT_LT(seen.entries.size(), 50u);
}

TEST(LdapRead, SaysWhatCannotBeText) {
    DirectoryUnderTest directory;
    const auto odd = directory.builder.type(
        "odd", R"({"object_class": "inetOrgPerson", "bases": ["dc=test,dc=example"]})",
        {{"uid", Type::text, false}, {"audio", Type::text, true}}, {});
    directory.slapd.add(people_ldif(1));
    directory.slapd.modify(
        "dn: uid=u0,ou=people,dc=test,dc=example\nchangetype: modify\nadd: audio\n"
        "audio:: //4=\naudio: text\n");
    Collector seen(directory.builder.schema());
    directory.connector()->read({{odd}, {}, {}, {}}, seen);
    EXPECT_THAT(seen.problems, IsEmpty());
    ASSERT_EQ(seen.entries.size(), 1u);
    EXPECT_THAT(seen.entries[0].flaws, ElementsAre("audio: not-utf8"));
}

TEST(LdapFetch, FindsByNameByAnchorAndNotAtAll) {
    DirectoryUnderTest directory;
    directory.slapd.add(people_ldif(300));
    const auto all = directory.read().second;
    std::vector<Locator> wanted;
    wanted.reserve(260);
    for (std::size_t i = 0; i < 250; ++i) {
        // Every second was renamed meanwhile, as far as the caller knows.
        wanted.push_back({directory.person, all.entries[i].anchor,
                          i % 2 == 0 ? all.entries[i].name : "uid=x,dc=test,dc=example"});
    }
    wanted.push_back({directory.person, {}, all.entries[299].name});
    wanted.push_back({directory.person, {}, "uid=none,dc=test,dc=example"});
    wanted.push_back({directory.person, {}, "no dn at all"});
    wanted.push_back({directory.person, "00000000-0000-1000-8000-000000000000", {}});
    // Another entry has taken the name.
    wanted.push_back(
        {directory.person, "00000000-0000-1000-8000-000000000001", all.entries[298].name});
    Collector seen(directory.builder.schema());
    directory.connector()->fetch(wanted, seen, {});
    EXPECT_EQ(seen.entries.size(), 251u);
    EXPECT_THAT(seen.anchors(), ::testing::Contains(all.entries[249].anchor));
    EXPECT_THAT(seen.anchors(), ::testing::Contains(all.entries[299].anchor));
    EXPECT_THAT(seen.anchors(), ::testing::Not(::testing::Contains(all.entries[298].anchor)));
}

TEST(LdapRead, SaysWhichFilterIsMalformed) {
    DirectoryUnderTest directory;
    const auto odd = directory.builder.type(
        "odd", R"({"object_class": "person", "filter": "((", "bases": ["dc=test,dc=example"]})",
        {{"uid", Type::text, false}}, {});
    Collector seen(directory.builder.schema());
    EXPECT_THROW(directory.connector()->read({{odd}, {}, {}, {}}, seen), Error);
}

}  // namespace
}  // namespace muster::testing
