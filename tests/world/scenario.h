#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "world/world_run.h"

namespace muster::testing {

/// One row of a table: the cells' values (separated by `;`) by column.
using Cells = std::map<std::string, std::set<std::string>>;

/// One line of a scenario and the table below it, if any.
struct Command {
    int line = 0;
    std::vector<std::string> words;
    std::vector<std::string> columns;
    std::vector<Cells> rows;
    std::string configuration;  ///< of the command `configuration`
};

/// A story as text (tests/scenarios/README.md says how to write one).
struct Scenario {
    std::string path;
    std::string configuration;  ///< as in muster.yaml
    std::vector<Command> commands;
};

/// Throws std::runtime_error naming the line where it is none.
Scenario parse_scenario(const std::string& path, std::string_view text);

/// Plays a scenario in one way. Returns what came otherwise than it says, empty if nothing did.
std::string play(const Scenario& scenario, Knobs knobs);

}  // namespace muster::testing
