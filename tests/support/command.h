#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::testing {

struct CommandResult {
    int exit_code = 0;  ///< 128 + signal where one ended it
    std::string out;
    std::string err;
};

/// Runs a program (found by PATH) to its end with the given standard input, no shell between.
/// `environment` entries ("NAME=value") are added to the present one.
CommandResult run_command(const std::vector<std::string>& arguments, std::string_view input = {},
                          const std::vector<std::string>& environment = {});

/// As above; throws std::runtime_error with what it said where it fails. Returns its output.
std::string must_run(const std::vector<std::string>& arguments, std::string_view input = {});

}  // namespace muster::testing
