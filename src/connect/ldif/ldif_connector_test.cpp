#include "connect/ldif/ldif_connector.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <rapidcheck/gtest.h>

#include "base/error.h"
#include "connect/file_connector_testing.h"
#include "connect/ldif/record_reader.h"
#include "connect/ldif/writer.h"
#include "support/temp_folder.h"

namespace muster {
namespace {

using muster::testing::Collector;
using muster::testing::ListStream;
using muster::testing::SystemBuilder;
using muster::testing::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RC_GTEST_PROP(LdifRoundTrip, WhatIsWrittenIsRead, ()) {
    const auto values = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::element('a', ' ', ':', '<', '\n', '\r', '\0', '#',
                                                         '\xC3', '\xA9', 'b', 'c', 'd')));
    std::string content = "# made by a test\n with folds\nversion: 1\n\n";
    ldif::append_line(content, "dn", "cn=x");
    for (const auto& value : values) {
        ldif::append_line(content, "a", value);
    }
    for (std::size_t start = 0; start < content.size();) {
        const auto end = content.find('\n', start);
        RC_ASSERT(end - start <= 76u);
        start = end + 1;
    }
    const TempFolder folder;
    ldif::RecordReader reader(folder.write("x.ldif", content));
    RC_ASSERT(reader.next());
    RC_ASSERT(reader.record().flaw == nullptr);
    RC_ASSERT(reader.record().line == 5u);
    std::vector<std::string> read;
    for (const auto& field : reader.record().fields) {
        read.emplace_back(field.value);
    }
    RC_ASSERT(read == values);
    RC_ASSERT(!reader.next());
    RC_ASSERT(reader.cut_short().empty());
}

/// People and groups in one file, identified by their DNs.
class Ldif : public ::testing::Test {
 protected:
    Ldif() : builder_(folder_.path(), "ldif") {
        person_ =
            builder_.type("person", R"({"file": "all.ldif", "object_class": ["inetOrgPerson"]})",
                          {{"cn", Type::text, false},
                           {"mail", Type::text, true},
                           {"photo", Type::binary, false},
                           {"seen", Type::datetime, false}},
                          {});
        group_ = builder_.type("group", R"({"file": "all.ldif", "object_class": ["groupOfNames"]})",
                               {{"cn", Type::text, false}, {"member", Type::reference, true}}, {});
    }

    ReadResult read(std::vector<TypeId> types) {
        seen_.clear();
        ReadRequest request;
        request.types = std::move(types);
        return make_ldif_connector(builder_.finish(), builder_.system())->read(request, seen_);
    }
    Operation operation(std::uint64_t id, Operation::Kind kind, TypeId type,
                        const std::string& anchor, std::vector<ValueChange> changes = {}) {
        Operation made;
        made.id = id;
        made.kind = kind;
        made.type = type;
        made.anchor = anchor;
        made.changes = std::move(changes);
        return made;
    }
    Operation create(std::uint64_t id, TypeId type, const std::string& name,
                     std::vector<ValueChange> changes = {}) {
        auto made = operation(id, Operation::Kind::create, type, "", std::move(changes));
        made.new_name = name;
        return made;
    }
    ValueChange change(TypeId type, const std::string& attribute, std::vector<std::string> remove,
                       std::vector<std::string> add) {
        return {builder_.id(type, attribute), std::move(remove), std::move(add)};
    }
    std::map<std::uint64_t, Outcome> write(std::vector<Operation> operations) {
        ListStream stream(std::move(operations));
        make_ldif_connector(builder_.finish(), builder_.system())->write(stream, {});
        return stream.outcomes;
    }

    TempFolder folder_;
    SystemBuilder builder_;
    TypeId person_;
    TypeId group_;
    Collector seen_{builder_.schema()};
};

constexpr const char* kTwoRecords =
    "version: 1\n"
    "\n"
    "# a person\n"
    "dn: cn=Ann,\n"
    "  ou=People,dc=x\n"
    "objectClass: top\n"
    "objectclass: INETORGPERSON\n"
    "CN:: w4lsb2RpZQ==\n"
    "mail: ann@x\n"
    "mail: a@x\n"
    "photo;binary:: AAH/\n"
    "seen: 20260301093000Z\n"
    "other: kept\n"
    "\r\n"
    "\n"
    "dn: cn=all,dc=x\n"
    "objectClass: groupOfNames\n"
    "member: cn=Ann, ou=people, dc=x\n";

TEST(LdifRecords, AreReadAsWindowsAndLdapsearchWriteThem) {
    const TempFolder folder;
    ldif::RecordReader reader(folder.write("x.ldif",
                                           "\xEF\xBB\xBF"
                                           "# extended LDIF\n"
                                           "#\n"
                                           "# filter: (objectclass=*)\n"
                                           "\n"
                                           "# x\n"
                                           "dn: cn=x\n"
                                           "search: a value\n"
                                           "\n"
                                           "# search reference\n"
                                           "ref: ldap://elsewhere/dc=x??sub\n"
                                           "\n"
                                           "dn: cn=y\n"
                                           "\n"
                                           "# search result\n"
                                           "search: 2\n"
                                           "result: 0 Success\n"
                                           "\n"
                                           "# numEntries: 2\n"));
    std::vector<std::string> read;
    while (reader.next()) {
        EXPECT_EQ(reader.record().flaw, nullptr) << reader.record().message;
        read.emplace_back(reader.record().dn);
    }
    EXPECT_THAT(read, ElementsAre("cn=x", "cn=y"));
    EXPECT_EQ(reader.cut_short(), "");
}

TEST(LdifRecords, MayStartWithAMarkAndTheFirstDn) {
    const TempFolder folder;
    ldif::RecordReader reader(folder.write("x.ldif",
                                           "\xEF\xBB\xBF"
                                           "dn: cn=x\ncn: x\n"));
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.record().flaw, nullptr) << reader.record().message;
    EXPECT_EQ(reader.record().dn, "cn=x");
}

TEST(LdifRecords, OfASearchThatBrokeOffAreNotAll) {
    const TempFolder folder;
    ldif::RecordReader reader(folder.write(
        "x.ldif", "dn: cn=x\n\n# search result\nsearch: 2\nresult: 4 Size limit exceeded\n"));
    while (reader.next()) {
    }
    EXPECT_EQ(reader.cut_short(),
              "x.ldif:3: the search that wrote it ended with 4 Size limit exceeded");
}

TEST_F(Ldif, ReadsRecordsByClass) {
    folder_.write("all.ldif", kTwoRecords);
    const auto result = read({person_, group_});
    EXPECT_THAT(result.complete, ElementsAre(person_, group_));
    EXPECT_THAT(seen_.codes(), IsEmpty());
    ASSERT_THAT(seen_.anchors(), ElementsAre("cn=ann,ou=people,dc=x", "cn=all,dc=x"));
    auto& ann = seen_.entries[0];
    EXPECT_EQ(ann.name, "cn=Ann, ou=People,dc=x");
    EXPECT_EQ(ann.where, "all.ldif:4");
    EXPECT_THAT(ann.values["cn"], ElementsAre("\xC3\x89lodie"));
    EXPECT_THAT(ann.values["mail"], ElementsAre("ann@x", "a@x"));
    EXPECT_THAT(ann.values["photo"], ElementsAre("AAH/"));
    EXPECT_THAT(ann.values["seen"], ElementsAre("2026-03-01T09:30:00Z"));
    EXPECT_THAT(seen_.entries[1].values["member"], ElementsAre("cn=Ann, ou=people, dc=x"));
}

TEST_F(Ldif, ARecordThatMayHaveSwallowedAnotherMakesTheReadIncomplete) {
    const std::string one = "dn: cn=1,dc=x\nobjectClass: inetOrgPerson\ncn: 1\n";
    const std::string flawed = "dn: cn=1,dc=x\nobjectClass: groupOfNames\ncn:: ***\n";
    const std::string two = "dn: cn=2,dc=x\nobjectClass: inetOrgPerson\ncn: 2\n\n";
    for (const auto& hidden : {one + two, one + " \n" + two, one + "\r" + two, flawed + two}) {
        folder_.write("all.ldif", hidden + "dn: cn=3,dc=x\nobjectClass: inetOrgPerson\ncn: 3\n");
        const auto result = read({person_});
        EXPECT_THAT(seen_.anchors(), ElementsAre("cn=3,dc=x")) << hidden;
        EXPECT_THAT(result.complete, IsEmpty()) << hidden;
        EXPECT_THAT(result.incomplete_because, HasSubstr("all.ldif:1")) << hidden;
    }
}

TEST_F(Ldif, RefusesRecordsOneByOne) {
    folder_.write("all.ldif",
                  "dn: cn=1,dc=x\nobjectClass: inetOrgPerson\njpegPhoto:< file:///etc/passwd\n\n"
                  "dn: cn=2,dc=x\nchangetype: delete\n\n"
                  "dn: cn=3,dc=x\nobjectClass: inetOrgPerson\ncn:: ***\n\n"
                  "dn: cn=4,dc=x\nobjectClass: inetOrgPerson\ncn \xC3\xA9\n\n"
                  "dn: cn=5,dc=x\nobjectClass: inetOrgPerson\ncn: caf\xE9\n\n"
                  "dn: cn=6,dc=x\nobjectClass: groupOfNames\nphoto:< x\n\n"
                  "dn: cn=7,dc=x\nobjectClass: inetOrgPerson\n");
    const auto result = read({person_});
    EXPECT_THAT(seen_.codes(), ElementsAre("change-record@all.ldif:5", "bad-line@all.ldif:12"));
    EXPECT_EQ(seen_.problems[1].anchor, "cn=4,dc=x");
    EXPECT_THAT(seen_.anchors(), ElementsAre("cn=1,dc=x", "cn=3,dc=x", "cn=5,dc=x", "cn=7,dc=x"));
    EXPECT_THAT(result.complete, ElementsAre(person_));
}

TEST_F(Ldif, AValueThatCannotBeReadConcernsOnlyItsAttribute) {
    folder_.write("all.ldif",
                  "dn: cn=1,dc=x\nobjectClass: inetOrgPerson\ncn: 1\nphoto:< file:///x\n"
                  "other:< file:///x\nmail:: ***\nmail: caf\xE9\nmail: b@x\n\n"
                  "dn: cn=2,dc=x\nobjectClass:: ***\n\n");
    const auto result = read({person_});
    ASSERT_THAT(seen_.anchors(), ElementsAre("cn=1,dc=x"));
    EXPECT_THAT(seen_.entries[0].flaws,
                ElementsAre("mail: not-utf8", "photo: url-refused", "mail: bad-base64"));
    EXPECT_THAT(seen_.entries[0].values["cn"], ElementsAre("1"));
    EXPECT_THAT(seen_.codes(), ElementsAre("bad-base64@all.ldif:10"));
    EXPECT_EQ(seen_.problems[0].anchor, "cn=2,dc=x");
    EXPECT_THAT(result.complete, ElementsAre(person_));

    const std::string kept =
        "dn: cn=1,dc=x\nobjectClass: inetOrgPerson\ncn: 1\nphoto:< file:///x\n\n";
    folder_.write("all.ldif", kept);
    const auto outcomes = write({operation(1, Operation::Kind::modify, person_, "cn=1,dc=x",
                                           {change(person_, "cn", {"1"}, {"2"})})});
    EXPECT_NE(outcomes.at(1).result, Outcome::Result::done);
    EXPECT_EQ(testing::read_file(folder_.file("all.ldif")), kept);
}

TEST_F(Ldif, RecordsWithoutDnMakeTheReadIncomplete) {
    folder_.write("all.ldif",
                  "cn: x\nobjectClass: inetOrgPerson\n\n folded\n\ndn: cn=7,dc=x\n"
                  "objectClass: inetOrgPerson\n");
    const auto result = read({person_});
    EXPECT_THAT(seen_.codes(), ElementsAre("bad-line@all.ldif:1", "bad-line@all.ldif:4"));
    EXPECT_THAT(seen_.anchors(), ElementsAre("cn=7,dc=x"));
    EXPECT_THAT(result.incomplete_because, HasSubstr("all.ldif:1"));
}

TEST_F(Ldif, FilesCutShortAreNotComplete) {
    const std::string whole = kTwoRecords;
    for (const std::size_t cut : {whole.size() - 1, whole.size() - 9, whole.size() - 40}) {
        folder_.write("all.ldif", whole.substr(0, cut));
        const auto result = read({person_, group_});
        EXPECT_THAT(result.complete, IsEmpty()) << cut;
        EXPECT_THAT(result.incomplete_because, HasSubstr("in the middle of a line"));
    }
    folder_.write("all.ldif", "");
    EXPECT_THAT(read({person_}).complete, ElementsAre(person_));
    std::remove(folder_.file("all.ldif").c_str());
    EXPECT_THROW(read({person_}), Error);
}

TEST_F(Ldif, FetchGivesOnlyWhatIsAskedFor) {
    folder_.write("all.ldif", kTwoRecords);
    const auto connector = make_ldif_connector(builder_.finish(), builder_.system());
    const std::vector<Locator> wanted{{person_, "", "CN=ann,ou=people, dc=x"},
                                      {group_, "cn=all,dc=x", ""}};
    connector->fetch(wanted, seen_, {});
    EXPECT_THAT(seen_.anchors(), ElementsAre("cn=ann,ou=people,dc=x", "cn=all,dc=x"));
    const std::vector<Locator> none{{person_, "cn=all,dc=x", ""}};
    seen_.clear();
    connector->fetch(none, seen_, {});
    EXPECT_THAT(seen_.entries, IsEmpty());
}

TEST_F(Ldif, WritesWhatItIsTold) {
    folder_.write("all.ldif", kTwoRecords);
    auto outcomes =
        write({create(1, person_, "cn=Bob,ou=People,dc=x",
                      {change(person_, "cn", {}, {"Bob"}), change(person_, "photo", {}, {"AAH/"}),
                       change(person_, "seen", {}, {"2026-03-01T09:30:00Z"})}),
               operation(2, Operation::Kind::modify, person_, "cn=ann,ou=people,dc=x",
                         {change(person_, "mail", {"a@x"}, {"z@x", "ann@x"})}),
               operation(3, Operation::Kind::modify, group_, "cn=all,dc=x",
                         {change(group_, "member", {"CN=ann,OU=people,DC=x"}, {"cn=Bob,dc=x"})}),
               create(4, person_, "CN=ANN,ou=people,dc=x"),
               operation(5, Operation::Kind::modify, person_, "cn=nobody,dc=x"),
               operation(6, Operation::Kind::erase, person_, "cn=nobody,dc=x"),
               create(7, person_, "not a dn")});
    EXPECT_EQ(outcomes[1].anchor, "cn=bob,ou=people,dc=x");
    EXPECT_EQ(outcomes[4].code, "ldif-exists");
    EXPECT_EQ(outcomes[5].code, "ldif-missing");
    EXPECT_EQ(outcomes[6].result, Outcome::Result::done);
    EXPECT_EQ(outcomes[7].code, "ldif-bad-dn");
    EXPECT_EQ(
        muster::testing::read_file(folder_.file("all.ldif")),
        "version: 1\n"
        "\ndn: cn=all,dc=x\nobjectClass: groupOfNames\nmember: cn=Bob,dc=x\n"
        "\ndn: cn=Ann, ou=People,dc=x\nobjectClass: top\nobjectclass: INETORGPERSON\n"
        "CN:: w4lsb2RpZQ==\nmail: ann@x\nmail: z@x\nphoto;binary:: AAH/\nseen: 20260301093000Z\n"
        "other: kept\n"
        "\ndn: cn=Bob,ou=People,dc=x\nobjectClass: inetOrgPerson\ncn: Bob\nphoto:: AAH/\n"
        "seen: 20260301093000Z\n");
}

TEST_F(Ldif, RenamesAndErases) {
    folder_.write("all.ldif", kTwoRecords);
    auto rename = operation(1, Operation::Kind::rename, person_, "cn=ann,ou=people,dc=x");
    rename.new_name = "cn=Ann,ou=gone,dc=x";
    auto outcomes = write({rename, operation(2, Operation::Kind::erase, group_, "cn=all,dc=x")});
    EXPECT_EQ(outcomes[1].anchor, "cn=ann,ou=gone,dc=x");
    EXPECT_EQ(outcomes[2].result, Outcome::Result::done);
    read({person_, group_});
    EXPECT_THAT(seen_.anchors(), ElementsAre("cn=ann,ou=gone,dc=x"));
}

TEST_F(Ldif, AFileWithABadRecordIsLeftAlone) {
    folder_.write("all.ldif", "dn: cn=1,dc=x\nchangetype: delete\n");
    auto outcomes = write({create(1, person_, "cn=2,dc=x")});
    EXPECT_EQ(outcomes[1].code, "ldif-unreadable");
    EXPECT_THAT(outcomes[1].message, HasSubstr("all.ldif:1"));
}

TEST_F(Ldif, DiscoverSuggestsTypes) {
    folder_.write("all.ldif", kTwoRecords);
    const auto found = make_ldif_connector(builder_.finish(), builder_.system())->discover();
    ASSERT_THAT(found, ::testing::SizeIs(2));
    EXPECT_EQ(found[0].name, "INETORGPERSON");
    EXPECT_EQ(found[1].name, "groupOfNames");
    EXPECT_EQ(found[1].attributes[0].name, "member");
    EXPECT_EQ(found[1].attributes[0].type, Type::reference);
}

TEST(LdifTypes, EveryTypeRoundTrips) {
    for (const auto type : kAllTypes) {
        const TempFolder folder;
        SystemBuilder builder(folder.path(), "ldif");
        const auto row = builder.type(
            "row", R"({"file": "rows.ldif", "object_class": "x"})",
            {{"id", Type::integer, false}, {"one", type, false}, {"many", type, true}}, {"id"});
        builder.refer(row, "one", row);
        builder.refer(row, "many", row);
        builder.provisioned(row);
        std::vector<std::string> values;
        switch (type) {
            case Type::text:
                values = {"\" ", "caf\xC3\xA9, cr\xC3\xA8me", "two\nlines"};
                break;
            case Type::integer:
                values = {"-9223372036854775808", "0", "9223372036854775807"};
                break;
            case Type::decimal:
                values = {"-0.000000000000000000000000001", "123456789012345678901234567890.5"};
                break;
            case Type::boolean:
                values = {"false", "true"};
                break;
            case Type::datetime:
                values = {"2024-02-29T23:59:59.000001Z", "2026-03-01T09:30:00Z"};
                break;
            case Type::guid:
                values = {"01234567-89ab-cdef-0123-456789abcdef"};
                break;
            case Type::binary:
                values = {"AAECAw==", "/////w=="};
                break;
            case Type::reference:
                values = {"cn=a,dc=x", "cn=b\\2Cc,dc=x"};
                break;
        }
        Operation operation;
        operation.kind = Operation::Kind::create;
        operation.type = row;
        operation.new_name = "cn=1,dc=x";
        operation.changes = {{builder.id(row, "id"), {}, {"1"}},
                             {builder.id(row, "one"), {}, {values[0]}},
                             {builder.id(row, "many"), {}, values}};
        const auto connector = make_ldif_connector(builder.finish(), builder.system());
        ListStream stream({operation});
        connector->write(stream, {});
        ASSERT_EQ(stream.outcomes[0].result, Outcome::Result::done) << stream.outcomes[0].message;
        EXPECT_EQ(stream.outcomes[0].anchor, "1");
        Collector seen(builder.schema());
        ReadRequest request;
        request.types = {row};
        EXPECT_THAT(connector->read(request, seen).complete, ElementsAre(row));
        ASSERT_EQ(seen.entries.size(), 1u) << type_name(type);
        const auto canonical_texts = [&](const std::vector<std::string>& texts) {
            std::vector<std::string> all;
            for (const auto& text : texts) {
                std::string buffer;
                all.emplace_back(canonical(type, text, buffer).value());
            }
            return all;
        };
        EXPECT_THAT(canonical_texts(seen.entries[0].values["one"]), ElementsAre(values[0]));
        EXPECT_THAT(canonical_texts(seen.entries[0].values["many"]),
                    ::testing::UnorderedElementsAreArray(values));
    }
}

}  // namespace
}  // namespace muster
