#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "reference/metaverse_state.h"
#include "reference/reference_model.h"
#include "run/changes.h"
#include "world/explore.h"
#include "world/play.h"
#include "world/world_run.h"

namespace muster::testing {
namespace {

/// Plays the world in both, and compares them after every step.
std::string equals_reference(const World& world) {
    WorldRun real(world.configuration);
    ReferenceModel model(world.configuration);
    auto systems = make_systems(world.configuration);
    for (std::size_t s = 0; s < world.steps.size(); ++s) {
        const auto& step = world.steps[s];
        apply_all(step.edits, world, real.systems());
        apply_all(step.edits, world, systems);
        const auto before = real.last_commit();
        const auto summary = real.run(step.run, moment(world, s));
        model.run(step.run, moment(world, s), systems);
        if (model.refused() || real.refusals() > 0) {
            return {};  // two objects wanted one name: which of them gets it is not the model's
                        // business
        }
        auto wrong = failed_steps(summary) +
                     difference("the metaverse", describe(model.metaverse()),
                                describe_metaverse(real, world)) +
                     difference("a target", describe_targets(world, systems),
                                describe_targets(world, real.systems()));
        if (!wrong.empty()) {
            return fmt::format("after step {}: {}{}{}", s, wrong, items(summary),
                               log_since(real, world, before));
        }
    }
    return {};
}

/// All changes since a commit and all that is pending, in words.
Lines describe_work(View& view, const World& world, CommitNumber before) {
    const auto& schema = world.configuration.schema;
    Lines lines;
    const auto add = [&](std::string line, const std::vector<ValueDifference>& values) {
        for (const auto& value : values) {
            line += fmt::format(" {}: {} -> {}", value.what, fmt::join(value.before, "|"),
                                fmt::join(value.after, "|"));
        }
        lines.push_back(std::move(line));
    };
    for (const auto& space : schema.spaces()) {
        each_change(schema, view, space.id, before, [&](const ObjectChange& change) {
            add(fmt::format("{} {}", change_kind_name(change.kind), change.path), change.values);
        });
    }
    for (const auto target : world.targets) {
        each_pending_export(schema, view, target, {}, [&](const PendingExport& pending) {
            add(fmt::format("{} {} {} because of {}", export_state_name(pending.row.state),
                            export_kind_name(pending.row.kind), pending.path, pending.cause),
                pending.values);
        });
    }
    std::ranges::sort(lines);
    return lines;
}

/// Previews every run of the world in a store that forgets it, and then makes it.
std::string previews_exactly(const World& world) {
    WorldRun real(world.configuration, Knobs{4'000, 1, true});
    for (std::size_t s = 0; s < world.steps.size(); ++s) {
        apply_all(world.steps[s].edits, world, real.systems());
        Run run = world.steps[s].run;
        run.exports = false;
        const auto operations = real.operations();
        Lines foreseen;
        CommitNumber before;
        real.preview(run, moment(world, s), [&](Store& store, const Preview& seen) {
            before = seen.before;
            foreseen = describe_work(*store.view(), world, before);
        });
        const bool written = real.last_commit() != before || real.operations() != operations;
        auto wrong = failed_steps(real.run(run, moment(world, s)));
        wrong += written ? "the preview wrote something\n" : "";
        wrong += difference("what was done", foreseen, describe_work(*real.view(), world, before));
        if (!wrong.empty()) {
            return fmt::format("after step {}: {}", s, wrong);
        }
        run = {};
        run.import = run.sync = false;
        real.run(run, moment(world, s));
    }
    return {};
}

TEST(RunProperty, PreviewShowsExactlyWhatTheRunDoes) {
    explore(Manner::wild, 800'001, 60, previews_exactly);
    explore(Manner::tame, 900'001, 40, previews_exactly);
}

/// What the targets hold in the end depends on when it is sent only by way of initial values, and
/// of what is disabled or let go instead of removed.
World without_memory(World world) {
    for (auto& rule : world.configuration.outbound) {
        rule.deprovision = DeprovisionAction::erase;
        for (auto& flow : rule.flows) {
            flow.initial_only = false;
        }
    }
    return world;
}

TEST(RunProperty, EqualsTheReferenceModelInHostileWorlds) {
    explore(Manner::hostile, 2'000'001, 1'200, equals_reference);
}

TEST(RunProperty, EqualsTheReferenceModelAfterEveryStep) {
    explore(Manner::wild, 1, 300, equals_reference);
    explore(Manner::tame, 100'001, 300, equals_reference);
    explore(Manner::tame, 700'001, 200,
            [](const World& world) { return equals_reference(without_memory(world)); });
}

std::string is_idempotent(const World& world) {
    WorldRun real(world.configuration);
    auto wrong = play(world, real);
    wrong += settle(world, real);
    for (const bool full : {false, true}) {
        const auto commit = real.last_commit();
        const auto operations = real.operations();
        Run again;
        again.full = full;
        const auto summary = real.run(again, the_end(world));
        if (real.last_commit() != commit) {
            wrong += fmt::format("a {} run with nothing changed wrote commits {} to {}\n{}",
                                 full ? "full" : "delta", commit.value + 1,
                                 real.last_commit().value, items(summary));
        }
        if (real.operations() != operations && real.refusals() == 0) {
            wrong += fmt::format("a run with nothing changed sent {} operations\n",
                                 real.operations() - operations);
        }
    }
    return wrong;
}

TEST(RunProperty, RunningAgainWritesNothingAndFullEqualsDelta) {
    explore(Manner::wild, 200'001, 150, is_idempotent);
    explore(Manner::tame, 300'001, 150, is_idempotent);
}

/// Everything there is at the end, and a metaverse to begin with.
std::vector<Edit> all_edits(const World& world) {
    std::vector<Edit> edits;
    for (const auto& step : world.steps) {
        for (const auto& edit : step.edits) {
            const bool drift =
                edit.kind == Edit::Kind::drift_remove || edit.kind == Edit::Kind::drift_set;
            if (!drift) {
                edits.push_back(edit);
            }
        }
    }
    return edits;
}

std::string is_confluent(const World& world) {
    WorldRun together(world.configuration);
    apply_all(all_edits(world), world, together.systems());
    auto wrong = failed_steps(together.run({}, the_end(world)));

    Dice dice(world.steps.size() + world.configuration.inbound.size());
    WorldRun apart(world.configuration);
    apply_all(all_edits(world), world, apart.systems());
    auto order = world.sources;
    order.insert(order.end(), world.targets.begin(), world.targets.end());
    for (int round = 0; round < 2; ++round) {
        dice.shuffle(order);
        for (const auto system : order) {
            Run one;
            one.systems = {system};
            one.exports = false;  // what is sent initially depends on when it is sent
            one.full = dice.chance(30);
            wrong += failed_steps(apart.run(one, the_end(world)));
        }
    }
    wrong += failed_steps(apart.run({}, the_end(world)));
    return wrong +
           difference("the metaverse", describe_metaverse(together, world),
                      describe_metaverse(apart, world)) +
           difference("a target", describe_targets(world, together.systems()),
                      describe_targets(world, apart.systems()));
}

TEST(RunProperty, OrderOfImportsDoesNotMatter) {
    explore(Manner::tame, 400'001, 250, is_confluent);
}

std::string ignores_knobs(const World& world) {
    WorldRun plain(world.configuration);
    auto wrong = play(world, plain);
    const auto metaverse = describe_metaverse(plain, world);
    const auto targets = describe_targets(world, plain.systems());
    for (const Knobs knobs : {Knobs{1, 1, false}, Knobs{7, 4, false}, Knobs{2, 2, false}}) {
        WorldRun other(world.configuration, knobs);
        wrong += play(world, other);
        const auto differs =
            difference("the metaverse", metaverse, describe_metaverse(other, world)) +
            difference("a target", targets, describe_targets(world, other.systems()));
        if (!differs.empty()) {
            wrong += fmt::format("pages of {}, {} threads: {}", knobs.page_objects, knobs.threads,
                                 differs);
        }
    }
    return wrong;
}

TEST(RunProperty, PageSizeAndThreadsDoNotMatter) {
    explore(Manner::wild, 500'001, 100, ignores_knobs);
    explore(Manner::tame, 600'001, 50, ignores_knobs);
}

/// Other processes change what a run works on: it begins again, and ends the same.
std::string ignores_conflicts(const World& any_world) {
    const auto world = without_memory(any_world);
    WorldRun plain(world.configuration);
    WorldRun disturbed(world.configuration, Knobs{3, 2, false, false, 4});
    std::string wrong;
    for (auto* real : {&plain, &disturbed}) {
        wrong += play(world, *real);
        wrong += settle(world, *real);
    }
    return wrong +
           difference("the metaverse", describe_metaverse(plain, world),
                      describe_metaverse(disturbed, world)) +
           difference("a target", describe_targets(world, plain.systems()),
                      describe_targets(world, disturbed.systems()));
}

TEST(RunProperty, ConflictsWithOtherProcessesDoNotMatter) {
    explore(Manner::tame, 1'000'001, 100, ignores_conflicts);
}

std::string pending_exports(WorldRun& world_run, const World& world) {
    std::string text;
    for (const auto target : world.targets) {
        world_run.view()->exports(target, {}, [&](const Export& row) {
            text += fmt::format("pending: {} {} {} after {} attempts {}\n",
                                world.configuration.schema.space(target).name,
                                export_kind_name(row.kind), export_state_name(row.state),
                                row.attempts, row.error);
        });
    }
    return text;
}

std::string survives_trouble(const World& any_world) {
    const auto world = without_memory(any_world);
    WorldRun plain(world.configuration);
    auto wrong = play(world, plain);
    WorldRun troubled(world.configuration);
    Dice dice(world.steps.size());
    bool calm = false;
    for (auto& [space, system] : troubled.systems()) {
        system.trouble = [&dice, &calm] {
            static const std::vector<Trouble> troubles{Trouble::refuse, Trouble::lose_request,
                                                       Trouble::lose_answer, Trouble::hide_anchor};
            return calm || dice.chance(80) ? Trouble::none : dice.pick(troubles);
        };
    }
    for (std::size_t s = 0; s < world.steps.size(); ++s) {
        apply_all(world.steps[s].edits, world, troubled.systems());
        troubled.run(world.steps[s].run, moment(world, s));
    }
    calm = true;
    for (int i = 0; i < 4; ++i) {
        plain.run({}, the_end(world));
        troubled.run({}, the_end(world));
    }
    if (plain.refusals() > 0 || troubled.refusals() > 0) {
        return wrong;
    }
    const auto differs = difference("a target", describe_targets(world, plain.systems()),
                                    describe_targets(world, troubled.systems()));
    return wrong + differs +
           (differs.empty()
                ? ""
                : pending_exports(troubled, world) + log_since(troubled, world, CommitNumber{}));
}

TEST(RunProperty, TroubledExportsEndWhereUntroubledOnesDo) {
    explore(Manner::tame, 700'001, 150, survives_trouble);
}

/// Directories that change by themselves what refers to the renamed end as others do, and are sent
/// no more than those.
std::string ignores_mending(const World& any_world) {
    const auto world = without_memory(any_world);
    WorldRun plain(world.configuration);
    WorldRun mending(world.configuration);
    for (auto& [space, system] : mending.systems()) {
        system.mends_links = system.named;
    }
    std::string wrong;
    for (auto* real : {&plain, &mending}) {
        wrong += play(world, *real);
        for (int i = 0; i < 3; ++i) {
            wrong += failed_steps(real->run({}, the_end(world)));
        }
    }
    if (plain.refusals() == 0 && mending.refusals() == 0 &&
        mending.operations() > plain.operations()) {
        wrong +=
            fmt::format("{} operations instead of {}\n", mending.operations(), plain.operations());
    }
    return wrong + difference("a target", describe_targets(world, plain.systems()),
                              describe_targets(world, mending.systems()));
}

TEST(RunProperty, MendedLinksAreNotRenewed) {
    explore(Manner::tame, 1'100'001, 100, ignores_mending);
}

}  // namespace
}  // namespace muster::testing
