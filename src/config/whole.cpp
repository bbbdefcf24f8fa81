#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "base/text.h"
#include "config/build.h"

namespace muster::config {

namespace {

/// Two rules that write the same objects would undo each other's work for ever.
void check_outbound_pairs(Build& build) {
    const auto& rules = build.configuration.outbound;
    const auto& schema = build.configuration.schema;
    std::map<std::pair<TypeId, TypeId>, std::size_t> first;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto [known, is_new] = first.emplace(std::pair{rules[i].source, rules[i].target}, i);
        if (!is_new) {
            const auto& other = *build.outbound[known->second];
            build.complaints.error(
                build.outbound[i]->where,
                fmt::format("a second rule leads from {} to {}", full_name(schema, rules[i].source),
                            full_name(schema, rules[i].target)),
                fmt::format("the first is '{}' at {}; make one of them", other.key,
                            build.complaints.describe(other.where)));
        }
    }
}

/// An object has one metaverse object: where two rules could project it, its type would depend on
/// chance.
void check_projections(Build& build) {
    const auto& rules = build.configuration.inbound;
    const auto& schema = build.configuration.schema;
    std::map<TypeId, std::size_t> first;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (!rules[i].project) {
            continue;
        }
        const auto known = first.emplace(rules[i].source, i).first->second;
        if (rules[known].target != rules[i].target) {
            build.complaints.error(
                build.inbound[i]->where,
                fmt::format("objects of {} are projected to {} here and to {} by '{}'",
                            full_name(schema, rules[i].source), full_name(schema, rules[i].target),
                            full_name(schema, rules[known].target), rules[known].name),
                fmt::format("the other rule is at {}; let one of them project, or divide the type "
                            "into two",
                            build.complaints.describe(build.inbound[known]->where)));
        }
    }
}

/// Connector types and the metaverse types whose objects some rule ties to theirs.
using Ties = std::set<std::pair<TypeId, TypeId>>;

Ties ties(const Configuration& configuration) {
    Ties all;
    for (const auto& rule : configuration.inbound) {
        if (rule.project || !rule.join.empty()) {
            all.emplace(rule.source, rule.target);
        }
    }
    for (const auto& rule : configuration.outbound) {
        if (rule.provision) {
            all.emplace(rule.target, rule.source);
        }
    }
    return all;
}

std::string full_names(const Schema& schema, std::span<const TypeId> types) {
    std::vector<std::string> names;
    for (const auto type : types) {
        names.push_back(full_name(schema, type));
    }
    return fmt::format("{}", fmt::join(names, " or "));
}

void check_references(const Entry& rule, std::span<const Flow> flows, bool inbound,
                      const Ties& ties, Build& build) {
    const auto& schema = build.configuration.schema;
    for (const auto& flow : flows) {
        if (flow.kind != Flow::Kind::direct || !flow.source) {
            continue;
        }
        const auto& from = schema.attribute(flow.source).targets;  // none where it is no reference
        const auto& to = schema.attribute(flow.target).targets;
        const auto& connector = inbound ? from : to;
        const auto& metaverse = inbound ? to : from;
        const bool tied = std::ranges::any_of(connector, [&](TypeId one) {
            return std::ranges::any_of(metaverse,
                                       [&](TypeId other) { return ties.contains({one, other}); });
        });
        if (!from.empty() && !to.empty() && !tied) {
            build.complaints.warn(
                rule.value.find("flows")->find_entry(schema.attribute(flow.target).name)->where,
                fmt::format("{} refers to {}, {} refers to {}, and no rule ties the two together",
                            full_name(schema, flow.source), full_names(schema, from),
                            full_name(schema, flow.target), full_names(schema, to)),
                "these references resolve only where a rule joins, projects or provisions");
        }
    }
}

/// What the system itself calls an attribute: a column, or an attribute of a directory.
std::string outer_name(const Configuration& configuration, AttributeId id) {
    const auto& attribute = configuration.schema.attribute(id);
    const auto space = configuration.schema.space_of(id);
    const bool columns = configuration.system(space).connector == "csv";
    const auto spelled = [&](const std::string& name) { return columns ? name : fold(name); };
    const auto& settings = configuration.type_settings(attribute.owner).attributes;
    const auto found = std::ranges::find(settings, id, [](const auto& pair) { return pair.first; });
    if (found != settings.end()) {
        for (const auto* key : {"attribute", "column"}) {
            if (const auto* name = found->second.if_contains(key); name && name->is_string()) {
                return spelled(std::string(name->as_string()));
            }
        }
    }
    return spelled(attribute.name);
}

/// Two flows into one attribute of a system would each take away what the other gives. References
/// in a directory may share one: each manages what leads to its own types.
void check_shared(Build& build) {
    const auto& configuration = build.configuration;
    const auto& schema = configuration.schema;
    for (std::size_t i = 0; i < build.outbound.size(); ++i) {
        const auto& rule = configuration.outbound[i];
        const bool directory = configuration.system(rule.system).connector == "ldap";
        std::map<std::string, AttributeId> written;
        for (const auto& flow : rule.flows) {
            const auto [known, is_new] =
                written.emplace(outer_name(configuration, flow.target), flow.target);
            const auto& first = schema.attribute(known->second);
            const auto& second = schema.attribute(flow.target);
            const bool apart = directory && first.type == Type::reference &&
                               second.type == Type::reference &&
                               std::ranges::none_of(
                                   first.targets, [&](TypeId to) { return second.refers_to(to); });
            if (!is_new && !apart) {
                build.complaints.error(
                    build.outbound[i]->value.find("flows")->find_entry(second.name)->where,
                    fmt::format("{} and {} are one attribute of {}, and both are written",
                                full_name(schema, first.id), full_name(schema, second.id),
                                schema.space(rule.system).name),
                    "make them one attribute, of several types if need be: to: [ person, group ]");
            }
        }
    }
}

/// Warns of rules that can never apply: nothing joins their objects.
void check_tied(const Ties& ties, Build& build) {
    const auto& configuration = build.configuration;
    for (std::size_t i = 0; i < build.inbound.size(); ++i) {
        const auto& rule = configuration.inbound[i];
        if (!ties.contains({rule.source, rule.target})) {
            build.complaints.warn(build.inbound[i]->where,
                                  fmt::format("nothing joins {} to {}, so the rule never applies",
                                              full_name(configuration.schema, rule.source),
                                              full_name(configuration.schema, rule.target)),
                                  "add join: or project: true, or a rule that provisions");
        }
    }
}

void check_attributes_reached(TypeId type, Build& build) {
    const auto& schema = build.configuration.schema;
    for (const auto& attribute : schema.attributes(type)) {
        const auto& facts = build.configuration.metaverse_attribute(attribute.id);
        if (facts.contributions.empty() && !facts.generate) {
            build.complaints.warn(
                build.entry(attribute.id).where,
                fmt::format("nothing contributes to {}", full_name(schema, attribute.id)),
                "add a flow into it to an inbound rule, or leave it out");
        }
    }
}

/// Warns of types and attributes that nothing fills.
void check_reached(Build& build) {
    const auto& schema = build.configuration.schema;
    const auto& rules = build.configuration.inbound;
    for (const auto type : schema.space(kMetaverse).types) {
        const auto leads = [&](const InboundRule& rule) { return rule.target == type; };
        const auto projects = [&](const InboundRule& rule) { return leads(rule) && rule.project; };
        if (std::ranges::none_of(rules, leads)) {
            build.complaints.warn(build.entry(type).where,
                                  fmt::format("no rule leads into {}", full_name(schema, type)),
                                  "add an inbound rule, or leave the type out");
            continue;
        }
        if (std::ranges::none_of(rules, projects)) {
            build.complaints.warn(
                build.entry(type).where,
                fmt::format("no rule projects to {}, so there will be none",
                            full_name(schema, type)),
                "say project: true in the rule of the system that decides who exists");
        }
        check_attributes_reached(type, build);
    }
}

}  // namespace

void check_whole(Build& build) {
    check_outbound_pairs(build);
    check_projections(build);
    const auto tied = ties(build.configuration);
    for (std::size_t i = 0; i < build.inbound.size(); ++i) {
        check_references(*build.inbound[i], build.configuration.inbound[i].flows, true, tied,
                         build);
    }
    for (std::size_t i = 0; i < build.outbound.size(); ++i) {
        check_references(*build.outbound[i], build.configuration.outbound[i].flows, false, tied,
                         build);
    }
    check_tied(tied, build);
    check_shared(build);
    check_reached(build);
}

}  // namespace muster::config
