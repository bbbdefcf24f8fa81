#include "run/preview.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <ostream>
#include <utility>

#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/progress.h"
#include "cli/run_scope.h"
#include "cli/run_store.h"
#include "cli/signal_stop.h"

namespace muster {
namespace {

constexpr std::size_t kObjectsShown = 50;  // of each space, on a terminal

/// Every planned or held export of a system, and no other: what failed before is no news.
constexpr ExportState kWouldSend[] = {ExportState::planned, ExportState::held};

void print_changes(const Console& console, const Configuration& configuration, View& view,
                   CommitNumber before, const Shown& shown) {
    for (const auto& space : configuration.schema.spaces()) {
        bool first = true;
        const auto print_one = [&](const ObjectChange& change) {
            if (std::exchange(first, false)) {
                const auto what =
                    space.id == kMetaverse ? "the metaverse" : "what is known of " + space.name;
                console.out << styled(console, Style::strong, "Changes in " + what) << '\n';
            }
            print_change(console, change);
        };
        const auto count =
            each_change(configuration.schema, view, space.id, before, print_one, shown.most);
        print_rest(console, count, shown);
    }
}

void print_exports(const Console& console, const Configuration& configuration, View& view,
                   const Shown& shown) {
    for (const auto& system : configuration.systems) {
        bool first = true;
        const auto print_one = [&](const PendingExport& pending) {
            if (std::exchange(first, false)) {
                console.out << styled(console, Style::strong, "Exports to " + system.name) << '\n';
            }
            print_export(console, pending);
        };
        const auto count = each_pending_export(configuration.schema, view, system.space, kWouldSend,
                                               print_one, shown.most);
        print_rest(console, count, shown);
    }
}

void print_as_json(const Console& console, const Configuration& configuration, View& view,
                   const Preview& result) {
    const auto& schema = configuration.schema;
    console.out << "{\"summary\":" << boost::json::serialize(to_json(schema, result.summary))
                << ",\"changes\":";
    JsonList changes(console.out);
    for (const auto& space : schema.spaces()) {
        each_change(schema, view, space.id, result.before,
                    [&](const ObjectChange& change) { changes.add(to_json(schema, change)); });
    }
    changes.end();
    console.out << ",\"exports\":";
    JsonList exports(console.out);
    for (const auto& system : configuration.systems) {
        each_pending_export(
            schema, view, system.space, kWouldSend,
            [&](const PendingExport& pending) { exports.add(to_json(schema, pending)); });
    }
    exports.end();
    console.out << ",\"items\":";
    JsonList items(console.out);
    for (const auto& item : view.items(result.summary.activity, kItemsRead)) {
        items.add(to_json(item));
    }
    items.end();
    console.out << "}\n";
}

}  // namespace

int execute(const PreviewOptions& options, const Context& context) {
    const auto& console = context.console;
    const auto configuration = load_usable_configuration(context.global);
    auto chain = run_options(configuration, options.scope);
    chain.import = options.only != "sync";
    chain.sync = options.only != "import";
    const SignalStop signals;
    ProgressLine progress(console);
    chain.observer = &progress;
    chain.stop = signals.token();
    RunStore store(configuration, StoreAccess::preview);
    const auto result = preview(configuration, *store, chain);
    store.print_notes(console);
    const auto view = store->view();
    if (context.global.json) {
        print_as_json(console, configuration, *view, result);
    } else {
        const bool whole = options.all || !console.out_terminal;
        const Shown shown{whole ? kEvery : kObjectsShown, "--all shows them"};
        print_exports(console, configuration, *view, shown);
        if (options.changes) {
            print_changes(console, configuration, *view, result.before, shown);
        }
        print_summary(console, configuration.schema, result.summary,
                      view->items(result.summary.activity, kItemsRead),
                      {options.items ? kEvery : kItemsOfEach, "muster preview --items"});
        console.out << styled(console, Style::faint,
                              "This was a preview: nothing was written anywhere.")
                    << '\n';
    }
    return result.summary.exit_code();
}

}  // namespace muster
