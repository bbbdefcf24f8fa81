#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "config/load.h"
#include "model/anchor.h"
#include "reference/metaverse_state.h"
#include "world/scenario.h"

namespace muster::testing {

namespace {

using Lines = std::vector<std::string>;

std::unique_ptr<Configuration> configuration_of(const std::string& path, const std::string& text,
                                                const TempFolder& folder) {
    auto loaded = load_configuration(folder.write("muster.yaml", text));
    std::string complaints;
    for (const auto& complaint : loaded.complaints) {
        complaints += complaint.warning ? "" : format_complaint(complaint) + "\n";
    }
    if (!complaints.empty()) {
        throw std::runtime_error(path + ": " + complaints);
    }
    return std::make_unique<Configuration>(std::move(loaded.configuration));
}

std::string line_of(const Command& command, const Cells& cells) {
    std::string line;
    for (const auto& column : command.columns) {
        const auto found = cells.find(column);
        line += fmt::format(
            "{}={} ", column,
            found == cells.end() ? "" : fmt::format("{}", fmt::join(found->second, ";")));
    }
    return line;
}

class Player {
 public:
    Player(const Scenario& scenario, Knobs knobs)
        : path_(scenario.path),
          configuration_(configuration_of(path_, scenario.configuration, folder_)),
          run_(*configuration_, knobs) {}

    void obey(const Command& command) {
        const auto& words = command.words;
        const auto& verb = words.front();
        if (verb == "given" && words.size() == 2) {
            given(command, type_of(words[1]));
        } else if ((verb == "incomplete" || verb == "complete") && words.size() == 2) {
            const auto type = type_of(words[1]);
            auto& unreadable = run_.systems().at(schema().space_of(type)).unreadable;
            unreadable.erase(type);
            if (verb == "incomplete") {
                unreadable.insert(type);
            }
        } else if (verb == "run") {
            complain_of_unexpected();
            run(words);
        } else if (verb == "later" && words.size() == 3 && words[2] == "days") {
            now_ += std::chrono::hours(24 * std::stoi(words[1]));
        } else if ((verb == "release" || verb == "discard") && words.size() == 4) {
            decide(words);
        } else if (verb == "expect" && words.size() >= 2) {
            expect(command);
        } else if ((verb == "refuse" || verb == "accept") && words.size() == 2) {
            set_trouble(words[1], verb == "refuse" ? Trouble::refuse : Trouble::none);
        } else if (verb == "mends" && words.size() == 2) {
            system_of(words[1]).mends_links = true;
        } else if (verb == "keep" && words.size() >= 3) {
            const auto type = type_of(words[1]);
            run_.systems().at(schema().space_of(type)).stubborn[attribute_of(type, words[2])] = {
                words.begin() + 3, words.end()};
        } else if (verb == "configuration") {
            auto next = configuration_of(path_, command.configuration, folder_);
            run_.reconfigure(*next);
            configuration_ = std::move(next);
        } else {
            throw std::runtime_error("no such command: " + verb);
        }
    }

    void complain_of_unexpected() {
        if (!items_.empty()) {
            wrong_ +=
                fmt::format("items nobody expected: {}\n{}", fmt::join(items_, " "), messages_);
        }
        if (!holds_.empty()) {
            wrong_ += fmt::format("holds nobody expected: {}\n", fmt::join(holds_, ", "));
        }
        items_.clear();
        holds_.clear();
    }

    std::string take_wrong() { return std::exchange(wrong_, {}); }

 private:
    MemorySystem& system_of(const std::string& name) {
        const auto system = schema().find_space(name);
        if (!system) {
            throw std::runtime_error("no such system: " + name);
        }
        return run_.systems().at(system);
    }

    void set_trouble(const std::string& name, Trouble trouble) {
        system_of(name).trouble = [trouble] { return trouble; };
    }

    TypeId type_of(const std::string& path) const {
        const auto dot = path.find('.');
        const auto space = schema().find_space(path.substr(0, dot));
        const auto type = space ? schema().find_type(space, path.substr(dot + 1)) : TypeId{};
        if (!type) {
            throw std::runtime_error("no such type: " + path);
        }
        return type;
    }

    AttributeId attribute_of(TypeId type, const std::string& name) const {
        const auto attribute = schema().find_attribute(type, name);
        if (!attribute) {
            throw std::runtime_error("no such attribute: " + name);
        }
        return attribute;
    }

    /// The type holds these rows, and no other, from now on.
    void given(const Command& command, TypeId type) {
        auto& system = run_.systems().at(schema().space_of(type));
        std::vector<Row> rows;
        for (const auto& cells : command.rows) {
            Row row{type, {}, {}, {}};
            for (const auto& [column, values] : cells) {
                if (column == "@name") {
                    row.name = *values.begin();
                } else if (column == "@anchor") {
                    row.anchor = *values.begin();
                } else if (!values.empty()) {
                    row.values[attribute_of(type, column)] = values;
                }
            }
            give_anchor(system, row);
            rows.push_back(std::move(row));
        }
        std::erase_if(system.rows, [&](const Row& r) { return r.type == type; });
        for (auto& row : rows) {
            if (system.named && row.anchor.empty()) {
                system.put(std::move(row));
            } else {
                system.rows.push_back(std::move(row));
            }
        }
    }

    void give_anchor(MemorySystem& system, Row& row) const {
        if (system.named) {
            if (const auto* present = system.find_name(row.name); present && row.anchor.empty()) {
                row.anchor = present->anchor;
            }
            return;
        }
        std::vector<std::string_view> parts;
        for (const auto attribute : schema().type(row.type).anchor) {
            const auto found = row.values.find(attribute);
            parts.push_back(found == row.values.end() ? std::string_view{}
                                                      : *found->second.begin());
        }
        std::string buffer;
        row.anchor = make_anchor(schema(), row.type, parts, buffer).text;
    }

    void run(const std::vector<std::string>& words) {
        Run run;
        for (std::size_t i = 1; i < words.size(); ++i) {
            if (words[i] == "full") {
                run.full = true;
            } else if (words[i] == "accept" && i + 1 < words.size()) {
                run.accept_incomplete.push_back(schema().find_space(words[++i]));
            } else if (words[i] == "only" && i + 1 < words.size()) {
                ++i;
                run.import = words[i] == "import";
                run.sync = words[i] == "sync";
                run.exports = words[i] == "export";
            } else if (const auto system = schema().find_space(words[i])) {
                run.systems.push_back(system);
            } else {
                throw std::runtime_error("no such system: " + words[i]);
            }
        }
        now_ += std::chrono::minutes(1);
        operations_ = run_.operations();
        commit_ = run_.last_commit();
        const auto summary = run_.run(run, now_);
        messages_.clear();
        for (const auto& step : summary.steps) {
            if (step.status == StepStatus::failed && step.message.empty()) {
                items_.insert("failed");  // the item says why
            } else if (step.status == StepStatus::failed) {
                wrong_ += step.kind + " " + step.system + " failed: " + step.message + "\n";
            }
            for (const auto& item : step.items) {
                items_.insert(item.code);
                messages_ += fmt::format("  {} {} {}: {}\n", item.code, item.system, item.anchor,
                                         item.message);
            }
        }
        for (const auto& hold : summary.holds) {
            holds_.insert(fmt::format("{}.{} {}", schema().space(hold.system).name,
                                      schema().type(hold.type).name, limit_kind_name(hold.kind)));
        }
    }

    void decide(const std::vector<std::string>& words) {
        const auto kind = std::ranges::find(kAllLimitKinds, words[3], limit_kind_name);
        const auto system = schema().find_space(words[1]);
        const auto type = type_of(words[1] + "." + words[2]);
        const auto touched = words[0] == "release"
                                 ? release(*configuration_, run_.store(), system, type, *kind)
                                 : discard(*configuration_, run_.store(), system, type, *kind);
        if (touched == 0) {
            wrong_ += "there was nothing to " + words[0] + "\n";
        }
    }

    void expect(const Command& command) {
        const auto& what = command.words[1];
        const std::multiset<std::string> rest(command.words.begin() + 2, command.words.end());
        if (what == "items") {
            if (items_ != rest) {
                wrong_ += fmt::format("items: {}\n{}", fmt::join(items_, " "), messages_);
            }
            items_.clear();
        } else if (what == "held" && command.words.size() == 4) {
            const auto hold = command.words[2] + " " + command.words[3];
            if (holds_.erase(hold) == 0) {
                wrong_ += "not held: " + hold + "\n";
            }
        } else if (what == "operations" && rest.size() == 1) {
            const auto sent = run_.operations() - operations_;
            if (std::to_string(sent) != *rest.begin()) {
                wrong_ += fmt::format("{} operations were sent\n", sent);
            }
        } else if (what == "nothing") {
            if (run_.operations() != operations_ || run_.last_commit() != commit_) {
                wrong_ += fmt::format("{} operations were sent, {} commits written\n",
                                      run_.operations() - operations_,
                                      run_.last_commit().value - commit_.value);
            }
        } else {
            const auto type = type_of(what);
            compare(command,
                    schema().space_of(type) == kMetaverse ? metaverse(type) : rows_of(type));
        }
    }

    void compare(const Command& command, const std::vector<Cells>& found) {
        Lines expected;
        Lines actual;
        for (const auto& cells : command.rows) {
            expected.push_back(line_of(command, cells));
        }
        for (const auto& cells : found) {
            actual.push_back(line_of(command, cells));
        }
        std::ranges::sort(expected);
        std::ranges::sort(actual);
        if (expected != actual) {
            wrong_ += fmt::format("there is\n  {}\ninstead of\n  {}\n{}", fmt::join(actual, "\n  "),
                                  fmt::join(expected, "\n  "), messages_);
        }
    }

    std::vector<Cells> rows_of(TypeId type) {
        std::vector<Cells> result;
        for (const auto& row : run_.systems().at(schema().space_of(type)).rows) {
            if (row.type != type) {
                continue;
            }
            Cells cells{{"@name", {row.name}}, {"@anchor", {row.anchor}}};
            for (const auto& [attribute, values] : row.values) {
                cells[schema().attribute(attribute).name] = values;
            }
            result.push_back(std::move(cells));
        }
        return result;
    }

    /// References appear as the `id` of the object referred to.
    std::vector<Cells> metaverse(TypeId type) {
        const auto objects = read_metaverse(*run_.view(), *configuration_);
        std::map<std::string, std::set<std::string>> ids;
        for (const auto& o : objects) {
            const auto id = o.values.find("id");
            ids[o.identity()] = id == o.values.end() ? std::set<std::string>{"?"} : id->second;
        }
        std::vector<Cells> result;
        for (const auto& o : objects) {
            if (o.type != schema().type(type).name) {
                continue;
            }
            Cells cells = o.values;
            for (const auto& [attribute, targets] : o.links) {
                for (const auto& target : targets) {
                    cells[attribute].insert(ids[target].begin(), ids[target].end());
                }
            }
            cells["@state"] = {o.leaving ? "leaving" : "normal"};
            cells["@connectors"] = {std::to_string(o.connectors.size())};
            result.push_back(std::move(cells));
        }
        return result;
    }

    const Schema& schema() const { return configuration_->schema; }

    std::string path_;
    TempFolder folder_;
    std::unique_ptr<Configuration> configuration_;
    WorldRun run_;
    Instant now_{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
    std::uint64_t operations_ = 0;      ///< before the last run
    CommitNumber commit_;               ///< before the last run
    std::multiset<std::string> items_;  ///< codes of the last run that nobody has expected yet
    std::set<std::string> holds_;       ///< the same for holds
    std::string messages_;
    std::string wrong_;
};

}  // namespace

std::string play(const Scenario& scenario, Knobs knobs) {
    knobs.in_file = std::ranges::any_of(scenario.commands, [](const Command& command) {
        return command.words.front() == "configuration";
    });
    Player player(scenario, knobs);
    std::string wrong;
    const auto collect = [&](int line) {
        const auto complaint = player.take_wrong();
        if (!complaint.empty()) {
            wrong += fmt::format("{}:{}: {}", scenario.path, line, complaint);
        }
    };
    int line = 0;
    for (const auto& command : scenario.commands) {
        line = command.line;
        try {
            player.obey(command);
        } catch (const std::exception& error) {
            return fmt::format("{}{}:{}: {}\n", wrong, scenario.path, line, error.what());
        }
        collect(line);
    }
    player.complain_of_unexpected();
    collect(line);
    return wrong;
}

}  // namespace muster::testing
