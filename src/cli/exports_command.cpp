#include <fmt/format.h>

#include <ostream>

#include "cli/commands.h"
#include "cli/describe.h"
#include "run/changes.h"
#include "run/run.h"

namespace muster {
namespace {

constexpr std::size_t kExportsShown = 50;  // of each system, on a terminal

std::vector<SpaceId> chosen_systems(const Configuration& configuration, const std::string& name) {
    if (!name.empty()) {
        return {require_system(configuration, name)};
    }
    std::vector<SpaceId> systems;
    systems.reserve(configuration.systems.size());
    for (const auto& system : configuration.systems) {
        systems.push_back(system.space);
    }
    return systems;
}

bool wanted(const ExportsOptions& options, const PendingExport& pending) {
    return !options.refused || pending.row.state != ExportState::planned ||
           !pending.row.error.empty();
}

void print_as_json(const Console& console, const Schema& schema, View& view,
                   const std::vector<SpaceId>& systems, const ExportsOptions& options,
                   std::span<const Hold> held) {
    console.out << "{\"exports\":";
    JsonList list(console.out);
    for (const auto system : systems) {
        each_pending_export(schema, view, system, options.states,
                            [&](const PendingExport& pending) {
                                if (wanted(options, pending)) {
                                    list.add(to_json(schema, pending));
                                }
                            });
    }
    list.end();
    console.out << ",\"holds\":";
    JsonList holds_list(console.out);
    for (const auto& hold : held) {
        holds_list.add(to_json(schema, hold));
    }
    holds_list.end();
    console.out << "}\n";
}

}  // namespace

int execute(const ExportsOptions& options, const Context& context) {
    const auto& console = context.console;
    const auto configuration = load_usable_configuration(context.global);
    const auto& schema = configuration.schema;
    const auto systems = chosen_systems(configuration, options.system);
    const auto store = open_store(configuration, StoreAccess::read);
    const auto view = store->view();
    auto held = holds(configuration, *view);
    std::erase_if(held, [&](const Hold& hold) {
        return std::ranges::find(systems, hold.system) == systems.end();
    });
    if (context.global.json) {
        print_as_json(console, schema, *view, systems, options, held);
        return 0;
    }
    const bool whole = options.all || options.refused || !console.out_terminal;
    const Shown shown{whole ? kEvery : kExportsShown, "--all shows them"};
    for (const auto system : systems) {
        const auto count = each_pending_export(
            schema, *view, system, options.states,
            [&](const PendingExport& pending) {
                if (wanted(options, pending)) {
                    print_export(console, pending);
                }
            },
            shown.most);
        print_rest(console, count, shown);
    }
    print_holds(console, schema, held);
    return 0;
}

int execute(const ReleaseOptions& options, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    const auto system = require_system(configuration, options.system);
    const auto type = require_type(configuration, system, options.type);
    const auto store = open_store(configuration, StoreAccess::write);
    const auto lock = store->lock(kSyncLock);
    const auto count =
        (options.discard ? discard : release)(configuration, *store, system, type, options.kind);
    if (context.global.json) {
        print_json(context.console,
                   boost::json::object{{options.discard ? "discarded" : "released", count}});
    } else {
        context.console.out << fmt::format(
            "{} {} {} of {} {}{}\n", options.discard ? "discarded" : "released", thousands(count),
            limit_kind_name(options.kind), options.system, options.type,
            options.discard || count == 0 ? "" : "; the next export sends them");
    }
    return 0;
}

}  // namespace muster
