// The laws of identity (what users trust), each tried on worlds that do their worst.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/dn.h"
#include "base/hash.h"
#include "world/dice.h"
#include "world/explore.h"
#include "world/lost_configuration.h"
#include "world/play.h"

namespace muster::testing {
namespace {

bool is_named(const World& world, SpaceId system) {
    return world.configuration.system(system).connector == "ldap";
}

/// Nothing is refused any more, and everything can be read.
void make_peace(Systems& systems) {
    for (auto& [space, system] : systems) {
        system.refused.clear();
        for (auto& row : system.rows) {
            row.misspelt.clear();
        }
    }
}

// 1. Nobody is taken over by a name

/// Entries that somebody else made under the names that a target's rules give, for people whom
/// nobody knows by a matching rule.
void plant_strangers(const World& world, Systems& systems) {
    const auto& schema = world.configuration.schema;
    for (const auto& rule : world.configuration.outbound) {
        if (!is_named(world, rule.system)) {
            continue;
        }
        for (int person = 0; person < 3; ++person) {
            const auto id = fmt::format("i{}{}", person, person % 3 == 1 ? ", ö+1" : "");
            const auto rest = fmt::format(",ou={},ou={},dc=test", schema.type(rule.target).name,
                                          schema.type(rule.source).name);
            for (const char* place : {"", ",ou=a", ",ou=b"}) {
                Row row{rule.target, {}, format_rdn("cn", id) + place + rest, {}};
                row.values[schema.find_attribute(rule.target, "id")] = {"stranger " + id + place};
                row.values[schema.find_attribute(rule.target, "hidden")] = {"false"};
                systems.at(rule.system).put(std::move(row));
            }
        }
    }
}

Lines strangers(const World& world, const Systems& systems) {
    Lines lines;
    for (const auto& line : describe_targets(world, systems)) {
        if (line.find("stranger ") != std::string::npos) {
            lines.push_back(line);
        }
    }
    return lines;
}

World without_drift(World world) {
    for (auto& step : world.steps) {
        std::erase_if(step.edits, [](const Edit& edit) {
            return edit.kind == Edit::Kind::drift_remove || edit.kind == Edit::Kind::drift_set ||
                   edit.kind == Edit::Kind::drift_rename || edit.kind == Edit::Kind::drift_foreign;
        });
    }
    return world;
}

std::string takes_nobody_over(const World& any_world) {
    const auto world = without_drift(any_world);
    WorldRun real(world.configuration);
    plant_strangers(world, real.systems());
    const auto before = strangers(world, real.systems());
    auto wrong = play(world, real);
    wrong += settle(world, real);
    return wrong + difference("a stranger", before, strangers(world, real.systems()));
}

TEST(Laws, NobodyIsTakenOverByAName) {
    explore(Manner::hostile, 3'000'001, 200, takes_nobody_over);
}

// 2. An incomplete read proves nothing

/// Which objects a system has, under which names.
Lines identities(const World& world, const MemorySystem& system) {
    Lines lines;
    for (const auto& row : system.rows) {
        lines.push_back(fmt::format("{} {} <{}>", world.configuration.schema.type(row.type).name,
                                    row.anchor, row.name));
    }
    std::ranges::sort(lines);
    return lines;
}

std::string concludes_nothing(const World& world) {
    WorldRun real(world.configuration);
    Dice dice(world.steps.size());
    std::string wrong;
    for (std::size_t s = 0; s < world.steps.size(); ++s) {
        apply_all(world.steps[s].edits, world, real.systems());
        Run run = world.steps[s].run;
        run.import = true;
        run.systems.clear();
        run.truncated.clear();
        std::map<SpaceId, Lines> before;
        for (const auto target : world.targets) {
            if (dice.chance(50)) {
                run.truncated.push_back(dice.pick(world.configuration.schema.space(target).types));
                before[target] = identities(world, real.systems().at(target));
            }
        }
        const auto summary = real.run(run, moment(world, s));
        wrong += failed_steps(summary);
        if (!before.empty() && summary.exit_code() != 1) {
            wrong += fmt::format("an incomplete read ended with {}\n", summary.exit_code());
        }
        for (const auto& [target, lines] : before) {
            wrong += difference("a target", lines, identities(world, real.systems().at(target)));
        }
    }
    return wrong;
}

TEST(Laws, AnIncompleteReadProvesNothing) {
    explore(Manner::hostile, 3'100'001, 200, concludes_nothing);
}

// 3. What cannot be read is not empty

std::string keeps_what_it_cannot_read(const World& world) {
    WorldRun real(world.configuration);
    auto wrong = play(world, real);
    make_peace(real.systems());
    wrong += settle(world, real);
    const auto metaverse = describe_metaverse(real, world);
    const auto targets = describe_targets(world, real.systems());
    const auto operations = real.operations();
    Dice dice(world.steps.size());
    for (const auto source : world.sources) {
        for (auto& row : real.systems().at(source).rows) {
            for (const auto& a : world.configuration.schema.attributes(row.type)) {
                if (a.name != "key" && dice.chance(30)) {
                    row.misspelt.insert(a.id);
                }
            }
        }
    }
    for (const bool readable : {false, true}) {
        if (readable) {
            make_peace(real.systems());
        }
        for (const bool full : {false, true}) {
            Run run;
            run.full = full;
            wrong += failed_steps(real.run(run, the_end(world)));
            wrong += difference(readable ? "the metaverse, readable again" : "the metaverse",
                                metaverse, describe_metaverse(real, world));
        }
    }
    if (real.refusals() == 0 && real.operations() != operations) {
        wrong += difference("a target", targets, describe_targets(world, real.systems())) +
                 fmt::format("{} operations were sent\n", real.operations() - operations);
    }
    return wrong;
}

TEST(Laws, WhatCannotBeReadIsNotEmpty) {
    explore(Manner::hostile, 3'200'001, 200, keeps_what_it_cannot_read);
}

// 5. Incremental is full

std::string rests(const World& world) {
    WorldRun real(world.configuration);
    auto wrong = play(world, real);
    make_peace(real.systems());
    wrong += settle(world, real);
    if (real.refusals() > 0) {
        return wrong;
    }
    Dice dice(world.steps.size());
    for (const bool full : {false, true}) {
        for (auto& [space, system] : real.systems()) {
            dice.shuffle(system.rows);
        }
        const auto commit = real.last_commit();
        const auto operations = real.operations();
        Run again;
        again.full = full;
        const auto summary = real.run(again, the_end(world));
        if (real.last_commit() != commit || real.operations() != operations) {
            wrong += fmt::format("a {} run of the same in another order sent {} operations\n{}{}",
                                 full ? "full" : "delta", real.operations() - operations,
                                 items(summary), log_since(real, world, commit));
        }
    }
    return wrong;
}

TEST(Laws, IncrementalIsFullWhateverTheOrder) {
    explore(Manner::hostile, 3'300'001, 200, rests);
}

// 6. A change of configuration loses nobody

/// Whoever is there belongs in every target, so that nothing but presence decides.
World with_open_scopes(World world) {
    for (auto& rule : world.configuration.outbound) {
        rule.scope = Expression{"id", {"random.yaml", 1, 1}};
        rule.deprovision = DeprovisionAction::erase;
        for (auto& flow : rule.flows) {
            flow.initial_only = false;
        }
    }
    return world;
}

Loss some_loss(const World& world, Dice& dice) {
    const auto& configuration = world.configuration;
    Loss loss;
    const auto what = dice.below(3);
    if (what == 0) {
        loss.system = dice.pick(configuration.systems).space;
    } else if (what == 1) {
        loss.type =
            dice.pick(configuration.schema.space(dice.pick(configuration.systems).space).types);
    } else {
        loss.inbound_rule = dice.below(configuration.inbound.size());
    }
    return loss;
}

/// A digest as loading gives it: of all that is said.
void sign(Configuration& configuration) {
    configuration.digest = digest(describe(configuration));
}

/// Who the metaverse knows, by id.
Lines people(WorldRun& world_run, const Configuration& configuration) {
    const auto& schema = configuration.schema;
    Lines lines;
    const auto view = world_run.view();
    for (const auto type : schema.space(kMetaverse).types) {
        std::vector<ObjectId> ids;
        view->objects(type, ObjectId{}, 1'000, ids);
        std::vector<Object> objects;
        view->hydrate(ids, objects);
        for (const auto& object : objects) {
            lines.push_back(fmt::format("{} {}{}", schema.type(type).name,
                                        object.attributes.first(schema.find_attribute(type, "id")),
                                        is_leaving(object.state) ? " leaving" : ""));
        }
    }
    std::ranges::sort(lines);
    return lines;
}

std::string loses_nobody(const World& any_world) {
    auto world = with_open_scopes(any_world);
    sign(world.configuration);
    WorldRun real(world.configuration, Knobs{4'000, 1, false, true});
    auto wrong = play(world, real);
    wrong += settle(world, real);
    if (real.refusals() > 0) {
        return wrong;
    }
    const auto everybody = people(real, world.configuration);
    const auto leaves = [](const std::string& line) { return line.ends_with(" leaving"); };
    if (std::ranges::any_of(everybody, leaves)) {
        return wrong;  // who has left and is still joined to something may well go with it
    }
    const auto metaverse = describe_metaverse(real, world);
    const auto targets = describe_targets(world, real.systems());

    Dice dice(world.steps.size() + world.configuration.inbound.size());
    const auto loss = some_loss(world, dice);
    auto poorer = without(world.configuration, loss);
    if (!poorer) {
        return wrong;
    }
    sign(*poorer);
    const auto name = name_of(world.configuration, loss);
    real.reconfigure(*poorer);
    for (int i = 0; i < 2; ++i) {
        wrong += failed_steps(real.run({}, the_end(world)));
        wrong += difference("without " + name + ", who is there", everybody, people(real, *poorer));
    }
    real.reconfigure(world.configuration);
    wrong += settle(world, real);
    return wrong +
           difference(name + " back, the metaverse", metaverse, describe_metaverse(real, world)) +
           difference(name + " back, a target", targets, describe_targets(world, real.systems()));
}

TEST(Laws, AChangeOfConfigurationLosesNobody) {
    explore(Manner::tame, 3'400'001, 500, loses_nobody);
}

// 7. Nothing is parked in silence

std::string parks_nothing_in_silence(const World& world) {
    WorldRun real(world.configuration);
    auto wrong = play(world, real);
    for (int i = 0; i < 5; ++i) {
        const auto summary = real.run({}, the_end(world));
        wrong += failed_steps(summary);
        std::size_t pending = 0;
        for (const auto target : world.targets) {
            constexpr ExportState kOpen[] = {ExportState::planned, ExportState::sent};
            real.view()->exports(target, kOpen, [&](const Export&) { ++pending; });
        }
        if (pending > 0 && (summary.exit_code() == 0 || items(summary).empty())) {
            wrong += fmt::format("{} exports wait, and the run ended with {}:\n{}", pending,
                                 summary.exit_code(), items(summary));
        }
    }
    return wrong;
}

TEST(Laws, NothingIsParkedInSilence) {
    explore(Manner::hostile, 3'500'001, 200, parks_nothing_in_silence);
}

// 10. Whoever was created here is looked after here

/// Whether all that a rule creates is found again by one of its own.
bool is_found_again(const World& world) {
    const auto& configuration = world.configuration;
    return std::ranges::all_of(configuration.outbound, [&](const OutboundRule& rule) {
        const auto same_type = [&](const OutboundRule& o) { return o.target == rule.target; };
        const auto finds = [&](const InboundRule& in) {
            return in.source == rule.target && in.target == rule.source;
        };
        const auto writes_only = [&](const TypeSettings& t) {
            return t.type == rule.target && !t.attributes.empty();
        };
        return std::ranges::count_if(configuration.outbound, same_type) == 1 &&
               std::ranges::any_of(configuration.inbound, finds) &&
               std::ranges::none_of(configuration.system(rule.system).types, writes_only);
    });
}

/// A spelling that the target does not keep would be sent again with what is found there.
World without_respelling(World world) {
    for (auto& step : world.steps) {
        std::erase_if(step.edits,
                      [](const Edit& edit) { return edit.kind == Edit::Kind::respell; });
    }
    return world;
}

std::string claims_again(const World& any_world) {
    const auto world = without_respelling(any_world);
    if (!is_found_again(world)) {
        return {};
    }
    WorldRun real(world.configuration);
    auto wrong = play(world, real);
    make_peace(real.systems());
    wrong += settle(world, real);
    if (real.refusals() > 0) {
        return wrong;
    }
    const auto metaverse = describe_metaverse(real, world);
    const auto operations = real.operations();
    for (const auto target : world.targets) {
        real.systems().at(target).rebuild();
    }
    const auto summary = real.run({}, the_end(world));
    wrong += failed_steps(summary);
    if (real.operations() != operations) {
        wrong += fmt::format("{} operations were sent\n{}", real.operations() - operations,
                             items(summary));
    }
    return wrong + difference("the metaverse", metaverse, describe_metaverse(real, world));
}

TEST(Laws, ARebuiltTargetIsClaimedAgain) {
    explore(Manner::hostile, 3'600'001, 400, claims_again);
}

}  // namespace
}  // namespace muster::testing
