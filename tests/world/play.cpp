#include "world/play.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reference/metaverse_state.h"

namespace muster::testing {

std::string difference(const std::string& what, const Lines& expected, const Lines& actual) {
    Lines missing;
    Lines surplus;
    std::ranges::set_difference(expected, actual, std::back_inserter(missing));
    std::ranges::set_difference(actual, expected, std::back_inserter(surplus));
    if (missing.empty() && surplus.empty()) {
        return {};
    }
    return fmt::format("{} differs\nexpected:\n  {}\nfound:\n  {}\n", what,
                       fmt::join(missing, "\n  "), fmt::join(surplus, "\n  "));
}

Lines describe_targets(const World& world, const Systems& systems) {
    Lines lines;
    for (const auto target : world.targets) {
        const auto& system = systems.at(target);
        for (auto row : system.rows) {
            row.anchor = system.named ? std::string() : row.anchor;
            lines.push_back(world.configuration.schema.space(target).name + " " +
                            describe(row, world.configuration.schema));
        }
    }
    std::ranges::sort(lines);
    return lines;
}

Lines describe_metaverse(WorldRun& world_run, const World& world) {
    return describe(read_metaverse(*world_run.view(), world.configuration));
}

void apply_all(const std::vector<Edit>& edits, const World& world, Systems& systems) {
    for (const auto& edit : edits) {
        apply(edit, world.configuration, systems);
    }
}

std::string failed_steps(const RunSummary& summary) {
    std::string text;
    for (const auto& step : summary.steps) {
        const bool told = std::ranges::any_of(
            step.items, [](const auto& item) { return item.code == "incomplete-read"; });
        if (step.status == StepStatus::failed && !told) {
            text += step.kind + " " + step.system + " failed: " + step.message + "\n";
        }
    }
    return text;
}

std::string items(const RunSummary& summary) {
    std::string text;
    for (const auto& step : summary.steps) {
        for (const auto& item : step.items) {
            text += fmt::format("item {} {} {}: {} {}\n", item.system, item.type, item.anchor,
                                item.code, item.message);
        }
    }
    return text;
}

std::string log_since(WorldRun& world_run, const World& world, CommitNumber before) {
    std::string text;
    for (const auto& space : world.configuration.schema.spaces()) {
        world_run.view()->changed_since(space.id, before, [&](const Change& change) {
            text += fmt::format("commit {} {} {} {}: {}\n", change.commit.value, space.name,
                                change.object.value, change_kind_name(change.kind), change.delta);
        });
    }
    return text;
}

std::string play(const World& world, WorldRun& real) {
    for (std::size_t s = 0; s < world.steps.size(); ++s) {
        apply_all(world.steps[s].edits, world, real.systems());
        auto failed = failed_steps(real.run(world.steps[s].run, moment(world, s)));
        if (!failed.empty()) {
            return failed;
        }
    }
    return {};
}

Instant the_end(const World& world) {
    return moment(world, world.steps.size() - 1) + std::chrono::hours(100);
}

std::string settle(const World& world, WorldRun& real) {
    std::string wrong;
    for (int i = 0; i < 3; ++i) {
        wrong += failed_steps(real.run({}, the_end(world)));
    }
    return wrong;
}

}  // namespace muster::testing
