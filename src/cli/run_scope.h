#pragma once

#include "cli/console.h"
#include "cli/options.h"
#include "run/run.h"

namespace muster {

// What `run` and `preview` share.

/// The options of a run over the scope. Throws Error(usage) for an unknown system.
RunOptions run_options(const Configuration& configuration, const Scope& scope);

inline constexpr std::size_t kItemsOfEach = 5;        ///< of a code, printed where not all are
inline constexpr std::size_t kItemsRead = 1'000'000;  ///< of a run, at most

/// How many items of each code to print, and the command that shows the others.
struct ItemsShown {
    std::size_t of_each;
    const char* command;
};

/// A line a step with its counters, what went wrong, the items by code, what is held, and last a
/// line for every system that is written to, in the operator's words.
void print_summary(const Console& console, const Schema& schema, const RunSummary& summary,
                   std::vector<Item> items, const ItemsShown& shown);

}  // namespace muster
