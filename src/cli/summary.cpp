#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include "cli/describe.h"
#include "cli/run_scope.h"

namespace muster {
namespace {

/// What an operator looks for first; other counters follow by name.
constexpr std::string_view kCountersFirst[] = {
    "errors",  "held",    "added",     "modified",    "moved",          "disabled",
    "removed", "created", "updated",   "gone",        "confirmed",      "read",
    "joined",  "changed", "projected", "provisioned", "exports planned"};

std::string counters_text(const Counters& counters) {
    std::vector<std::pair<std::string_view, std::uint64_t>> ordered;
    for (const auto name : kCountersFirst) {
        if (const auto found = counters.find(std::string(name)); found != counters.end()) {
            ordered.emplace_back(name, found->second);
        }
    }
    for (const auto& [name, count] : counters) {
        if (std::ranges::find(kCountersFirst, name) == std::end(kCountersFirst)) {
            ordered.emplace_back(name, count);
        }
    }
    std::string text;
    for (const auto& [name, count] : ordered) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, thousands(count));
    }
    return text;
}

void print_steps(const Console& console, const RunSummary& summary) {
    Table table({3});
    for (const auto& step : summary.steps) {
        table.add({step.kind, step.system, std::string(step_status_name(step.status)),
                   duration_text(step.seconds), counters_text(step.counters)},
                  step.status == StepStatus::done ? Style::plain : style_of(step.status));
    }
    table.print(console);
    for (const auto& step : summary.steps) {
        if (step.message.empty()) {
            continue;
        }
        const auto name = step.system.empty() ? step.kind : step.kind + " " + step.system;
        console.out << styled(console, style_of(step.status), name) << ": "
                    << folded(console, printable(step.message), "    ", display_width(name) + 2)
                    << '\n';
        if (!step.cure.empty()) {
            console.out << "    " << folded(console, printable(step.cure), "    ", 4) << '\n';
        }
    }
}

/// "84 to add, 225 to change", "84 added, 225 changed".
std::string changes_text(const TargetChanges& changes, bool done) {
    struct Word {
        std::uint64_t count;
        const char* planned;
        const char* done;
    };
    const Word words[] = {{changes.added, "to add", "added"},
                          {changes.changed, "to change", "changed"},
                          {changes.moved, "to move", "moved"},
                          {changes.disabled, "to disable", "disabled"},
                          {changes.deleted, "to delete", "deleted"}};
    std::string text;
    for (const auto& word : words) {
        if (word.count > 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", thousands(word.count),
                                done ? word.done : word.planned);
        }
    }
    return text;
}

std::uint64_t total(const TargetChanges& changes) {
    return changes.added + changes.changed + changes.moved + changes.disabled + changes.deleted;
}

/// What is not as it ought to be: "4,205 removals held", "2 refused", "12 waiting".
std::string trouble_text(const TargetSummary& target, std::uint64_t waiting) {
    std::string text;
    const auto add = [&](std::uint64_t count, std::string_view what) {
        if (count > 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", thousands(count), what);
        }
    };
    for (const auto kind : kAllLimitKinds) {
        add(target.held[static_cast<std::size_t>(kind)],
            fmt::format("{} held", limit_kind_name(kind)));
    }
    add(target.refused, "refused");
    add(target.unknown, "of unknown fate");
    add(waiting, "waiting");
    return text;
}

void print_targets(const Console& console, const RunSummary& summary) {
    const bool sent = std::ranges::any_of(
        summary.steps, [](const StepSummary& step) { return step.kind == "export"; });
    for (const auto& target : summary.targets) {
        // A run that sent something tells what it did, and what is left; else what is to be done.
        const auto changes =
            sent ? changes_text(target.done, true) : changes_text(target.planned, false);
        const auto trouble = trouble_text(
            target,
            sent ? total(target.planned) - std::min(total(target.planned), target.refused) : 0);
        auto text = changes;
        if (!trouble.empty()) {
            text += (text.empty() ? "" : "; ") + trouble;
        }
        if (text.empty()) {
            text = sent ? "nothing changed" : "nothing to do";
        }
        console.out << styled(console, Style::strong, target.system) << ": "
                    << styled(console, trouble.empty() ? Style::plain : Style::warning,
                              folded(console, text, "    ", display_width(target.system) + 2))
                    << '\n';
    }
}

}  // namespace

void print_summary(const Console& console, const Schema& schema, const RunSummary& summary,
                   std::vector<Item> items, const ItemsShown& shown) {
    print_steps(console, summary);
    print_items_by_code(console, std::move(items), shown.of_each, shown.command);
    print_holds(console, schema, summary.holds);
    print_refusals(console, schema, summary.refused, now());
    print_waits(console, schema, summary.waits);
    print_targets(console, summary);
}

}  // namespace muster
