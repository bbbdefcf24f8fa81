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
    for (const auto& name : scope.accept_incomplete) {
        options.accept_incomplete.push_back(require_system(configuration, name));
    }
    options.full = scope.full;
    options.threads = scope.threads;
    if (scope.page_objects > 0) {
        options.page_objects = scope.page_objects;
    }
    return options;
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
        const auto items = store->view()->items(summary.activity, kItemsRead);
        print_summary(context.console, configuration.schema, summary, items,
                      {kItemsOfEach, "muster status --items"});
    }
    return summary.exit_code();
}

}  // namespace muster
