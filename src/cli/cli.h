#pragma once

#include <string>
#include <vector>

#include "cli/console.h"

namespace muster {

/// The `muster` command. Returns its exit code: 0 done, 1 failed, 2 done with item errors, 3
/// something is held by a safety limit, 64 wrong use. Catches everything.
int run_command_line(int argc, char** argv);

/// The same with the arguments (without the program's name) and the streams given, for tests and
/// for whoever embeds it.
int run_command_line(const std::vector<std::string>& arguments, Console console);

}  // namespace muster
