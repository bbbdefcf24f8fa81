#include "support/command.h"

#include <stdexcept>

#include "support/process.h"

namespace muster::testing {

CommandResult run_command(const std::vector<std::string>& arguments, std::string_view input,
                          const std::vector<std::string>& environment) {
    return Process(arguments, input, environment).result();
}

std::string must_run(const std::vector<std::string>& arguments, std::string_view input) {
    auto result = run_command(arguments, input);
    if (result.exit_code != 0) {
        throw std::runtime_error(arguments[0] + " ended with " + std::to_string(result.exit_code) +
                                 ": " + result.err + result.out);
    }
    return std::move(result.out);
}

}  // namespace muster::testing
