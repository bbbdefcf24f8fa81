#include "world/scenario.h"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "base/text.h"

namespace muster::testing {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0;;) {
        const auto end = text.find(separator, begin);
        parts.emplace_back(trim(text.substr(begin, end - begin)));
        if (end == std::string_view::npos) {
            return parts;
        }
        begin = end + 1;
    }
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) {
        words.push_back(word);
    }
    return words;
}

void add_row(Command& command, const std::string& line) {
    const auto cells = split(line, '|');
    if (command.columns.empty()) {
        command.columns = cells;
        return;
    }
    if (cells.size() != command.columns.size()) {
        throw std::runtime_error("a row with another number of cells than the table's columns");
    }
    Cells row;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        auto& values = row[command.columns[i]];
        if (!cells[i].empty()) {
            for (auto& value : split(cells[i], ';')) {
                values.insert(std::move(value));
            }
        }
    }
    command.rows.push_back(std::move(row));
}

}  // namespace

namespace {

/// The first configuration is the scenario's; another one is a command.
void take_configuration(Scenario& scenario, const std::string& line, int number) {
    const auto words = words_of(line);
    const auto text =
        words.size() == 1
            ? std::string()
            : read_file(std::filesystem::path(scenario.path).replace_filename(words[1]).string());
    if (scenario.commands.empty()) {
        scenario.configuration = text;
    } else {
        scenario.commands.push_back({number, {"configuration"}, {}, {}, text});
    }
}

}  // namespace

Scenario parse_scenario(const std::string& path, std::string_view text) {
    Scenario scenario{path, {}, {}};
    std::istringstream lines{std::string(text)};
    std::string line;
    bool configuring = false;
    for (int number = 1; std::getline(lines, line); ++number) {
        const bool indented = !line.empty() && line[0] == ' ';
        auto& configuration = scenario.commands.empty() ? scenario.configuration
                                                        : scenario.commands.back().configuration;
        if (configuring && (indented || line.empty())) {
            configuration += line + "\n";
        } else if (trim(line).empty() || line[0] == '#') {
            continue;
        } else if (words_of(line).front() == "configuration") {
            take_configuration(scenario, line, number);
            configuring = words_of(line).size() == 1;
        } else if (!indented) {
            configuring = false;
            scenario.commands.push_back({number, words_of(line), {}, {}, {}});
        } else if (scenario.commands.empty()) {
            throw std::runtime_error(fmt::format("{}:{}: a table of nothing", path, number));
        } else {
            try {
                add_row(scenario.commands.back(), line);
            } catch (const std::runtime_error& error) {
                throw std::runtime_error(fmt::format("{}:{}: {}", path, number, error.what()));
            }
        }
    }
    return scenario;
}

}  // namespace muster::testing
