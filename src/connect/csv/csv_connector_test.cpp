#include "connect/csv/csv_connector.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "connect/file_connector_testing.h"
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

/// The groups of the tests: a main file, and members from a related one.
class Groups : public ::testing::Test {
 protected:
    Groups() : builder_(folder_.path(), "csv") {
        person_ = builder_.type(
            "person", R"({"file": "people.csv"})",
            {{"id", Type::integer, false}, {"name", Type::text, false}, {"tags", Type::text, true}},
            {"id"});
        group_ = builder_.type("group", R"({"file": "groups.csv"})",
                               {{"gid", Type::text, false},
                                {"members", Type::reference, true},
                                {"owners", Type::reference, true}},
                               {"gid"});
        builder_.refer(group_, "members", person_);
        builder_.refer(group_, "owners", person_);
        builder_.attribute(
            group_, "members",
            R"({"related": {"file": "seats.csv", "key": "group", "value": "person"}})");
        builder_.attribute(group_, "owners",
                           R"({"related": {"file": "seats.csv", "key": "group", "value": "person",
                               "where": {"column": "role", "starts_with": "own"}}})");
        folder_.write("people.csv", "id,name,tags\n1,Ann,a;b\n 02,Bob,\n3,,;;c;\n");
        folder_.write("groups.csv", "gid\ng1\ng2\n");
        folder_.write("seats.csv", "group,person,role\ng1,1,\ng1,002,owner\n");
    }

    ReadResult read(std::vector<TypeId> types) {
        seen_.clear();
        ReadRequest request;
        request.types = std::move(types);
        return make_csv_connector(builder_.finish(), builder_.system())->read(request, seen_);
    }

    TempFolder folder_;
    SystemBuilder builder_;
    TypeId person_;
    TypeId group_;
    Collector seen_{builder_.schema()};
};

TEST_F(Groups, ReadsRowsAndRelatedValues) {
    const auto result = read({person_, group_});
    EXPECT_THAT(result.complete, ElementsAre(person_, group_));
    EXPECT_THAT(seen_.codes(), IsEmpty());
    EXPECT_THAT(seen_.anchors(), ElementsAre("1", "2", "3", "g1", "g2"));
    EXPECT_THAT(seen_.entries[0].values["tags"], ElementsAre("a", "b"));
    EXPECT_THAT(seen_.entries[2].values["tags"], ElementsAre("c"));
    EXPECT_EQ(seen_.entries[1].values.count("tags"), 0u);
    EXPECT_EQ(seen_.entries[2].values.count("name"), 0u);
    EXPECT_EQ(seen_.entries[1].where, "people.csv:3");
    // References are spelled as the anchors they name.
    EXPECT_THAT(seen_.entries[3].values["members"], ElementsAre("1", "2"));
    EXPECT_THAT(seen_.entries[3].values["owners"], ElementsAre("2"));
    EXPECT_THAT(seen_.entries[4].values, ::testing::SizeIs(1));
}

TEST_F(Groups, TellsOfBadRelatedRowsOnce) {
    folder_.write("seats.csv",
                  "group,person,role\ng1,1,owner\nlost,1,owner\ng1,1,owner\nlost,2,\n,3,\ng1,,\n"
                  "g1,2\ng2,3,\n");
    const auto result = read({group_});
    EXPECT_THAT(result.complete, ElementsAre(group_));
    EXPECT_THAT(seen_.codes(),
                ElementsAre("empty-value@seats.csv:7", "ragged-row@seats.csv:8",
                            "duplicate-value@seats.csv:4", "unknown-parent@seats.csv:3",
                            "unknown-parent@seats.csv:6"));
    EXPECT_THAT(seen_.entries[0].values["members"], ElementsAre("1"));
    EXPECT_THAT(seen_.entries[0].values["owners"], ElementsAre("1"));
    EXPECT_TRUE(seen_.problems[2].entry_follows);
    EXPECT_EQ(seen_.problems[2].anchor, "g1");
    EXPECT_EQ(seen_.problems[3].anchor, "");
}

TEST_F(Groups, RefusesRowsOneByOne) {
    folder_.write("people.csv",
                  "id,name,tags\n,Nobody,\nx,Nan,\n4,Dan\n5,\"Eve\"x,\n6,caf\xE9,\n7,Gil,\n");
    const auto result = read({person_});
    EXPECT_THAT(seen_.codes(), ElementsAre("no-anchor@people.csv:2", "bad-anchor@people.csv:3",
                                           "ragged-row@people.csv:4", "bad-quoting@people.csv:5",
                                           "not-utf8@people.csv:6"));
    EXPECT_THAT(seen_.anchors(), ElementsAre("7"));
    EXPECT_EQ(seen_.problems[2].anchor, "4");  // there, if unreadable
    EXPECT_EQ(seen_.problems[3].anchor, "5");
    EXPECT_EQ(seen_.problems[4].anchor, "6");
    EXPECT_THAT(result.complete, ElementsAre(person_));
    EXPECT_THAT(result.incomplete_because, IsEmpty());
}

TEST_F(Groups, AnUnreadableRowOfUnknownOwnerMakesTheReadIncomplete) {
    folder_.write("people.csv", "name,id,tags\nLast, First,8,\nGil,7,\n");
    const auto result = read({person_});
    EXPECT_THAT(seen_.anchors(), ElementsAre("7"));
    EXPECT_THAT(result.complete, IsEmpty());
    EXPECT_THAT(result.incomplete_because, HasSubstr("people.csv:2"));
}

TEST_F(Groups, ARowThatMayHaveSwallowedAnotherMakesTheReadIncomplete) {
    for (const char* hidden : {"3,Cat,4,Dan,\n", "3,Cat,x\r4,Dan,\n", "3,\"Cat,\n4,Dan,\"\n"}) {
        folder_.write("people.csv", std::string("id,name,tags\n1,Ann,\n") + hidden + "5,Eve,\n");
        const auto result = read({person_});
        EXPECT_THAT(seen_.anchors(), ElementsAre("1", "5")) << hidden;
        EXPECT_THAT(result.complete, IsEmpty()) << hidden;
        EXPECT_THAT(result.incomplete_because, HasSubstr("people.csv:3")) << hidden;
    }
}

TEST_F(Groups, RowsOfNothingArePassedOver) {
    folder_.write("people.csv", "id,name,tags\n1,Ann,\n,,\n  ,\t,\n,,,,,,,\n\"\",,\n2,Bob,\n");
    const auto result = read({person_});
    EXPECT_THAT(seen_.codes(), IsEmpty());
    EXPECT_THAT(seen_.anchors(), ElementsAre("1", "2"));
    EXPECT_THAT(result.complete, ElementsAre(person_));
}

TEST_F(Groups, RowsWithoutAUsableKeyMayBeAnybody) {
    folder_.write("people.csv", "id,name,tags\n,Nobody,\n1OO3,Nan,\n4,Dan,\n");
    read({person_});
    ASSERT_THAT(seen_.codes(), ElementsAre("no-anchor@people.csv:2", "bad-anchor@people.csv:3"));
    EXPECT_TRUE(seen_.problems[0].anybody);
    EXPECT_TRUE(seen_.problems[1].anybody);
}

TEST_F(Groups, AnUnreadableRelatedRowTakesNothingAway) {
    folder_.write("seats.csv", "group,person,role\ng1,1,\ng1\ng2,2,\n");
    auto result = read({group_});
    EXPECT_THAT(result.complete, ElementsAre(group_));
    EXPECT_THAT(seen_.entries[0].flaws, ElementsAre("members: related-row", "owners: related-row"));
    EXPECT_THAT(seen_.entries[1].flaws, IsEmpty());

    folder_.write("seats.csv", "group,person,role\ng1 ,1,\ng2,2,\n");
    result = read({group_});
    EXPECT_THAT(seen_.codes(), ElementsAre("untidy-key@seats.csv:2"));
    EXPECT_THAT(seen_.entries[0].flaws, ElementsAre("members: related-row", "owners: related-row"));

    folder_.write("seats.csv", "person,group,role\n1,g1,\n1\n");  // whose is it?
    result = read({group_});
    EXPECT_THAT(result.complete, IsEmpty());
    EXPECT_THAT(seen_.anchors(), IsEmpty());
}

TEST_F(Groups, AKeyWithBlanksOrInvisibleCharactersIsTold) {
    folder_.write("groups.csv", "gid\ng1 \n g2\n\xE2\x80\x8Bg3\n\xC2\xA0\n");
    folder_.write("seats.csv", "group,person,role\n");
    read({group_});
    EXPECT_THAT(seen_.codes(), ElementsAre("untidy-key@groups.csv:2", "untidy-key@groups.csv:3",
                                           "untidy-key@groups.csv:4", "no-anchor@groups.csv:5"));
    EXPECT_EQ(seen_.problems[0].anchor, "g1 ");
    EXPECT_EQ(seen_.problems[0].tidy_anchor, "g1");
    EXPECT_EQ(seen_.problems[2].tidy_anchor, "g3");
}

TEST_F(Groups, FilesCutShortAreNotComplete) {
    folder_.write("people.csv", "id,name,tags\n1,Ann,\n2,\"Bo");
    auto result = read({person_, group_});
    EXPECT_THAT(result.complete, ElementsAre(group_));
    EXPECT_THAT(result.incomplete_because, HasSubstr("people.csv:3"));

    folder_.write("people.csv", "id,name,tags\n1,Ann,\n");
    folder_.write("seats.csv", "group,person,role\ng1,1,\ng1");
    result = read({person_, group_});
    EXPECT_THAT(result.complete, ElementsAre(person_));
    EXPECT_THAT(seen_.anchors(), ElementsAre("1"));  // no group: its members would look gone
}

TEST_F(Groups, MissingFilesAndColumnsStopTheRead) {
    folder_.write("people.csv", "id,name\n");
    EXPECT_THROW(read({person_}), Error);
    std::remove(folder_.file("groups.csv").c_str());
    EXPECT_THROW(read({group_}), Error);
}

TEST_F(Groups, FetchGivesOnlyWhatIsAskedFor) {
    const auto connector = make_csv_connector(builder_.finish(), builder_.system());
    folder_.write("seats.csv", "group,person,role\ng1,1,\ng2,2,owner\nlost,1,\n");
    const std::vector<Locator> wanted{{person_, "2", ""}, {group_, "g2", ""}, {person_, "99", ""}};
    connector->fetch(wanted, seen_, {});
    EXPECT_THAT(seen_.anchors(), ElementsAre("2", "g2"));
    EXPECT_THAT(seen_.entries[1].values["owners"], ElementsAre("2"));
    EXPECT_THAT(seen_.codes(), IsEmpty());
}

TEST_F(Groups, DiscoverSuggestsTypesAndAnchors) {
    folder_.write("wide.csv",
                  "zip,num,when,flag,list,prose,mixed\n02134,1,2020-01-01,true,a;b,x; y,1\n"
                  "35055,2,2021-05-06,false,c,z,1.5\n");
    const auto found = make_csv_connector(builder_.finish(), builder_.system())->discover();
    ASSERT_THAT(found, ::testing::SizeIs(4));
    const auto& wide = found[3];
    EXPECT_EQ(wide.name, "wide");
    EXPECT_EQ(wide.objects, 2u);
    EXPECT_EQ(wide.anchor, "zip");
    std::vector<Type> types;
    types.reserve(wide.attributes.size());
    for (const auto& a : wide.attributes) {
        types.push_back(a.type);
    }
    EXPECT_THAT(types, ElementsAre(Type::text, Type::integer, Type::datetime, Type::boolean,
                                   Type::text, Type::text, Type::decimal));
    EXPECT_TRUE(wide.attributes[4].multi);
    EXPECT_FALSE(wide.attributes[5].multi);
}

TEST_F(Groups, DiscoverMakesNamesOfAnyHeader) {
    folder_.write("my people.csv",
                  "\"first name\",\"last, first\",first_name,-x-,land,ja\na,b,c,d,NO,ja\n"
                  "e,f,g,h,NO,nein\n");
    const auto found = make_csv_connector(builder_.finish(), builder_.system())->discover();
    const auto type = std::ranges::find(found, "my_people", &DiscoveredType::name);
    ASSERT_NE(type, found.end());
    std::vector<std::string> names;
    for (const auto& attribute : type->attributes) {
        names.push_back(attribute.name);
    }
    EXPECT_THAT(names, ElementsAre("first_name", "last_first", "first_name_2", "x-", "land", "ja"));
    EXPECT_THAT(type->attributes[0].settings, ElementsAre(std::pair("column", "first name")));
    EXPECT_THAT(type->attributes[1].settings, ElementsAre(std::pair("column", "last, first")));
    EXPECT_THAT(type->attributes[2].settings, ElementsAre(std::pair("column", "first_name")));
    EXPECT_EQ(type->attributes[4].type, Type::text);  // Norway
}

TEST_F(Groups, DiscoverSaysThatTheDelimiterIsAnother) {
    folder_.write("wide.csv", "id;first;last\n1;Ann;Lee\n2;Bob;Ray\n");
    const auto found = make_csv_connector(builder_.finish(), builder_.system())->discover();
    const auto type = std::ranges::find(found, "wide", &DiscoveredType::name);
    ASSERT_NE(type, found.end());
    EXPECT_THAT(type->note, HasSubstr("delimiter: \";\""));
}

TEST(CsvTrim, TakesCellsWithoutBlanksAndKeysWithoutWhatNobodySees) {
    TempFolder folder;
    SystemBuilder builder(folder.path(), "csv", R"({"trim": true})");
    const auto type = builder.type(
        "person", R"({"file": "p.csv"})",
        {{"boss", Type::reference, false}, {"id", Type::text, false}, {"name", Type::text, false}},
        {"id"});
    folder.write("p.csv",
                 "id,name,boss\n a\xE2\x80\x8B"
                 "1 , Ann ,\nb2,Bob,a\xC2\xAD"
                 "1 \n");
    Collector seen(builder.schema());
    make_csv_connector(builder.finish(), builder.system())->read({{type}, {}, {}, {}}, seen);
    EXPECT_THAT(seen.codes(), IsEmpty());
    ASSERT_THAT(seen.anchors(), ElementsAre("a1", "b2"));
    EXPECT_THAT(seen.entries[0].values["id"], ElementsAre("a1"));
    EXPECT_THAT(seen.entries[0].values["name"], ElementsAre("Ann"));
    EXPECT_THAT(seen.entries[1].values["boss"], ElementsAre("a1"));
}

/// The example's phone book: an anchor of three columns, sorted by one.
class PhoneBook : public ::testing::Test {
 protected:
    PhoneBook() : builder_(folder_.path(), "csv", R"({"multi_value_delimiter": "|"})") {
        entry_ = builder_.type("entry", R"({"file": "book.csv", "sort": ["name"]})",
                               {{"chamber", Type::text, false},
                                {"name", Type::text, false},
                                {"phones", Type::text, true},
                                {"room", Type::integer, false}},
                               {"name", "chamber"});
        builder_.provisioned(entry_);
    }

    Operation create(std::uint64_t id, const std::string& name, const std::string& chamber,
                     std::vector<std::string> phones = {}) {
        Operation operation;
        operation.id = id;
        operation.kind = Operation::Kind::create;
        operation.type = entry_;
        operation.changes = {change("phones", {}, std::move(phones))};
        if (!name.empty()) {
            operation.changes.push_back(change("name", {}, {name}));
        }
        if (!chamber.empty()) {
            operation.changes.push_back(change("chamber", {}, {chamber}));
        }
        return operation;
    }
    Operation modify(std::uint64_t id, const std::string& anchor,
                     std::vector<ValueChange> changes) {
        Operation operation;
        operation.id = id;
        operation.type = entry_;
        operation.anchor = anchor;
        operation.changes = std::move(changes);
        return operation;
    }
    Operation erase(std::uint64_t id, const std::string& anchor) {
        auto operation = modify(id, anchor, {});
        operation.kind = Operation::Kind::erase;
        return operation;
    }
    ValueChange change(const std::string& attribute, std::vector<std::string> remove,
                       std::vector<std::string> add) {
        return {builder_.id(entry_, attribute), std::move(remove), std::move(add)};
    }
    std::map<std::uint64_t, Outcome> write(std::vector<Operation> operations) {
        ListStream stream(std::move(operations));
        make_csv_connector(builder_.finish(), builder_.system())->write(stream, {});
        return stream.outcomes;
    }
    std::string book() { return muster::testing::read_file(folder_.file("book.csv")); }

    TempFolder folder_;
    SystemBuilder builder_;
    TypeId entry_;
};

TEST_F(PhoneBook, AMissingFileIsEmptyAndIsMade) {
    Collector seen(builder_.schema());
    ReadRequest request;
    request.types = {entry_};
    const auto result =
        make_csv_connector(builder_.finish(), builder_.system())->read(request, seen);
    EXPECT_THAT(result.complete, ElementsAre(entry_));

    auto outcomes =
        write({create(1, "Zoe", "house", {"2", "1"}), create(2, "Ann, \"A\"", "senate")});
    EXPECT_EQ(outcomes[1].result, Outcome::Result::done);
    EXPECT_EQ(outcomes[1].anchor, "Zoe|house");
    EXPECT_EQ(book(), "name,chamber,phones,room\n\"Ann, \"\"A\"\"\",senate,,\nZoe,house,1|2,\n");
}

TEST_F(PhoneBook, ChangesOnlyWhatIsToldAndKeepsTheRest) {
    folder_.write("book.csv",
                  "note,room,name,chamber,phones\r\nkeep,1,Zoe,house,1|2\r\n,2,Ann,house,\r\n"
                  ",,Old,,\r\n");
    auto outcomes = write(
        {modify(1, "Zoe|house", {change("phones", {"1"}, {"0"}), change("room", {"1"}, {})}),
         modify(2, "Ann|house", {change("name", {"Ann"}, {"Anna"}), change("room", {}, {"7"})}),
         erase(3, "Old|"), erase(4, "Never|was")});
    for (const auto& [id, outcome] : outcomes) {
        EXPECT_EQ(outcome.result, Outcome::Result::done) << outcome.message;
    }
    EXPECT_EQ(outcomes[2].anchor, "Anna|house");
    EXPECT_EQ(book(), "note,room,name,chamber,phones\r\n,7,Anna,house,\r\nkeep,,Zoe,house,0|2\r\n");
}

TEST_F(PhoneBook, RefusesWhatCannotBeDone) {
    folder_.write("book.csv", "name,chamber,phones,room\nZoe,house,,\nTwo,x,,\nTwo,x,,\n");
    auto outcomes =
        write({create(1, "Zoe", "house"), modify(2, "Nobody|x", {}), create(3, "New", "", {"1|2"}),
               create(4, "", ""), modify(5, "Two|x", {}), create(6, "E", "", {""})});
    EXPECT_EQ(outcomes[1].code, "csv-exists");
    EXPECT_EQ(outcomes[2].code, "csv-missing");
    EXPECT_EQ(outcomes[3].code, "csv-delimiter");
    EXPECT_EQ(outcomes[4].code, "csv-no-anchor");
    EXPECT_EQ(outcomes[5].code, "csv-duplicate");
    EXPECT_EQ(outcomes[6].code, "csv-empty-value");
    for (const auto& [id, outcome] : outcomes) {
        EXPECT_EQ(outcome.result, Outcome::Result::refused);
        EXPECT_THAT(outcome.message, HasSubstr("book.csv"));
    }
}

TEST_F(PhoneBook, AFileWithABadRowIsLeftAlone) {
    const std::string before = "name,chamber,phones,room\nZoe,house\n";
    folder_.write("book.csv", before);
    auto outcomes = write({create(1, "Ann", "house")});
    EXPECT_EQ(outcomes[1].code, "csv-unreadable");
    EXPECT_THAT(outcomes[1].message, HasSubstr("book.csv:2"));
    EXPECT_EQ(book(), before);
}

TEST_F(PhoneBook, OperationsOnAFileThatCannotBeReplacedWereNeverSent) {
    builder_ = SystemBuilder(folder_.path(), "csv", R"({"folder": "no/such/folder"})");
    entry_ = builder_.type("entry", R"({"file": "book.csv"})",
                           {{"chamber", Type::text, false},
                            {"name", Type::text, false},
                            {"phones", Type::text, true},
                            {"room", Type::integer, false}},
                           {"name", "chamber"});
    ListStream stream({create(1, "Ann", "house")});
    const auto connector = make_csv_connector(builder_.finish(), builder_.system());
    EXPECT_THROW(connector->write(stream, {}), Error);
    EXPECT_EQ(stream.outcomes[1].result, Outcome::Result::unsent);
}

TEST_F(PhoneBook, BarriersAnswerEverythingBefore) {
    ListStream stream(
        {create(1, "Ann", "house"), create(2, "Bob", "house"), erase(3, "Ann|house")});
    stream.barriers = true;
    make_csv_connector(builder_.finish(), builder_.system())->write(stream, {});
    EXPECT_EQ(stream.outcomes.size(), 3u);
    EXPECT_EQ(book(), "name,chamber,phones,room\nBob,house,,\n");
}

TEST(CsvTypes, EveryTypeRoundTrips) {
    for (const auto type : kAllTypes) {
        const TempFolder folder;
        SystemBuilder builder(folder.path(), "csv");
        const auto row = builder.type(
            "row", R"({"file": "rows.csv"})",
            {{"id", Type::integer, false}, {"one", type, false}, {"many", type, true}}, {"id"});
        builder.refer(row, "one", row);
        builder.refer(row, "many", row);
        builder.provisioned(row);
        std::vector<std::string> values;
        switch (type) {
            case Type::text:
                values = {"\" ", "caf\xC3\xA9, crème", "two\nlines"};
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
                values = {"-1", "12"};
                break;
        }
        Operation operation;
        operation.kind = Operation::Kind::create;
        operation.type = row;
        operation.changes = {{builder.id(row, "id"), {}, {"1"}},
                             {builder.id(row, "one"), {}, {values[0]}},
                             {builder.id(row, "many"), {}, values}};
        const auto connector = make_csv_connector(builder.finish(), builder.system());
        ListStream stream({operation});
        connector->write(stream, {});
        ASSERT_EQ(stream.outcomes[0].result, Outcome::Result::done) << stream.outcomes[0].message;
        Collector seen(builder.schema());
        ReadRequest request;
        request.types = {row};
        EXPECT_THAT(connector->read(request, seen).complete, ElementsAre(row));
        ASSERT_EQ(seen.entries.size(), 1u) << type_name(type);
        EXPECT_THAT(seen.entries[0].values["one"], ElementsAre(values[0]));
        EXPECT_THAT(seen.entries[0].values["many"], ::testing::UnorderedElementsAreArray(values));
    }
}

}  // namespace
}  // namespace muster
