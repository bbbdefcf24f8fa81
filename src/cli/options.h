#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/console.h"
#include "cli/generate.h"
#include "model/configuration.h"
#include "store/view.h"

namespace muster {

/// What every command understands.
struct GlobalOptions {
    std::string folder = ".";  ///< where muster.yaml is
    bool json = false;
    bool no_colour = false;
};

struct InitOptions {
    std::string target = "csv";  ///< csv or ldap: what the starter exports to
};
struct CheckOptions {};
struct SchemaOptions {
    bool reference = false;    ///< the configuration reference instead of the JSON Schema
    bool expressions = false;  ///< the expression reference
};
struct DiscoverOptions {
    std::string system;
};

/// What a run works on; the same for preview.
struct Scope {
    std::vector<std::string> systems;            ///< empty: all
    std::vector<std::string> accept_incomplete;  ///< systems whose read counts as complete
    std::optional<bool> full;
    unsigned threads = 0;
    std::size_t page_objects = 0;  ///< 0: the default
};
struct RunCommandOptions {
    Scope scope;
    std::string only;  ///< import, sync, export; empty: the chain
};
struct PreviewOptions {
    Scope scope;
    std::string only;      ///< import or sync; empty: both
    bool all = false;      ///< every export and change, however many, on a terminal too
    bool items = false;    ///< every item
    bool changes = false;  ///< what changes in connector spaces and the metaverse as well
};

struct StatusOptions {
    bool items = false;  ///< every item of the last run
};
struct ShowOptions {
    std::string object;
};
struct ExplainOptions {
    std::string object;
    std::string attribute;  ///< empty: all
};
struct HistoryOptions {
    std::string object;
    std::size_t most = 0;
};
struct ExportsOptions {
    std::string system;  ///< empty: all
    std::vector<ExportState> states;
    bool refused = false;  ///< of the planned ones, those that were refused
    bool all = false;
};

/// Lifting or dropping what a safety limit holds.
struct ReleaseOptions {
    std::string system;
    std::string type;
    LimitKind kind = LimitKind::deletes;
    bool discard = false;
};

struct DbCheckOptions {
    std::size_t sample = 0;  ///< replay the log of every n-th object
};
struct DbInitOptions {
    bool roles = false;  ///< only print the SQL for roles
};
struct DbMigrateOptions {};
struct DbMoveOptions {
    std::string target;  ///< a path or a URL, in which references may stand
};
struct DbStatusOptions {};
struct DbForgetOptions {
    std::optional<std::uint64_t> days;  ///< nothing: as configured
};

/// The arguments asked for a text (--help, --version) instead of work.
struct ShowText {
    std::string text;
};

/// A command line, taken apart.
struct CommandLine {
    GlobalOptions global;
    std::variant<ShowText, InitOptions, CheckOptions, SchemaOptions, DiscoverOptions,
                 RunCommandOptions, PreviewOptions, StatusOptions, ShowOptions, ExplainOptions,
                 HistoryOptions, ExportsOptions, ReleaseOptions, DbCheckOptions, DbInitOptions,
                 DbMigrateOptions, DbMoveOptions, DbStatusOptions, DbForgetOptions, GenerateOptions>
        command;
};

/// Takes arguments (without the program's name) apart. Throws Error(usage) where they are wrong.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace muster
