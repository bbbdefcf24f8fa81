#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <limits>
#include <map>
#include <ostream>
#include <set>
#include <span>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "run/export.h"
#include "run/keepers.h"
#include "run/object_path.h"
#include "run/refusals.h"
#include "run/run.h"
#include "run/unresolved.h"

namespace muster {
namespace {

constexpr std::size_t kRunsShown = 5;
constexpr std::size_t kItemsSearched = 10'000;  // of a run, for the places of references
constexpr std::size_t kLeavingRead = 10'000;    // of which the next to go are shown
constexpr std::size_t kActivitiesRead = 1'000;  // in which the last import of each system is sought

/// A space in numbers.
struct SpaceStatus {
    std::string name;
    std::uint64_t objects = 0;
    std::uint64_t joined = 0;
    std::uint64_t in_error = 0;
    std::uint64_t exports[4] = {};    ///< by ExportState; held links count as well
    std::uint64_t discarded = 0;      ///< beside the held ones
    std::uint64_t refused = 0;        ///< of the planned ones
    std::optional<Instant> imported;  ///< end of the last import that did not fail
};

/// A reference that leads nowhere.
struct Unresolved {
    std::string object;
    std::string attribute;
    std::string text;
    std::string where;  ///< file and line; empty where they are not known (any more)
};

struct Leaving {
    std::string object;
    std::optional<Instant> until;  ///< none: its deletion has begun
};

struct Status {
    std::string store;
    CommitNumber last;
    std::optional<Commit> commit;
    std::vector<SpaceStatus> spaces;  ///< the metaverse first
    std::vector<ActivityRow> runs;    ///< newest first
    std::vector<Hold> holds;
    std::vector<Wait> waits;
    std::map<std::string, std::uint64_t> gone;  ///< from the configuration, and keeping objects
    std::vector<Unresolved> unresolved;         ///< the first
    std::uint64_t unresolved_count = 0;
    std::vector<Leaving> leaving;  ///< the next to go
    std::uint64_t leaving_count = 0;
    std::vector<Refusals> refused;
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
    status.refused = view.refused(system).count;
    for (const auto& pending : view.pending(system)) {
        status.exports[static_cast<std::size_t>(pending.state)] += pending.count;
    }
    auto& held = status.exports[static_cast<std::size_t>(ExportState::held)] = 0;
    for (const auto& count : view.planned(system)) {
        held += count.held;
        status.discarded += count.discarded;
    }
}

/// Which unresolved reference an item is about.
using ReferenceKey = std::pair<ObjectId, std::string>;

/// The places that recent runs named when they met the references first.
std::map<ReferenceKey, std::string> places_of_references(
    View& view, const std::vector<ActivityRow>& activities) {
    constexpr std::size_t kRunsSearched = 20;
    std::map<ReferenceKey, std::string> places;
    std::size_t runs = 0;
    for (const auto& run : activities) {
        if (run.parent || ++runs > kRunsSearched) {
            continue;
        }
        for (auto& item : view.items(run.id, kItemsSearched)) {
            if (item.code == kUnresolvedCode && !item.where.empty()) {
                places.emplace(ReferenceKey(item.object, item.message), std::move(item.where));
            }
        }
    }
    return places;
}

void read_unresolved(const Schema& schema, View& view, const std::vector<ActivityRow>& activities,
                     Status& status) {
    std::vector<Link> first;
    for (const auto& space : schema.spaces()) {
        const auto count = space.id == kMetaverse ? 0 : view.count_unresolved(space.id);
        status.unresolved_count += count;
        if (count > 0 && first.size() < limits::kItemsShown) {
            view.unresolved(space.id, [&](const Link& link) {
                if (first.size() < limits::kItemsShown) {
                    first.push_back(link);
                }
            });
        }
    }
    if (first.empty()) {
        return;
    }
    std::vector<ObjectId> sources;
    sources.reserve(first.size());
    for (const auto& link : first) {
        sources.push_back(link.source);
    }
    const auto paths = object_paths(schema, view, sources);
    const auto places = places_of_references(view, activities);
    for (std::size_t i = 0; i < first.size(); ++i) {
        const auto place = places.find(
            {first[i].source, unresolved_message(schema, first[i].attribute, first[i].text)});
        status.unresolved.push_back({paths[i], schema.attribute(first[i].attribute).name,
                                     std::move(first[i].text),
                                     place == places.end() ? std::string() : place->second});
    }
}

/// Whether anything is still to be deleted or disabled in a system.
bool any_goes(View& view, SpaceId system) {
    return std::ranges::any_of(view.planned(system), [](const View::PlannedCount& count) {
        return count.pending > 0 &&
               (count.kind == LimitKind::deletes || count.kind == LimitKind::disables);
    });
}

/// Metaverse objects whose deletion has begun and that still have accounts to be deleted or
/// disabled.
std::vector<Object> read_begun(const Schema& schema, View& view) {
    std::vector<ObjectId> accounts;
    for (const auto& space : schema.spaces()) {
        if (space.id == kMetaverse || !any_goes(view, space.id)) {
            continue;
        }
        view.exports(space.id, {}, [&](const Export& row) {
            if ((row.kind == ExportKind::erase || row.kind == ExportKind::disable) &&
                accounts.size() < kLeavingRead) {
                accounts.push_back(row.object);
            }
        });
    }
    std::vector<Object> objects;
    view.hydrate(accounts, objects);
    std::set<ObjectId> owners;
    for (const auto& account : objects) {
        if (account.joined) {
            owners.insert(account.joined);
        }
    }
    view.hydrate(std::vector<ObjectId>(owners.begin(), owners.end()), objects);
    std::erase_if(objects, [](const Object& object) {
        return !object.id || !is_leaving(object.state) || object.due;
    });
    return objects;
}

void read_leaving(const Schema& schema, View& view, Status& status) {
    const auto begun = read_begun(schema, view);
    for (const auto& object : std::span(begun).first(std::min(begun.size(), limits::kItemsShown))) {
        status.leaving.push_back({object_path(schema, object), std::nullopt});
    }
    std::vector<ObjectId> ids;
    view.due(Instant::max(), ids);
    status.leaving_count = begun.size() + ids.size();
    std::vector<Object> objects;
    view.hydrate(std::span(ids).first(std::min(ids.size(), kLeavingRead)), objects);
    std::ranges::stable_sort(objects, {}, &Object::due);
    objects.resize(std::min(objects.size(), limits::kItemsShown - status.leaving.size()));
    for (const auto& object : objects) {
        status.leaving.push_back({object_path(schema, object), object.due});
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
    read_unresolved(configuration.schema, view, status.runs, status);
    read_leaving(configuration.schema, view, status);
    std::erase_if(status.runs,
                  [](const ActivityRow& row) { return static_cast<bool>(row.parent); });
    status.runs.resize(std::min(status.runs.size(), kRunsShown));
    status.holds = holds(configuration, view);
    status.waits = waits(configuration, view);
    status.gone = Keepers(RuleBook(configuration), view).things();
    for (const auto& [thing, objects] : status.gone) {  // looked at in every run, and not in error
        auto& in_error = status.spaces.front().in_error;
        in_error -= std::min(in_error, objects);
    }
    status.refused = refusals(configuration, view);
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
            {"discarded", space.discarded},
            {"refused", space.refused},
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
    boost::json::object gone;
    for (const auto& [thing, objects] : status.gone) {
        gone.emplace(thing, objects);
    }
    boost::json::array unresolved;
    for (const auto& one : status.unresolved) {
        unresolved.push_back({{"object", one.object},
                              {"attribute", one.attribute},
                              {"text", one.text},
                              {"where", one.where}});
    }
    boost::json::array leaving;
    for (const auto& one : status.leaving) {
        leaving.push_back({{"object", one.object}, {"until", instant_json(one.until)}});
    }
    boost::json::array refused;
    for (const auto& of_system : status.refused) {
        refused.push_back(to_json(schema, of_system));
    }
    return {{"unresolved_references", status.unresolved_count},
            {"unresolved", std::move(unresolved)},
            {"leaving_objects", status.leaving_count},
            {"leaving", std::move(leaving)},
            {"store", status.store},
            {"last_commit", status.last.value},
            {"last_commit_time",
             status.commit ? instant_json(status.commit->time) : boost::json::value()},
            {"metaverse_objects", status.spaces.front().objects},
            {"metaverse_in_error", status.spaces.front().in_error},
            {"systems", std::move(systems)},
            {"runs", std::move(runs)},
            {"gone_from_configuration", std::move(gone)},
            {"holds", std::move(held)},
            {"waits", to_json(schema, status.waits)},
            {"refused", std::move(refused)}};
}

void print_spaces(const Console& console, const Status& status, Instant present) {
    Table table({1, 2, 3, 4, 5, 6, 7, 8});
    table.add({"", "objects", "joined", "in error", "planned", "sent", "held", "discarded",
               "refused", "last import"},
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
                   metaverse ? "" : text(space.discarded), metaverse ? "" : text(space.refused),
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

void print_more(const Console& console, std::uint64_t all, std::size_t shown) {
    if (all > shown) {
        console.out << styled(console, Style::faint,
                              fmt::format("  … and {} more", thousands(all - shown)))
                    << '\n';
    }
}

void print_unresolved(const Console& console, const Status& status) {
    if (status.unresolved_count == 0) {
        return;
    }
    console.out << styled(console, Style::warning,
                          counted(status.unresolved_count, "reference") +
                              (status.unresolved_count == 1 ? " leads" : " lead") + " nowhere")
                << '\n';
    Table table;
    for (const auto& one : status.unresolved) {
        table.add({printable(one.object), printable(one.attribute), printable(one.text),
                   printable(one.where)});
    }
    table.print(console, "  ");
    print_more(console, status.unresolved_count, status.unresolved.size());
}

void print_leaving(const Console& console, const Status& status, Instant present) {
    if (status.leaving_count == 0) {
        return;
    }
    console.out << styled(console, Style::strong,
                          counted(status.leaving_count, "object") + " leaving")
                << '\n';
    Table table;
    for (const auto& one : status.leaving) {
        table.add({printable(one.object), !one.until ? "its deletion has begun"
                                          : *one.until <= present
                                              ? "goes with the next run"
                                              : "until " + moment_text(*one.until)});
    }
    table.print(console, "  ");
    print_more(console, status.leaving_count, status.leaving.size());
}

void print(const Console& console, const Schema& schema, const Status& status, Instant present) {
    console.out << "store " << status.store;
    if (status.commit) {
        console.out << fmt::format(", last commit {} ({}, {})", status.last.value,
                                   status.commit->cause, age_text(status.commit->time, present));
    }
    console.out << '\n';
    print_spaces(console, status, present);
    for (const auto& [thing, objects] : status.gone) {
        console.out << styled(console, Style::bad, kept_text(thing, objects)) << '\n';
    }
    print_runs(console, status, present);
    print_unresolved(console, status);
    print_leaving(console, status, present);
    print_holds(console, schema, status.holds);
    print_waits(console, schema, status.waits);
    print_refusals(console, schema, status.refused, present);
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
        const auto all = items.size();
        print_items_by_code(context.console, std::move(items), all, "");
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
