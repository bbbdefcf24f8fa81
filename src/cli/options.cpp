#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "base/limits.h"
#include "base/suggest.h"
#include "cli/version.h"

namespace muster {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 failed, 2 done with item errors, 3 something is held by a safety\n"
    "limit, 64 wrong use.\n";

constexpr const char* kObjectHelp =
    "Which object: its number (123), system/type/anchor, metaverse/type/key, a name (DN), or any "
    "value that identifies it";

/// Adds a command whose options land in a struct of their own; it becomes the command of the line
/// when its name is given.
template <class Options>
std::pair<CLI::App*, std::shared_ptr<Options>> add_command(CLI::App& app, CommandLine& line,
                                                           const char* name, const char* help,
                                                           const char* example) {
    auto* command = app.add_subcommand(name, help);
    command->footer(std::string("Example:\n") + example);
    auto options = std::make_shared<Options>();
    command->callback([&line, options] { line.command = *options; });
    return {command, options};
}

void add_configuration_commands(CLI::App& app, CommandLine& line) {
    {
        auto [command, options] =
            add_command<InitOptions>(app, line, "init", "Write a commented starter muster.yaml",
                                     "  muster -C people init --to ldap\n"
                                     "  muster -C people check\n");
        command->add_option("--to", options->target, "What the starter exports to")
            ->check(CLI::IsMember({"csv", "ldap"}))
            ->capture_default_str();
    }
    add_command<CheckOptions>(app, line, "check",
                              "Validate the whole configuration without touching any system",
                              "  muster -C examples/congress check\n");
    {
        auto [command, options] = add_command<SchemaOptions>(
            app, line, "schema", "Print the JSON Schema of muster.yaml, for editors",
            "  muster schema > muster.schema.json\n"
            "  # first line of muster.yaml, for editors with a YAML language server:\n"
            "  # yaml-language-server: $schema=muster.schema.json\n");
        auto* reference = command->add_flag("--reference", options->reference,
                                            "Print the configuration reference instead (Markdown)");
        command
            ->add_flag("--expressions", options->expressions,
                       "Print the reference of expressions instead (Markdown)")
            ->excludes(reference);
    }
    {
        auto [command, options] = add_command<DiscoverOptions>(
            app, line, "discover",
            "Look at a connected system and suggest types, attributes and anchors as YAML",
            "  muster discover hr > hr.yaml   # to look through, then in place of what is there\n"
            "  # muster.yaml needs no more than: systems: { hr: { connector: csv, settings: { "
            "folder: "
            "data } } }\n");
        command
            ->add_option("SYSTEM", options->system,
                         "A system of muster.yaml: its connector and settings are enough")
            ->required();
    }
}

void add_scope(CLI::App& command, Scope& scope) {
    command.add_option("SYSTEM", scope.systems, "Import and export only these systems");
    command
        .add_option("--accept-incomplete", scope.accept_incomplete,
                    "Take what can be read of this system for all of it, in this run")
        ->type_name("SYSTEM")
        ->allow_extra_args(false);
    auto* full = command.add_flag_callback(
        "--full", [&scope] { scope.full = true; }, "Synchronise everything");
    command
        .add_flag_callback(
            "--delta", [&scope] { scope.full = false; },
            "Synchronise only what changed (default, unless the configuration did)")
        ->excludes(full);
    command.add_option("--threads", scope.threads, "Threads that evaluate; default: one a core")
        ->check(CLI::Range(1, 1024));
    command.add_option("--page", scope.page_objects, "Objects per page, hence per commit")
        ->check(CLI::Range(std::size_t{1}, limits::kPageObjects * 25));
}

void add_run_commands(CLI::App& app, CommandLine& line) {
    {
        auto [command, options] = add_command<RunCommandOptions>(
            app, line, "run", "Import all, synchronise, export, confirm",
            "  muster run\n"
            "  muster run hr --only import\n"
            "  muster run --full --json | jq .status\n");
        add_scope(*command, options->scope);
        command->add_option("--only", options->only, "Only this part of the chain")
            ->check(CLI::IsMember({"import", "sync", "export"}));
    }
    {
        auto [command, options] = add_command<PreviewOptions>(
            app, line, "preview",
            "Show exactly what run would do, changes and exports, writing nothing anywhere",
            "  muster preview\n"
            "  muster preview --items\n"
            "  muster preview --all --json > what-would-happen.json\n");
        add_scope(*command, options->scope);
        command->add_option("--only", options->only, "Only this part of the chain")
            ->check(CLI::IsMember({"import", "sync"}));
        command->add_flag("--all", options->all, "Every export and change, on a terminal too");
        command->add_flag("--items", options->items, "Every item, not only the first of each kind");
        command->add_flag("--changes", options->changes,
                          "What changes in Muster's own books as well: connector spaces and the "
                          "metaverse");
    }
}

void add_looking_commands(CLI::App& app, CommandLine& line) {
    {
        auto [command, options] =
            add_command<StatusOptions>(app, line, "status",
                                       "Show what the store holds, what is pending or held, and "
                                       "how the last runs ended",
                                       "  muster status\n"
                                       "  muster status --items\n");
        command->add_flag("--items", options->items, "List every item of the last run");
    }
    {
        auto [command, options] = add_command<ShowOptions>(
            app, line, "show", "Show an object: attributes, links, joins, pending export",
            "  muster show B000944\n"
            "  muster show directory/person/uid=b000944,ou=people,dc=example\n");
        command->add_option("OBJECT", options->object, kObjectHelp)->required();
    }
    {
        auto [command, options] = add_command<ExplainOptions>(
            app, line, "explain",
            "Say which source and rule gave each value, who lost and why, and what caused an "
            "export",
            "  muster explain B000944 displayName\n"
            "  muster explain directory/person/uid=b000944,ou=people,dc=example\n");
        command->add_option("OBJECT", options->object, kObjectHelp)->required();
        command->add_option("ATTRIBUTE", options->attribute, "Only this attribute");
    }
    {
        auto [command, options] =
            add_command<HistoryOptions>(app, line, "history",
                                        "Show what happened to an object, newest first; erased "
                                        "objects as well",
                                        "  muster history B000944 --most 5\n");
        command->add_option("OBJECT", options->object, kObjectHelp)->required();
        options->most = limits::kItemsShown;
        command->add_option("--most", options->most, "How many changes")
            ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
            ->capture_default_str();
    }
}

std::vector<std::string_view> limit_kind_names() {
    std::vector<std::string_view> names;
    for (const auto kind : kAllLimitKinds) {
        names.push_back(limit_kind_name(kind));
    }
    return names;
}

LimitKind parse_limit_kind(const std::string& name) {
    for (const auto kind : kAllLimitKinds) {
        if (limit_kind_name(kind) == name) {
            return kind;
        }
    }
    throw Error(ErrorCode::usage, fmt::format("a limit holds nothing called '{}'", name),
                fmt::format("KIND is one of {}", fmt::join(limit_kind_names(), ", ")));
}

void add_release(CLI::App& app, CommandLine& line, bool discard) {
    auto [command, options] =
        discard
            ? add_command<ReleaseOptions>(app, line, "discard", "Drop what a safety limit holds",
                                          "  muster exports --held\n"
                                          "  muster discard directory person deletes\n")
            : add_command<ReleaseOptions>(app, line, "release",
                                          "Let pass, with the next export, what a limit holds",
                                          "  muster exports --held\n"
                                          "  muster release directory person deletes\n"
                                          "  muster run --only export\n");
    options->discard = discard;
    command->add_option("SYSTEM", options->system, "The system it is kept from")->required();
    command->add_option("TYPE", options->type, "The type of its objects")->required();
    command
        ->add_option_function<std::string>(
            "KIND", [options](const std::string& name) { options->kind = parse_limit_kind(name); },
            fmt::format("What is held: {}", fmt::join(limit_kind_names(), ", ")))
        ->required();
}

void add_export_commands(CLI::App& app, CommandLine& line) {
    auto [command, options] =
        add_command<ExportsOptions>(app, line, "exports", "List what systems still have to be told",
                                    "  muster exports directory --held\n");
    command->add_option("SYSTEM", options->system, "Only this system");
    const auto state = [command, options](const char* flag, const char* help, ExportState wanted) {
        command->add_flag_callback(
            flag, [options, wanted] { options->states.push_back(wanted); }, help);
    };
    state("--planned", "Those that go out with the next export", ExportState::planned);
    state("--held", "Those a safety limit keeps back", ExportState::held);
    command->add_flag_callback(
        "--refused",
        [options] {
            options->states.push_back(ExportState::planned);
            options->refused = true;
        },
        "Those their system refused and is told again");
    state("--sent", "Those sent and not yet confirmed", ExportState::sent);
    command->add_flag("--all", options->all, "Every one, on a terminal too");
    add_release(app, line, false);
    add_release(app, line, true);
}

void add_db_commands(CLI::App& app, CommandLine& line) {
    auto* db = app.add_subcommand("db", "Look after the store");
    db->footer("Example:\n  muster db check --sample 100\n");
    db->require_subcommand(1);
    {
        auto [command, options] =
            add_command<DbInitOptions>(*db, line, "init", "Create the store where there is none",
                                       "  muster db init\n  muster db init --roles | psql\n");
        command->add_flag("--roles", options->roles,
                          "Only print the SQL that gives roles of PostgreSQL what they need");
    }
    add_command<DbMigrateOptions>(*db, line, "migrate",
                                  "Bring the tables of an older Muster up to date",
                                  "  muster db migrate\n");
    {
        auto [command, options] = add_command<DbMoveOptions>(
            *db, line, "move", "Copy the store, log and all, into an empty one, and compare",
            "  muster db move 'postgresql://muster@db/muster'\n"
            "  muster db move muster.db\n");
        command->add_option("TARGET", options->target, "A postgresql:// URL or a file")->required();
    }
    {
        auto [command, options] = add_command<DbCheckOptions>(
            *db, line, "check", "Verify the store; replays the log backwards on a sample",
            "  muster db check --sample 100\n");
        options->sample = 100;
        command
            ->add_option("--sample", options->sample,
                         "Replay the log of every n-th object; 1: of all")
            ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}))
            ->capture_default_str();
    }
    add_command<DbStatusOptions>(*db, line, "status",
                                 "Show how large the store is and what is in it",
                                 "  muster db status --json\n");
    {
        auto [command, options] = add_command<DbForgetOptions>(
            *db, line, "forget", "Drop history older than configured (or than --days)",
            "  muster db forget --days 90\n");
        command->add_option("--days", options->days, "Keep this many days of history");
    }
}

/// "5%" or "0.05".
double parse_share(const std::string& text) {
    const bool percent = text.ends_with('%');
    const auto number = text.substr(0, text.size() - (percent ? 1 : 0));
    double share = 0;
    if (!CLI::detail::lexical_cast(number, share) || share < 0 || share > (percent ? 100 : 1)) {
        throw CLI::ValidationError("--changes", "'" + text + "' is no share; 5% and 0.05 are");
    }
    return percent ? share / 100 : share;
}

void add_generate_command(CLI::App& app, CommandLine& line) {
    auto [command, options] = add_command<GenerateOptions>(
        app, line, "generate",
        "Make a population to try things out with: people, managers, groups as CSV and LDIF",
        "  muster generate big --people 100000 --seed 7\n"
        "  muster generate big --people 100000 --seed 7 --date 2 --changes 5% --force\n");
    options->folder.clear();
    command->add_option("FOLDER", options->folder, "Where to; default: the folder of -C");
    command->add_option("--people", options->people, "How many, 10 to 1,000,000")
        ->capture_default_str();
    command->add_option("--seed", options->seed, "The same seed makes the same population")
        ->capture_default_str();
    command->add_option("--date", options->date, "1, or 2 for the same population later")
        ->check(CLI::Range(1, 2))
        ->capture_default_str();
    command
        ->add_option_function<std::string>(
            "--changes",
            [options](const std::string& text) { options->changes = parse_share(text); },
            "Share of the people who differ on date 2: changed, moved, joined, gone")
        ->default_str("5%");
    command->add_flag_callback("--no-ldif", [options] { options->ldif = false; }, "CSV alone");
    command->add_flag("--force", options->force, "Replace files that are there already");
}

/// Whether an option is one of the command or of those above it; its value follows as a word of its
/// own then where `takes_value` becomes true.
bool knows_option(const CLI::App* command, const std::string& name, bool& takes_value) {
    for (; command != nullptr; command = command->get_parent()) {
        if (const auto* option = command->get_option_no_throw(name)) {
            takes_value = option->get_items_expected_min() > 0;
            return true;
        }
    }
    return false;
}

[[noreturn]] void refuse_word(const char* what, const std::string& word, const CLI::App& command,
                              const std::vector<std::string>& known) {
    std::string whole = command.get_name();
    if (const auto* parent = command.get_parent(); parent != nullptr) {
        whole = parent->get_name() + " " + whole;
    }
    const auto cure = suggest(word, {known.begin(), known.end()});
    throw Error(ErrorCode::usage, fmt::format("{} '{}' of {}", what, word, whole),
                cure.empty() ? whole + " --help lists what there is" : cure);
}

/// Throws where a command or an option is none, which is what the parser stumbled over most likely:
/// it says so in words that do not name it.
void refuse_unknown_words(const CLI::App& app, const std::vector<std::string>& arguments) {
    const CLI::App* command = &app;
    for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
        const auto& word = arguments[i];
        if (word.size() > 1 && word[0] == '-') {
            const auto name = word.substr(0, word.find('='));
            bool takes_value = false;
            if (word[1] == '-' && !knows_option(command, name, takes_value)) {
                std::vector<std::string> known;
                for (const auto* of = command; of != nullptr; of = of->get_parent()) {
                    for (const auto* option : of->get_options()) {
                        for (const auto& long_name : option->get_lnames()) {
                            known.push_back("--" + long_name);
                        }
                    }
                }
                refuse_word("unknown option", name, *command, known);
            }
            if (word[1] != '-') {
                knows_option(command, word.substr(0, 2), takes_value);
                takes_value = takes_value && word.size() == 2;
            }
            i += takes_value && word.find('=') == std::string::npos ? 1 : 0;
            continue;
        }
        const auto below = command->get_subcommands([](const CLI::App*) { return true; });
        if (below.empty()) {
            continue;  // an argument of the command
        }
        const auto found = std::ranges::find(below, word, &CLI::App::get_name);
        if (found == below.end()) {
            std::vector<std::string> known;
            for (const auto* one : below) {
                known.push_back(one->get_name());
            }
            refuse_word("unknown command", word, *command, known);
        }
        command = *found;
    }
}

/// `muster help`, `muster help run`: what --help says.
std::vector<std::string> without_help_command(std::vector<std::string> arguments) {
    if (!arguments.empty() && arguments.front() == "help") {
        arguments.erase(arguments.begin());
        arguments.emplace_back("--help");
    }
    return arguments;
}

/// "  run       Import all, …": a line a command.
std::string command_list(const CLI::App& app) {
    std::string text = "the commands are:";
    for (const auto* one : app.get_subcommands([](const CLI::App*) { return true; })) {
        text += fmt::format("\n    {:<10}{}", one->get_name(), one->get_description());
    }
    return text + "\n  muster COMMAND --help says more";
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& given) {
    const auto arguments = without_help_command(given);
    CommandLine line;
    CLI::App app("Muster keeps people, groups and the links between them in step across systems.",
                 "muster");
    app.footer(std::string("Example:\n"
                           "  muster -C examples/congress check\n"
                           "  muster -C examples/congress preview\n"
                           "  muster -C examples/congress run\n\n") +
               kExitCodes);
    app.fallthrough();
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("muster ") + kVersion);
    app.add_option("-C", line.global.folder, "Folder of muster.yaml")
        ->type_name("DIR")
        ->capture_default_str();
    app.add_flag("--json", line.global.json, "Print results and errors as JSON");
    app.add_flag("--no-color,--no-colour", line.global.no_colour,
                 "No colours (as does the environment variable NO_COLOR)");
    add_configuration_commands(app, line);
    add_run_commands(app, line);
    add_looking_commands(app, line);
    add_export_commands(app, line);
    add_db_commands(app, line);
    add_generate_command(app, line);

    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
    try {
        app.parse(reversed);
    } catch (const CLI::Success& asked) {  // --help, --version
        std::ostringstream text;
        app.exit(asked, text, text);
        line.command = ShowText{text.str()};
    } catch (const CLI::ParseError& wrong) {
        refuse_unknown_words(app, arguments);
        if (app.get_subcommands().empty()) {
            throw Error(ErrorCode::usage, "no command was given", command_list(app));
        }
        throw Error(ErrorCode::usage, wrong.what(), "muster --help, or muster COMMAND --help");
    }
    return line;
}

}  // namespace muster
