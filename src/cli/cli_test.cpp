#include "cli/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <sstream>

#include "cli/command_line_fixture.h"
#include "cli/version.h"
#include "store/open_store.h"
#include "support/mini_postgres.h"
#include "support/repository.h"
#include "support/temp_folder.h"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(CommandLineTest, VersionIsTheProjects) {
    EXPECT_EQ(muster({"--version"}).out, std::string("muster ") + kVersion + "\n");
    EXPECT_THAT(testing::read_file(testing::repository_path("CMakeLists.txt")),
                HasSubstr(std::string("project(muster VERSION ") + kVersion));
}

TEST_F(CommandLineTest, WrongUseExitsWith64AndSaysWhatHelps) {
    const auto result = muster({"fly"});
    EXPECT_EQ(result.code, 64);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, AllOf(StartsWith("muster: "), HasSubstr("--help")));
    EXPECT_EQ(json({"run", "--page", "x"}, 64).at("error").at("code"), "usage");
}

TEST_F(CommandLineTest, InitWritesAConfigurationThatCheckAccepts) {
    for (const char* target : {"csv", "ldap"}) {
        const std::string folder = folder_.file(target);
        std::ostringstream out;
        const Console console{out, out};
        EXPECT_EQ(run_command_line({"-C", folder, "init", "--to", target}, console), 0);
        EXPECT_EQ(run_command_line({"-C", folder, "check"}, console), 0) << out.str();
        EXPECT_THAT(out.str(), Not(HasSubstr("warning")));
    }
}

TEST_F(CommandLineTest, InitNeverOverwrites) {
    folder_.write("muster.yaml", "mine");
    const auto result = muster({"init"});
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.err, HasSubstr("never overwrites"));
    EXPECT_EQ(testing::read_file(folder_.file("muster.yaml")), "mine");
}

TEST_F(CommandLineTest, CheckNamesThePlaceOfEveryComplaint) {
    start();
    auto text = testing::read_file(folder_.file("muster.yaml"));
    text.replace(text.find("givenName: first"), 16, "givenName: fist ");
    folder_.write("muster.yaml", text);
    const auto result = muster({"check"});
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.out, AllOf(HasSubstr("muster.yaml:"), HasSubstr(": error: "),
                                  HasSubstr("fist"), HasSubstr("1 error")));
    EXPECT_FALSE(json({"check"}, 1).at("usable").as_bool());
    const auto run = muster({"run"});
    EXPECT_EQ(run.code, 1);
    EXPECT_THAT(run.err, HasSubstr("fist"));
}

TEST_F(CommandLineTest, CheckCompilesEveryExpression) {
    start();
    const auto good = testing::read_file(folder_.file("muster.yaml"));
    for (const auto& [right, wrong] : std::vector<std::pair<std::string, std::string>>{
             {"active ~= false", "activ ~= false"},
             {"givenName .. \" \" .. surname", "givenName .. .. surname "},
             {"text.letters(", "text.leters("}}) {
        auto text = good;
        text.replace(text.find(right), right.size(), wrong);
        folder_.write("muster.yaml", text);
        const auto checked = json({"check"}, 1);
        ASSERT_EQ(checked.at("complaints").as_array().size(), 1u) << wrong;
        const auto& complaint = checked.at("complaints").at(0);
        EXPECT_GT(complaint.at("line").to_number<int>(), 1);
        EXPECT_THAT(std::string(complaint.at("message").as_string()),
                    Not(HasSubstr("muster.yaml")));
    }
}

TEST_F(CommandLineTest, SchemaPrintsWhatEditorsAndReadersNeed) {
    EXPECT_TRUE(boost::json::parse(muster({"schema"}).out).is_object());
    EXPECT_THAT(muster({"schema", "--reference"}).out, HasSubstr("# "));
    EXPECT_THAT(muster({"schema", "--expressions"}).out, HasSubstr("text.lower"));
}

TEST_F(CommandLineTest, HistoryShowsWhatTheConfigurationHasForgotten) {
    constexpr const char* kConfiguration =
        "metaverse: { person: { attributes: { id: text, phone: text } } }\n"
        "systems:\n"
        "  hr: { connector: csv, types: { person: { settings: { file: hr.csv }, anchor: id, "
        "attributes: { id: text } } } }\n"
        "  tel: { connector: csv, types: { line: { settings: { file: tel.csv }, anchor: id, "
        "attributes: { id: text, number: text } } } }\n"
        "rules:\n"
        "  people: { from: hr.person, to: person, join: [ { id: id } ], project: true, flows: { "
        "id: id } }\n"
        "  lines: { from: tel.line, to: person, join: [ { id: id } ], flows: { phone: number } }\n";
    folder_.write("muster.yaml", kConfiguration);
    folder_.write("hr.csv", "id\n1\n");
    folder_.write("tel.csv", "id,number\n1,77\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    folder_.write("tel.csv", "id,number\n1,88\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    const auto line = json({"show", "tel/line/1"}).at("id").to_number<std::int64_t>();

    std::string text = kConfiguration;
    text.erase(text.find("  tel:"), text.find("rules:") - text.find("  tel:"));
    text.erase(text.find("  lines:"));
    text.replace(text.find(", phone: text"), 13, "");
    folder_.write("muster.yaml", text);
    const auto gone = muster({"history", std::to_string(line)});
    EXPECT_EQ(gone.code, 0) << gone.err;
    EXPECT_THAT(gone.out, AllOf(HasSubstr("number"), HasSubstr("77"), HasSubstr("88")));
    const auto person = muster({"history", "metaverse/person/1"});
    EXPECT_THAT(person.out, AllOf(HasSubstr("phone"), HasSubstr("77"), HasSubstr("88")));
}

TEST_F(CommandLineTest, DiscoverSuggestsYaml) {
    start();
    const auto result = muster({"discover", "hr"});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(
        result.out,
        AllOf(HasSubstr("  hr:\n    connector: \"csv\"\n    settings: { folder: "),
              HasSubstr("        settings: { file: \"people.csv\" }\n"),
              HasSubstr("          number: integer"), HasSubstr("          active: boolean")));
    EXPECT_EQ(json({"discover", "hr"}).at("system"), "hr");
    EXPECT_EQ(muster({"discover", "payroll"}).code, 64);
}

TEST_F(CommandLineTest, WhatDiscoverPrintsIsReadyToUse) {
    folder_.write("people.csv", "id;\"first name\";\"last, first\"\n1;Ann;Lee\n2;Bob;Ray\n");
    // Nothing is there but the system, and the rest does not hold yet.
    folder_.write("muster.yaml",
                  "systems:\n  hr: { connector: csv, settings: { folder: ., delimiter: \";\" } }\n"
                  "rules: { r: { from: hr.people, to: nobody } }\n");
    const auto result = muster({"discover", "hr"});
    EXPECT_EQ(result.code, 0) << result.err;
    folder_.write("muster.yaml", result.out);
    const auto checked = muster({"check"});
    EXPECT_EQ(checked.code, 0) << checked.out << result.out;
    EXPECT_EQ(muster({"discover", "hr"}).out, result.out);
    EXPECT_THAT(result.out, HasSubstr("{ type: text, settings: { column: \"first name\" } }"));
}

TEST_F(CommandLineTest, PreviewShowsWhatRunDoesAndWritesNothing) {
    start();
    const auto text = muster({"preview"});
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_THAT(text.out, AllOf(HasSubstr("Exports to phonebook\ncreate  phonebook/entry/1001"),
                                Not(HasSubstr("metaverse/person/1003\n")),
                                HasSubstr("\nphonebook: 3 to add\n"),
                                HasSubstr("nothing was written anywhere")));
    EXPECT_THAT(muster({"preview", "--changes"}).out,
                AllOf(HasSubstr("Changes in what is known of hr\nnew  hr/person/1001"),
                      HasSubstr("create  metaverse/person/1003"), HasSubstr("Łukasz")));
    EXPECT_THAT(muster({"status"}).err, HasSubstr("there is no store"));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("phonebook.csv")));
    const auto previewed = json({"preview"});
    EXPECT_EQ(previewed.at("exports").as_array().size(), 3u);
    EXPECT_EQ(previewed.at("exports").at(0).at("kind"), "create");
}

/// Commands as JSON with what two stores may differ in left out: ids and the numbers of commits.
boost::json::array without_ids(const boost::json::value& list) {
    auto result = list.as_array();
    for (auto& element : result) {
        element.as_object().erase("id");
        element.as_object().erase("planned");
    }
    return result;
}

TEST_F(CommandLineTest, PreviewedExportsAreThoseThatAreThenPlanned) {
    start_and_run();
    write_people(
        "1001,Ada,King,Research,true\n1003,Łukasz,Nowak,,true\n"
        "1004,Ada,King,Research,true\n");
    const auto previewed = json({"preview"});
    EXPECT_EQ(muster({"run", "--only", "import"}).code, 0);
    EXPECT_EQ(muster({"run", "--only", "sync"}).code, 0);
    EXPECT_EQ(without_ids(previewed.at("exports")), without_ids(json({"exports"}).at("exports")));
    EXPECT_EQ(previewed.at("exports").as_array().size(), 4u);
}

TEST_F(CommandLineTest, LongListsAreCutOnATerminalOnly) {
    start();
    std::string rows;
    for (int i = 0; i < 60; ++i) {
        rows += std::to_string(2'000 + i) + ",Ann,Other,Sales,true\n";
    }
    write_people(rows);
    EXPECT_THAT(muster({"preview", "--no-color"}, true).out,
                AllOf(HasSubstr("phonebook/entry/2049"), Not(HasSubstr("phonebook/entry/2050")),
                      HasSubstr("and 10 more (--all shows them)")));
    EXPECT_THAT(muster({"preview", "--all"}, true).out, HasSubstr("phonebook/entry/2059"));
    EXPECT_THAT(muster({"preview"}).out, HasSubstr("phonebook/entry/2059"));
}

TEST_F(CommandLineTest, RunDoesTheChainAndSaysSo) {
    start();
    const auto summary = json({"run"});
    EXPECT_EQ(summary.at("status"), "done");
    EXPECT_THAT(testing::read_file(folder_.file("phonebook.csv")),
                HasSubstr("lukasznowak@example.org"));
    const auto again = muster({"run"});
    EXPECT_EQ(again.code, 0);
    EXPECT_THAT(again.out, AllOf(HasSubstr("import"), HasSubstr("hr"), HasSubstr("done")));
    auto people = testing::read_file(folder_.file("people.csv"));
    folder_.write("people.csv", people.replace(people.find("Lovelace"), 8, "King"));
    const auto changed = muster({"run"});
    EXPECT_TRUE(changed.out.ends_with("changed\n")) << changed.out;
    EXPECT_THAT(changed.out, HasSubstr("\nphonebook: "));
    EXPECT_EQ(muster({"run", "payroll"}).code, 64);
}

TEST_F(CommandLineTest, ItemsMakeRunExitWith2AndAreListed) {
    start();
    write_people("1001,Ada,Lovelace,Research,true\n,No,Number,,true\n");
    const auto result = muster({"run"});
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.out, HasSubstr("people.csv:3"));
    EXPECT_THAT(muster({"status", "--items"}).out, HasSubstr("people.csv:3"));
    EXPECT_EQ(json({"status", "--items"}).at("items").as_array().size(), 1u);
}

TEST_F(CommandLineTest, ItemsAreCountedByCodeAndAllOfThemCanBeSeen) {
    start();
    std::string rows = "1001,Ada,Lovelace,Research,true\n";
    for (int i = 0; i < 9; ++i) {
        rows += ",No,Number,,true\n2" + std::to_string(i) + ",ragged\n";
    }
    write_people(rows);
    const auto short_preview = muster({"preview"}).out;
    EXPECT_THAT(short_preview, AllOf(HasSubstr("18 items: no-anchor 9, ragged-row 9"),
                                     HasSubstr("more ragged-row (muster preview --items)")));
    const auto whole = muster({"preview", "--items"}).out;
    EXPECT_THAT(whole, AllOf(HasSubstr("people.csv:19"), Not(HasSubstr("muster preview --items"))));
    EXPECT_EQ(json({"preview"}, 2).at("items").as_array().size(), 18u);
    const auto run = muster({"run"}).out;
    EXPECT_THAT(run, HasSubstr("more ragged-row (muster status --items)"));
    EXPECT_THAT(muster({"status", "--items"}).out, HasSubstr("people.csv:19"));
}

TEST_F(CommandLineTest, WhatALimitHoldsIsListedAndReleasedByName) {
    start_and_run();
    write_people("1001,Ada,Lovelace,Research,true\n");
    const auto previewed = muster({"preview"});
    EXPECT_EQ(previewed.code, 3) << previewed.out;
    EXPECT_THAT(previewed.out, HasSubstr("\nphonebook: 2 deletes held\n"));
    const auto run = muster({"run"});
    EXPECT_EQ(run.code, 3) << run.out;
    EXPECT_THAT(run.out, HasSubstr("muster release phonebook entry deletes"));
    EXPECT_EQ(json({"exports", "--held"}).at("exports").as_array().size(), 2u);
    EXPECT_THAT(muster({"exports", "phonebook", "--held"}).out,
                AllOf(HasSubstr("phonebook/entry/1002"), HasSubstr("[held]")));
    EXPECT_THAT(muster({"status"}).out, HasSubstr("held"));
    EXPECT_EQ(json({"release", "phonebook", "entry", "deletes"}).at("released"), 2);
    EXPECT_EQ(muster({"run", "--only", "export"}).code, 0);
    EXPECT_THAT(testing::read_file(folder_.file("phonebook.csv")), Not(HasSubstr("1002")));
    EXPECT_EQ(muster({"release", "phonebook", "page", "deletes"}).code, 64);
}

TEST_F(CommandLineTest, DiscardDropsWhatIsHeld) {
    start_and_run();
    write_people("1001,Ada,Lovelace,Research,true\n");
    EXPECT_EQ(muster({"run"}).code, 3);
    EXPECT_EQ(json({"discard", "phonebook", "entry", "deletes"}).at("discarded"), 2);
    EXPECT_EQ(json({"exports", "--held"}).at("exports").as_array().size(), 0u);
    EXPECT_THAT(muster({"exports"}).out, HasSubstr("phonebook/entry/1002  [discarded]"));
    EXPECT_THAT(testing::read_file(folder_.file("phonebook.csv")), HasSubstr("1002"));
}

TEST_F(CommandLineTest, StatusCountsWhatThereIs) {
    start_and_run();
    const auto status = json({"status"});
    EXPECT_EQ(status.at("metaverse_objects"), 3);
    EXPECT_EQ(status.at("systems").at(0).at("name"), "hr");
    EXPECT_EQ(status.at("systems").at(0).at("joined"), 3);
    EXPECT_EQ(status.at("runs").at(0).at("status"), "done");
    EXPECT_THAT(muster({"status"}).out, AllOf(HasSubstr("phonebook"), HasSubstr("Last runs")));
}

TEST_F(CommandLineTest, ReadingBeforeTheFirstRunSaysWhatHelps) {
    start();
    const auto result = muster({"status"});
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("there is no store"), HasSubstr("muster run"),
                                  HasSubstr("creates it")));
}

TEST_F(CommandLineTest, ShowFindsAnObjectByWhateverNamesIt) {
    start_and_run();
    const auto shown = json({"show", "metaverse/person/1001"});
    EXPECT_EQ(shown.at("attributes").at("surname").at(0), "Lovelace");
    EXPECT_EQ(shown.at("connectors").as_array().size(), 2u);
    const auto id = std::to_string(shown.at("id").as_int64());
    for (const auto& name : {id, "#" + id, std::string("1001"), std::string("lovelace"),
                             std::string("adalovelace@example.org")}) {
        EXPECT_EQ(json({"show", name}).at("id"), shown.at("id")) << name;
    }
    EXPECT_EQ(json({"show", "hr/person/1001"}).at("metaverse"), "metaverse/person/1001");
    EXPECT_THAT(muster({"show", "1001"}).out,
                AllOf(HasSubstr("Lovelace"), HasSubstr("joined by phonebook/entry/1001")));
}

TEST_F(CommandLineTest, AnAmbiguousObjectListsItsCandidates) {
    start_and_run();
    const auto result = muster({"show", "engineering"});
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("2 objects"), HasSubstr("metaverse/person/1002"),
                                  HasSubstr("metaverse/person/1003")));
    EXPECT_EQ(muster({"show", "nobody"}).code, 1);
}

TEST_F(CommandLineTest, ExplainNamesSourceRuleAndCommit) {
    start_and_run();
    const auto explained = json({"explain", "hr/person/1001", "surname"});
    EXPECT_EQ(explained.at("object"), "metaverse/person/1001");
    const auto& attribute = explained.at("attributes").at(0);
    EXPECT_EQ(attribute.at("values").at(0), "Lovelace");
    EXPECT_TRUE(attribute.at("since").at("commit").is_int64());
    EXPECT_EQ(attribute.at("contributions").at(0).at("rule"), "people");
    EXPECT_EQ(attribute.at("contributions").at(0).at("object"), "hr/person/1001");
    EXPECT_EQ(attribute.at("contributions").at(0).at("fate"), "won");
    EXPECT_THAT(muster({"explain", "1001"}).out,
                AllOf(HasSubstr("won"), HasSubstr("handed out once")));
    EXPECT_EQ(muster({"explain", "1001", "shoe"}).code, 64);
}

TEST_F(CommandLineTest, ExplainOfATargetNamesFlowsAndThePendingExport) {
    start_and_run();
    EXPECT_THAT(muster({"explain", "phonebook/entry/1001"}).out,
                AllOf(HasSubstr("written by rule people-to-phonebook"), HasSubstr("Ada Lovelace"),
                      HasSubstr("since ")));
    write_people(
        "1001,Ada,King,Research,true\n1002,Grace,Hopper,Engineering,true\n"
        "1003,Łukasz,Nowak,Engineering,true\n");
    EXPECT_EQ(muster({"run", "--only", "import"}).code, 0);
    EXPECT_EQ(muster({"run", "--only", "sync"}).code, 0);
    const auto explained = json({"explain", "phonebook/entry/1001", "name"});
    EXPECT_EQ(explained.at("flows").at(0).at("expected").at(0), "Ada King");
    EXPECT_EQ(explained.at("flows").at(0).at("actual").at(0), "Ada Lovelace");
    EXPECT_EQ(explained.at("pending").at("cause"), "hr/person/1001");
    EXPECT_TRUE(explained.at("planned").at("commit").is_int64());
}

TEST_F(CommandLineTest, HistoryTellsWhatHappenedToErasedObjectsToo) {
    start_and_run();
    write_people(
        "1001,Ada,King,Research,true\n1002,Grace,Hopper,Engineering,true\n"
        "1003,Łukasz,Nowak,Engineering,true\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_THAT(muster({"history", "metaverse/person/1001"}).out, HasSubstr("Lovelace → King"));
    const auto history = json({"history", "metaverse/person/1001"});
    EXPECT_EQ(history.at("changes").at(0).at("kind"), "update");
    const auto& made = history.at("changes").as_array().back();
    EXPECT_EQ(made.at("kind"), "create");
    EXPECT_THAT(boost::json::serialize(made), HasSubstr("Lovelace"));
    write_people("1001,Ada,King,Research,true\n1002,Grace,Hopper,Engineering,true\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    for (const char* gone : {"hr/person/1003", "phonebook/entry/1003", "metaverse/person/1003"}) {
        const auto told = json({"history", gone});
        EXPECT_EQ(told.at("object"), gone);
        EXPECT_EQ(told.at("changes").at(0).at("kind"), "delete");
    }
}

TEST_F(CommandLineTest, DbChecksCountsAndForgets) {
    start_and_run();
    const auto checked = muster({"db", "check", "--sample", "1"});
    EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
    EXPECT_TRUE(json({"db", "check"}).at("sound").as_bool());
    EXPECT_GT(json({"db", "status"}).at("bytes").to_number<int>(), 0);
    EXPECT_THAT(muster({"db", "status"}).out, HasSubstr("metaverse/person"));
    EXPECT_TRUE(json({"db", "forget", "--days", "1"}).as_object().contains("commits_dropped"));
}

TEST_F(CommandLineTest, DbMovesToAServerAndTheNextRunGoesOnThere) {
    start_and_run();
    const std::string url = testing::shared_postgres().fresh_database();
    const auto moved = json({"db", "move", url});
    EXPECT_GT(moved.at("rows").to_number<int>(), 0);
    EXPECT_THAT(std::string(moved.at("digest").as_string()), SizeIs(32));
    EXPECT_EQ(std::string(moved.at("from").as_string()), shown_location(store()));
    EXPECT_THAT(std::string(moved.at("to").as_string()), HasSubstr("postgresql://127.0.0.1"));
    const auto before = json({"show", "metaverse/person/1001"});
    std::string configuration = testing::read_file(folder_.file("muster.yaml"));
    ASSERT_THAT(configuration, HasSubstr(store()));
    configuration.replace(configuration.find(store()), store().size(), url);
    folder_.write("muster.yaml", configuration);
    EXPECT_EQ(json({"show", "metaverse/person/1001"}), before);
    EXPECT_TRUE(json({"db", "check", "--sample", "1"}).at("sound").as_bool());
    EXPECT_EQ(muster({"run"}).code, 0);
    const auto again = muster({"db", "move", url});
    EXPECT_NE(again.code, 0);
    EXPECT_THAT(muster({"db", "move", "--help"}).out,
                AllOf(HasSubstr("TARGET"), HasSubstr("muster db move 'postgresql://")));
}

TEST_F(CommandLineTest, GenerateMakesAPopulationThatRuns) {
    const auto made = json({"generate", "--people", "50", "--no-ldif"});
    EXPECT_EQ(made.at("people"), 50);
    EXPECT_EQ(muster({"check"}).code, 0);
    EXPECT_EQ(muster({"generate", "--people", "50"}).code, 64);
    const auto later =
        muster({"generate", "--people", "50", "--date", "2", "--changes", "20%", "--force"});
    EXPECT_THAT(later.out, HasSubstr("joined"));
    EXPECT_EQ(muster({"generate", "--people", "3"}).code, 64);
}

TEST_F(CommandLineTest, ColoursAreForTerminalsAndCanBeRefused) {
    start_and_run();
    EXPECT_THAT(muster({"status"}, true).out, HasSubstr("\x1b["));
    EXPECT_THAT(muster({"status", "--no-color"}, true).out, Not(HasSubstr("\x1b[")));
    EXPECT_THAT(muster({"status"}).out, Not(HasSubstr("\x1b[")));
    EXPECT_THAT(muster({"status", "--json"}, true).out, Not(HasSubstr("\x1b[")));
}

}  // namespace
}  // namespace muster
