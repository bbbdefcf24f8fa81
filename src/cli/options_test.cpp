#include "cli/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Options>
Options parse(const std::vector<std::string>& arguments) {
    return std::get<Options>(parse_command_line(arguments).command);
}

std::string help(const std::vector<std::string>& arguments) {
    return parse<ShowText>(arguments).text;
}

TEST(Options, RunTakesAScopeAndAPartOfTheChain) {
    const auto run = parse<RunCommandOptions>(
        {"run", "hr", "directory", "--only", "import", "--full", "--threads", "3", "--page", "7"});
    EXPECT_THAT(run.scope.systems, ElementsAre("hr", "directory"));
    EXPECT_EQ(run.only, "import");
    EXPECT_EQ(run.scope.full, true);
    EXPECT_EQ(run.scope.threads, 3u);
    EXPECT_EQ(run.scope.page_objects, 7u);
    EXPECT_EQ(parse<RunCommandOptions>({"run"}).scope.full, std::nullopt);
    EXPECT_EQ(parse<RunCommandOptions>({"run", "--delta"}).scope.full, false);
}

TEST(Options, IncompleteReadsAreAcceptedSystemBySystem) {
    const auto run = parse<RunCommandOptions>(
        {"run", "--accept-incomplete", "hr", "directory", "--accept-incomplete", "ldap"});
    EXPECT_THAT(run.scope.accept_incomplete, ElementsAre("hr", "ldap"));
    EXPECT_THAT(run.scope.systems, ElementsAre("directory"));
}

TEST(Options, GlobalOptionsStandBeforeOrAfterTheCommand) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"-C", "x", "--json", "status"}, {"status", "--json", "-C", "x"}}) {
        const auto line = parse_command_line(arguments);
        EXPECT_EQ(line.global.folder, "x");
        EXPECT_TRUE(line.global.json);
    }
}

TEST(Options, AnObjectMayBeCalledLikeACommand) {
    EXPECT_EQ(parse<ShowOptions>({"show", "status"}).object, "status");
    EXPECT_EQ(parse<ExplainOptions>({"explain", "run", "check"}).attribute, "check");
}

TEST(Options, ReleaseAndDiscardNameAKindOfChange) {
    const auto release = parse<ReleaseOptions>({"release", "directory", "person", "removals"});
    EXPECT_EQ(release.kind, LimitKind::removals);
    EXPECT_FALSE(release.discard);
    EXPECT_TRUE(parse<ReleaseOptions>({"discard", "directory", "person", "deletes"}).discard);
}

TEST(Options, ExportsAreChosenByState) {
    const auto options = parse<ExportsOptions>({"exports", "--held", "--refused"});
    EXPECT_THAT(options.states, ElementsAre(ExportState::held, ExportState::planned));
    EXPECT_TRUE(options.refused);
}

TEST(Options, DbHasCommandsOfItsOwn) {
    EXPECT_EQ(parse<DbCheckOptions>({"db", "check", "--sample", "5"}).sample, 5u);
    EXPECT_EQ(parse<DbForgetOptions>({"db", "forget", "--days", "9"}).days, 9u);
    parse<DbStatusOptions>({"db", "status"});
}

TEST(Options, GenerateTakesAShareInEitherSpelling) {
    EXPECT_DOUBLE_EQ(parse<GenerateOptions>({"generate", "--changes", "7%"}).changes, 0.07);
    EXPECT_DOUBLE_EQ(parse<GenerateOptions>({"generate", "--changes", "0.2"}).changes, 0.2);
    EXPECT_DOUBLE_EQ(parse<GenerateOptions>({"generate", "--date", "2"}).changes, 0.05);
    const auto big = parse<GenerateOptions>({"generate", "big", "--people", "50", "--no-ldif"});
    EXPECT_EQ(big.folder, "big");
    EXPECT_EQ(big.people, 50u);
    EXPECT_FALSE(big.ldif);
}

class EveryCommand : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryCommand, HelpTeachesWithAnExample) {
    const std::string name = GetParam();
    std::vector<std::string> arguments;
    std::istringstream words(name);
    for (std::string word; words >> word;) {
        arguments.push_back(word);
    }
    arguments.emplace_back("--help");
    const auto text = help(arguments);
    ASSERT_THAT(text, HasSubstr("Example:\n  muster"));
    EXPECT_THAT(text.substr(text.find("Example:")), HasSubstr(" " + name));
}

INSTANTIATE_TEST_SUITE_P(Options, EveryCommand,
                         ::testing::Values("", "init", "check", "schema", "discover", "run",
                                           "preview", "status", "show", "explain", "history",
                                           "exports", "release", "discard", "db", "db check",
                                           "db status", "db forget", "generate"));

TEST_P(EveryCommand, HelpIsText) {
    std::vector<std::string> arguments{"help"};
    std::istringstream words(GetParam());
    for (std::string word; words >> word;) {
        arguments.push_back(word);
    }
    const auto text = help(arguments);
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
        return c == '\n' || static_cast<unsigned char>(c) >= ' ';
    })) << text;
    EXPECT_THAT(text, ::testing::Not(HasSubstr("ENUM")));
}

/// What is said of wrong arguments, and what to do.
std::string complaint(const std::vector<std::string>& arguments) {
    try {
        parse_command_line(arguments);
    } catch (const Error& error) {
        return std::string(error.what()) + " | " + std::string(error.cure());
    }
    return "parsed";
}

TEST(Options, SayWhatMayHaveBeenMeant) {
    EXPECT_EQ(complaint({"statu"}), "unknown command 'statu' of muster | did you mean 'status'?");
    EXPECT_EQ(complaint({"-C", "x", "--json", "reun"}),
              "unknown command 'reun' of muster | did you mean 'run'?");
    EXPECT_EQ(complaint({"db", "chekc"}),
              "unknown command 'chekc' of muster db | did you mean 'check'?");
    EXPECT_EQ(complaint({"run", "hr", "--ful"}),
              "unknown option '--ful' of muster run | did you mean '--full'?");
    EXPECT_EQ(complaint({"run", "--jsno"}),
              "unknown option '--jsno' of muster run | did you mean '--json'?");
    EXPECT_THAT(complaint({"show", "x", "--nothing-like-it"}),
                HasSubstr("unknown option '--nothing-like-it' of muster show | "));
    EXPECT_EQ(
        complaint({"release", "directory", "person", "foo"}),
        "a limit holds nothing called 'foo' | KIND is one of " + [] {
            std::string names;
            for (const auto kind : kAllLimitKinds) {
                names += (names.empty() ? "" : ", ") + std::string(limit_kind_name(kind));
            }
            return names;
        }());
}

TEST(Options, NoCommandListsThem) {
    const auto said = complaint({});
    for (const auto* command : {"init", "run", "preview", "status", "explain", "generate"}) {
        EXPECT_THAT(said, HasSubstr(std::string("\n    ") + command));
        EXPECT_THAT(help({"help"}), HasSubstr(command));
    }
    EXPECT_EQ(help({"help", "db", "check"}), help({"db", "check", "--help"}));
}

TEST(Options, HelpNamesTheExitCodes) {
    EXPECT_THAT(help({"--help"}), HasSubstr("64 wrong use"));
}

TEST(Options, WrongUseIsAUsageError) {
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{},
                                               {"fly"},
                                               {"run", "--only", "fly"},
                                               {"run", "--full", "--delta"},
                                               {"run", "--page", "0"},
                                               {"run", "--threads", "many"},
                                               {"show"},
                                               {"release", "directory", "person", "everything"},
                                               {"db"},
                                               {"schema", "--reference", "--expressions"},
                                               {"generate", "--changes", "many"},
                                               {"generate", "--changes", "101%"},
                                               {"--nothing"}}) {
        try {
            parse_command_line(arguments);
            ADD_FAILURE() << ::testing::PrintToString(arguments);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::usage);
            EXPECT_STRNE(error.what(), "");
        }
    }
}

}  // namespace
}  // namespace muster
