#include "run/targets.h"

#include <algorithm>

namespace muster {

namespace {

void add_planned(const PendingCount& pending, TargetChanges& to) {
    switch (pending.kind) {
        case ExportKind::create:
            to.added += pending.count;
            return;
        case ExportKind::update:
            (pending.renames ? to.moved : to.changed) += pending.count;
            return;
        case ExportKind::disable:
            to.disabled += pending.count;
            return;
        case ExportKind::erase:
            to.deleted += pending.count;
            return;
    }
}

void add_pending(const PendingCount& pending, TargetSummary& to) {
    switch (pending.state) {
        case ExportState::planned:
            add_planned(pending, to.planned);
            return;
        case ExportState::held:
            return;  // counted as the limits do, with links
        case ExportState::failed:
            to.refused += pending.count;
            return;
        case ExportState::sent:
            to.unknown += pending.count;
            return;
    }
}

/// Steps count as modified, too, who is disabled and who is told the rest of what began otherwise.
void add_done(const StepSummary& step, TargetChanges& to) {
    const auto count = [&](const char* name) {
        const auto found = step.counters.find(name);
        return found == step.counters.end() ? 0 : found->second;
    };
    to.added += count("added");
    to.moved += count("moved");
    to.deleted += count("removed");
    to.disabled += count("disabled");
    const auto otherwise = count("disabled") + count("completed");
    to.changed += count("modified") - std::min(count("modified"), otherwise);
}

}  // namespace

std::vector<TargetSummary> summarize_targets(const Configuration& configuration, View& view,
                                             const std::vector<StepSummary>& steps) {
    std::vector<TargetSummary> targets;
    for (const auto& system : configuration.systems) {
        if (std::ranges::none_of(configuration.outbound, [&](const OutboundRule& rule) {
                return rule.system == system.space;
            })) {
            continue;
        }
        auto& target = targets.emplace_back();
        target.system = system.name;
        for (const auto& pending : view.pending(system.space)) {
            add_pending(pending, target);
        }
        target.refused += view.refused(system.space).count;
        for (const auto& count : view.planned(system.space)) {
            target.held[static_cast<std::size_t>(count.kind)] += count.held;
        }
        for (const auto& step : steps) {
            if (step.kind == "export" && step.system == system.name) {
                add_done(step, target.done);
            }
        }
    }
    return targets;
}

}  // namespace muster
