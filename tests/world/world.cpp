#include "world/world.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "world/dice.h"

namespace muster::testing {

Systems make_systems(const Configuration& configuration) {
    Systems systems;
    for (const auto& system : configuration.systems) {
        systems.emplace(system.space, MemorySystem(configuration, system.space));
    }
    return systems;
}

Truncation::Truncation(const std::vector<TypeId>& types, const Schema& schema, Systems& systems)
    : types_(types), schema_(schema), systems_(systems) {
    for (const auto type : types_) {
        systems_.at(schema_.space_of(type)).unreadable.insert(type);
    }
}

Truncation::~Truncation() {
    for (const auto type : types_) {
        systems_.at(schema_.space_of(type)).unreadable.erase(type);
    }
}

void apply(const Edit& edit, const Configuration& configuration, Systems& systems) {
    auto& system = systems.at(edit.system);
    const auto& row = edit.row;
    const auto id = configuration.schema.find_attribute(row.type, "id");
    const auto is_it = [&](const Row& r) {
        const auto found = r.values.find(id);
        return r.type == row.type && found != r.values.end() && found->second.contains(edit.id);
    };
    // Of several of one id the first by name: their order is not part of the world.
    const auto first = [&]() -> Row* {
        Row* found = nullptr;
        for (auto& at : system.rows) {
            if (is_it(at) && (found == nullptr || at.name < found->name)) {
                found = &at;
            }
        }
        return found;
    };
    switch (edit.kind) {
        case Edit::Kind::put:
            system.put(row);
            return;
        case Edit::Kind::repeat:
            system.rows.push_back(row);
            return;
        case Edit::Kind::remove:
            system.erase(row.type, row.anchor);
            return;
        case Edit::Kind::empty:
            std::erase_if(system.rows, [&](const Row& r) { return r.type == row.type; });
            return;
        case Edit::Kind::drift_remove:
            std::erase_if(system.rows, is_it);
            return;
        case Edit::Kind::shuffle:
            Dice(std::stoull(edit.id)).shuffle(system.rows);
            return;
        case Edit::Kind::rebuild:
            system.rebuild();
            return;
        case Edit::Kind::respell:
            for (const auto& [attribute, values] : row.values) {
                system.respelt.insert(attribute);
            }
            return;
        case Edit::Kind::refuse:
            system.refused.insert(edit.id);
            return;
        case Edit::Kind::accept:
            system.refused.erase(edit.id);
            return;
        case Edit::Kind::drift_rename:
            if (const auto found = first();
                system.named && found != nullptr && system.find_name(row.name) == nullptr) {
                found->name = row.name;
            }
            return;
        case Edit::Kind::drift_foreign:
            if (const auto found = first()) {
                for (const auto& [attribute, values] : row.values) {
                    found->values[attribute].insert(values.begin(), values.end());
                }
            }
            return;
        case Edit::Kind::drift_set:
            if (const auto found = first()) {
                for (const auto& [attribute, values] : row.values) {
                    if (system.write_only.contains(attribute)) {
                        continue;
                    }
                    auto& held = found->values[attribute];
                    held.clear();
                    for (const auto& value : values) {
                        held.insert(system.kept(attribute, value));
                    }
                    if (values.empty()) {
                        found->values.erase(attribute);
                    }
                }
            }
            return;
    }
}

Instant moment(const World& world, std::size_t step) {
    Instant time{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
    for (std::size_t i = 0; i <= step; ++i) {
        time += world.steps[i].run.later + std::chrono::minutes(1);
    }
    return time;
}

namespace {

std::string flow_text(const Flow& flow, const Schema& schema) {
    std::string text = schema.attribute(flow.target).name + ": ";
    switch (flow.kind) {
        case Flow::Kind::direct:
            text += schema.attribute(flow.source).name;
            break;
        case Flow::Kind::constant:
            text += "'" + flow.constant + "'";
            break;
        case Flow::Kind::expression:
            text += "{" + flow.expression.source + "}";
            break;
    }
    return text + (flow.assert_null ? " or null" : "") + (flow.initial_only ? " initially" : "");
}

std::string flows_text(const std::vector<Flow>& flows, const Schema& schema) {
    std::vector<std::string> texts;
    texts.reserve(flows.size());
    for (const auto& flow : flows) {
        texts.push_back(flow_text(flow, schema));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string names_of(const std::vector<TypeId>& types, const Schema& schema) {
    std::vector<std::string> names;
    names.reserve(types.size());
    for (const auto type : types) {
        names.push_back(schema.type(type).name);
    }
    return fmt::format("{}", fmt::join(names, " or "));
}

std::string attributes_text(TypeId type, const Schema& schema) {
    std::vector<std::string> texts;
    for (const auto& a : schema.attributes(type)) {
        texts.push_back(fmt::format(
            "{} {}{}{}", a.name, type_name(a.type), a.multi ? "s" : "",
            a.type == Type::reference ? " to " + names_of(a.targets, schema) : std::string()));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::string describe(const Configuration& configuration) {
    const auto& schema = configuration.schema;
    std::string text;
    for (const auto& space : schema.spaces()) {
        for (const auto type : space.types) {
            text += fmt::format(
                "{}.{}{}: {}\n", space.name, schema.type(type).name,
                space.id != kMetaverse && configuration.system(space.id).connector == "ldap"
                    ? " (named)"
                    : "",
                attributes_text(type, schema));
        }
    }
    for (const auto& r : configuration.inbound) {
        text += "inbound " + r.name + (r.project ? " projects" : "") +
                (r.scope ? " scope {" + r.scope->source + "}" : "") + " joins";
        for (const auto& m : r.join) {
            text += " " + schema.key(m.key).name;
        }
        text += " flows " + flows_text(r.flows, schema) + "\n";
    }
    for (const auto& a : schema.attributes()) {
        const auto& m = configuration.metaverse_attributes[a.id.value - 1u];
        if (m.contributions.empty()) {
            continue;
        }
        text += "precedence " + schema.type(a.owner).name + "." + a.name +
                (m.merge_union ? " (union):" : ":");
        for (const auto& c : m.contributions) {
            text += " " + configuration.inbound[c.rule].name;
        }
        text += "\n";
    }
    for (const auto& r : configuration.outbound) {
        static const char* const actions[] = {"disconnect", "disable", "erase", "move_and_disable"};
        text += "outbound " + r.name + (r.provision ? " provisions" : "") +
                (r.scope ? " scope {" + r.scope->source + "}" : "") +
                (r.object_name ? " name {" + r.object_name->source + "}" : "") + " deprovision " +
                actions[static_cast<int>(r.deprovision)] + " flows " + flows_text(r.flows, schema) +
                "\n";
    }
    for (const auto type : schema.space(kMetaverse).types) {
        const auto& rule = configuration.deletion_rule(type);
        text += fmt::format("grace {}: {} s", schema.type(type).name, rule.grace.count());
        for (const auto source : rule.sources) {
            text += ", gone from " + schema.space(source).name;
        }
        text += "\n";
    }
    return text;
}

namespace {

std::string describe(const Edit& edit, const Schema& schema) {
    static const char* const kinds[] = {
        "put",     "repeat",  "remove", "empty",  "drift_remove", "drift_set",    "shuffle",
        "rebuild", "respell", "refuse", "accept", "drift_rename", "drift_foreign"};
    return fmt::format("  {} {} {}{}\n", kinds[static_cast<int>(edit.kind)],
                       schema.space(edit.system).name, edit.id, describe(edit.row, schema));
}

std::string describe(const Run& run, const Schema& schema) {
    std::string text = fmt::format(" run {}h later:", run.later.count());
    for (const auto s : run.systems) {
        text += " " + schema.space(s).name;
    }
    for (const auto t : run.truncated) {
        text += fmt::format(" (half of {}.{})", schema.space(schema.space_of(t)).name,
                            schema.type(t).name);
    }
    return text + (run.systems.empty() ? " all" : "") + (run.import ? " import" : "") +
           (run.sync ? " sync" : "") + (run.exports ? " export" : "") + (run.full ? " full" : "") +
           "\n";
}

}  // namespace

std::string describe(const Row& row, const Schema& schema) {
    std::string text = fmt::format("{} {}", schema.type(row.type).name, row.anchor);
    if (!row.name.empty()) {
        text += " <" + row.name + ">";
    }
    for (const auto& [attribute, values] : row.values) {
        text += fmt::format(" {}={}", schema.attribute(attribute).name, fmt::join(values, "|"));
    }
    for (const auto attribute : row.misspelt) {
        text += " misspelt " + schema.attribute(attribute).name;
    }
    return text;
}

std::string describe(const World& world) {
    const auto& schema = world.configuration.schema;
    std::string text = describe(world.configuration);
    for (std::size_t i = 0; i < world.steps.size(); ++i) {
        text += fmt::format("step {}\n", i);
        for (const auto& edit : world.steps[i].edits) {
            text += describe(edit, schema);
        }
        text += describe(world.steps[i].run, schema);
    }
    return text;
}

}  // namespace muster::testing
