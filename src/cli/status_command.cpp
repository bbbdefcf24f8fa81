#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <limits>
#include <ostream>
#include <set>
#include <span>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "run/run.h"

namespace muster {
namespace {

constexpr std::size_t kRunsShown = 5;
constexpr std::size_t kActivitiesRead = 1'000;  // in which the last import of each system is sought

/// A space in numbers.
struct SpaceStatus {
    std::string name;
    std::uint64_t objects = 0;
    std::uint64_t joined = 0;
    std::uint64_t in_error = 0;
    std::uint64_t exports[4] = {};    ///< by ExportState; held links count as well
    std::optional<Instant> imported;  ///< end of the last import that did not fail
};

struct Status {
    std::string store;
    CommitNumber last;
    std::optional<Commit> commit;
    std::vector<SpaceStatus> spaces;  ///< the metaverse first
    std::vector<ActivityRow> runs;    ///< newest first
    std::vector<Hold> holds;
};

std::optional<Instant> last_import(const std::vector<ActivityRow>& activities,
                                   const std::string& system) {
    const auto found = std::ranges::find_if(activities, [&](const ActivityRow& row) {
        return row.kind == "import" && row.system == system && row.ended &&
               row.status != step_status_name(StepStatus::failed) &&
               row.status != step_status_name(StepStatus::cancelled);
    });
    return found == activities.end() ? std::nullopt : found->ended;
}

/// Objects by the state of their export; a limit can hold links while the rest of the object goes
/// out, so that what is held is counted as limits do: objects, and links for removals.
void count_exports(View& view, SpaceId system, SpaceStatus& status) {
    std::vector<ObjectId> of_links;
    view.exports(system, {}, [&](const Export& row) {
        if (row.kind == ExportKind::update && row.delta.empty()) {
            of_links.push_back(row.object);
        } else {
            ++status.exports[static_cast<std::size_t>(row.state)];
        }
    });
    std::vector<ExportLink> links;
    for (std::size_t begin = 0; begin < of_links.size(); begin += limits::kPageObjects) {
        const auto page = std::span(of_links).subspan(
            begin, std::min(limits::kPageObjects, of_links.size() - begin));
        links.clear();
        view.export_links(page, links);
        std::set<std::pair<ObjectId, ExportState>> states;
        for (const auto& link : links) {
            states.emplace(link.object, link.state);
        }
        for (const auto& [object, state] : states) {
            ++status.exports[static_cast<std::size_t>(state)];
        }
    }
    auto& held = status.exports[static_cast<std::size_t>(ExportState::held)] = 0;
    for (const auto& count : view.planned(system)) {
        held += count.held;
    }
}

SpaceStatus read_space(View& view, const Space& space) {
    SpaceStatus status;
    status.name = space.name;
    for (const auto& row : view.population(space.id)) {
        status.objects += row.attribute ? 0 : row.count;
    }
    std::vector<ObjectId> retries;
    view.retries(space.id, retries);
    status.in_error = retries.size();
    if (space.id != kMetaverse) {
        status.joined = view.count_joined(space.id);
        count_exports(view, space.id, status);
    }
    return status;
}

Status read_status(const Configuration& configuration, View& view) {
    Status status;
    status.store = store_path(configuration);
    status.last = view.last_commit();
    status.commit = view.commit(status.last);
    status.runs = view.activities(kActivitiesRead);
    for (const auto& space : configuration.schema.spaces()) {
        auto& row = status.spaces.emplace_back(read_space(view, space));
        row.imported = last_import(status.runs, space.name);
    }
    std::erase_if(status.runs,
                  [](const ActivityRow& row) { return static_cast<bool>(row.parent); });
    status.runs.resize(std::min(status.runs.size(), kRunsShown));
    status.holds = holds(configuration, view);
    return status;
}

std::uint64_t count(const SpaceStatus& space, ExportState state) {
    return space.exports[static_cast<std::size_t>(state)];
}

boost::json::object to_json(const SpaceStatus& space) {
    return {{"name", space.name},
            {"objects", space.objects},
            {"joined", space.joined},
            {"in_error", space.in_error},
            {"planned", count(space, ExportState::planned)},
            {"sent", count(space, ExportState::sent)},
            {"held", count(space, ExportState::held)},
            {"failed", count(space, ExportState::failed)},
            {"imported", instant_json(space.imported)}};
}

boost::json::object to_json(const ActivityRow& row) {
    return {{"activity", row.id.value},
            {"kind", row.kind},
            {"system", row.system},
            {"status", row.status},
            {"started", format_instant(row.started)},
            {"ended", instant_json(row.ended)},
            {"counters",
             row.counters.empty() ? boost::json::object() : boost::json::parse(row.counters)},
            {"message", row.message}};
}

boost::json::object to_json(const Schema& schema, const Status& status) {
    boost::json::array systems;
    for (const auto& space : status.spaces) {
        if (space.name != schema.space(kMetaverse).name) {
            systems.push_back(to_json(space));
        }
    }
    boost::json::array runs;
    for (const auto& row : status.runs) {
        runs.push_back(to_json(row));
    }
    boost::json::array held;
    for (const auto& hold : status.holds) {
        held.push_back(to_json(schema, hold));
    }
    return {{"store", status.store},
            {"last_commit", status.last.value},
            {"last_commit_time",
             status.commit ? instant_json(status.commit->time) : boost::json::value()},
            {"metaverse_objects", status.spaces.front().objects},
            {"systems", std::move(systems)},
            {"runs", std::move(runs)},
            {"holds", std::move(held)}};
}

void print_spaces(const Console& console, const Status& status, Instant present) {
    Table table({1, 2, 3, 4, 5, 6, 7});
    table.add(
        {"", "objects", "joined", "in error", "planned", "sent", "held", "failed", "last import"},
        Style::strong);
    const auto text = [](std::uint64_t number) {
        return number == 0 ? std::string("·") : thousands(number);
    };
    for (const auto& space : status.spaces) {
        const bool metaverse = &space == &status.spaces.front();
        table.add({space.name, text(space.objects), metaverse ? "" : text(space.joined),
                   text(space.in_error), metaverse ? "" : text(count(space, ExportState::planned)),
                   metaverse ? "" : text(count(space, ExportState::sent)),
                   metaverse ? "" : text(count(space, ExportState::held)),
                   metaverse ? "" : text(count(space, ExportState::failed)),
                   metaverse        ? ""
                   : space.imported ? age_text(*space.imported, present)
                                    : "never"});
    }
    table.print(console);
}

void print_runs(const Console& console, const Status& status, Instant present) {
    if (status.runs.empty()) {
        return;
    }
    console.out << styled(console, Style::strong, "Last runs") << '\n';
    Table table;
    for (const auto& row : status.runs) {
        const auto took = std::chrono::duration<double>(row.ended.value_or(present) - row.started);
        table.add({moment_text(row.started), age_text(row.started, present), row.status,
                   duration_text(took.count()), printable(row.message)},
                  style_of(row.status));
    }
    table.print(console, "  ");
}

void print(const Console& console, const Schema& schema, const Status& status, Instant present) {
    console.out << "store " << status.store;
    if (status.commit) {
        console.out << fmt::format(", last commit {} ({}, {})", status.last.value,
                                   status.commit->cause, age_text(status.commit->time, present));
    }
    console.out << '\n';
    print_spaces(console, status, present);
    print_runs(console, status, present);
    print_holds(console, schema, status.holds);
}

/// Every item of the last run.
int print_last_items(const Context& context, View& view) {
    const auto activities = view.activities(kActivitiesRead);
    const auto run =
        std::ranges::find_if(activities, [](const ActivityRow& row) { return !row.parent; });
    std::vector<Item> items;
    if (run != activities.end()) {
        items = view.items(run->id, std::numeric_limits<std::int32_t>::max());
    }
    if (context.global.json) {
        boost::json::array list;
        for (const auto& item : items) {
            list.push_back(to_json(item));
        }
        print_json(context.console, boost::json::object{{"items", std::move(list)}});
    } else {
        print_items(context.console, items, "");
    }
    return 0;
}

}  // namespace

int execute(const StatusOptions& options, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    const auto store = open_store(configuration, StoreAccess::read);
    const auto view = store->view();
    if (options.items) {
        return print_last_items(context, *view);
    }
    const auto status = read_status(configuration, *view);
    if (context.global.json) {
        print_json(context.console, to_json(configuration.schema, status));
    } else {
        print(context.console, configuration.schema, status, now());
    }
    return 0;
}

}  // namespace muster
