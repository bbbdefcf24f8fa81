#include "cli/cli.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <utility>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/options.h"

namespace muster {
namespace {

constexpr int kWrongUse = 64;
constexpr int kFailed = 1;

std::string_view code_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::usage:
            return "usage";
        case ErrorCode::configuration:
            return "configuration";
        case ErrorCode::connection:
            return "connection";
        case ErrorCode::data:
            return "data";
        case ErrorCode::store:
            return "store";
        case ErrorCode::busy:
            return "busy";
        case ErrorCode::cancelled:
            return "cancelled";
        case ErrorCode::not_found:
            return "not_found";
    }
    return "";
}

/// A text of several lines with nothing in it that could move the cursor.
std::string printable_lines(std::string_view text) {
    std::string result;
    for (;;) {
        const auto end = std::min(text.find('\n'), text.size());
        result += printable(text.substr(0, end));
        if (end == text.size()) {
            return result;
        }
        result += '\n';
        text.remove_prefix(end + 1);
    }
}

/// The one place where an error meets a person or a program.
int report(const Error& error, bool json, const Console& console) {
    if (json) {
        const boost::json::value said = {{"error",
                                          {{"code", code_name(error.code())},
                                           {"message", error.what()},
                                           {"cure", error.cure()}}}};
        console.out << boost::json::serialize(said) << '\n';
    } else {
        console.err << "muster: " << printable_lines(error.what()) << '\n';
        if (!error.cure().empty()) {
            console.err << "  " << printable_lines(error.cure()) << '\n';
        }
    }
    return error.code() == ErrorCode::usage ? kWrongUse : kFailed;
}

std::size_t terminal_columns() {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

int execute_line(const CommandLine& line, Console console) {
    console.colour = console.colour && !line.global.no_colour && !line.global.json;
    const Context context{line.global, console};
    const int code =
        std::visit([&](const auto& options) { return execute(options, context); }, line.command);
    console.out.flush();
    if (!console.out) {
        throw Error(ErrorCode::data, "the output cannot be written", "is the disk full?");
    }
    return code;
}

}  // namespace

int execute(const ShowText& text, const Context& context) {
    context.console.out << text.text;
    return 0;
}

int run_command_line(const std::vector<std::string>& arguments, Console console) {
    const bool json = std::ranges::find(arguments, "--json") != arguments.end();
    try {
        return execute_line(parse_command_line(arguments), console);
    } catch (const Error& error) {
        return report(error, json, console);
    } catch (const std::exception& unexpected) {
        return report(Error(ErrorCode::data, unexpected.what()), json, console);
    }
}

int run_command_line(int argc, char** argv) {
    const bool out_terminal = isatty(STDOUT_FILENO) == 1;
    const char* no_colour = std::getenv("NO_COLOR");
    const bool colour = out_terminal && (no_colour == nullptr || *no_colour == '\0');
    std::vector<std::string> arguments;
    if (argc > 1) {
        arguments.assign(argv + 1, argv + argc);
    }
    return run_command_line(
        arguments, Console{std::cout, std::cerr, out_terminal, isatty(STDERR_FILENO) == 1, colour,
                           out_terminal ? terminal_columns() : 0});
}

}  // namespace muster
