#include <fmt/format.h>

#include <ostream>

#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/progress.h"
#include "cli/run_scope.h"
#include "cli/run_store.h"
#include "cli/signal_stop.h"
#include "run/run.h"

namespace muster {

RunOptions run_options(const Configuration& configuration, const Scope& scope) {
    RunOptions options;
    for (const auto& name : scope.systems) {
        options.systems.push_back(require_system(configuration, name));
    }
    options.full = scope.full;
    options.threads = scope.threads;
    if (scope.page_objects > 0) {
        options.page_objects = scope.page_objects;
    }
    return options;
}

void print_summary(const Console& console, const Schema& schema, const RunSummary& summary) {
    Table table({3});
    for (const auto& step : summary.steps) {
        std::string counters;
        for (const auto& [name, count] : step.counters) {
            counters +=
                fmt::format("{}{} {}", counters.empty() ? "" : ", ", name, thousands(count));
        }
        table.add({step.kind, step.system, std::string(step_status_name(step.status)),
                   duration_text(step.seconds), counters},
                  step.status == StepStatus::done ? Style::plain : style_of(step.status));
    }
    table.print(console);
    for (const auto& step : summary.steps) {
        const auto name = step.system.empty() ? step.kind : step.kind + " " + step.system;
        if (!step.message.empty()) {
            console.out << styled(console, style_of(step.status), name) << ": "
                        << printable(step.message) << '\n';
            if (!step.cure.empty()) {
                console.out << "    " << printable(step.cure) << '\n';
            }
        }
        print_items(console, step.items, "  ");
        if (step.item_count > step.items.size()) {
            console.out << fmt::format("  and {} more (muster status --items)\n",
                                       thousands(step.item_count - step.items.size()));
        }
    }
    print_holds(console, schema, summary.holds);
}

int execute(const RunCommandOptions& options, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    auto chain = run_options(configuration, options.scope);
    if (!options.only.empty()) {
        chain.import = options.only == "import";
        chain.sync = options.only == "sync";
        chain.exports = options.only == "export";
    }
    const SignalStop signals;
    ProgressLine progress(context.console);
    chain.observer = &progress;
    chain.stop = signals.token();
    RunStore store(configuration, StoreAccess::write);
    const auto summary = run(configuration, *store, chain);
    store.print_notes(context.console);
    if (context.global.json) {
        print_json(context.console, to_json(configuration.schema, summary));
    } else {
        print_summary(context.console, configuration.schema, summary);
    }
    return summary.exit_code();
}

}  // namespace muster
