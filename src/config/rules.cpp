#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "config/build.h"
#include "config/keys.h"
#include "config/shape.h"

namespace muster::config {

namespace {

constexpr std::size_t kMostKeys = 65'534;  // what the Schema can number

/// The connector type "system.type" names; complains where there is none.
TypeId find_connector_type(const Node& name, Build& build) {
    const std::string_view text = name.text;
    const auto dot = text.find('.');
    const auto system = find_system(text.substr(0, dot), name.where, build);
    return system ? find_type(text.substr(dot + 1), name.where, system, build) : TypeId{};
}

bool lacks_reference(const Schema& schema, AttributeId attribute, Place where,
                     Complaints& complaints) {
    if (schema.attribute(attribute).type != Type::reference) {
        return true;
    }
    complaints.error(
        where, fmt::format("{} is a reference and cannot be matched", full_name(schema, attribute)),
        "match on plain values");
    return false;
}

/// Values of both sides are compared as text: other types than equal ones rarely meet.
void check_matched_types(const Attribute& metaverse, const Attribute& connector, Place where,
                         Build& build) {
    if (metaverse.type == connector.type) {
        return;
    }
    const auto& schema = build.configuration.schema;
    auto message = fmt::format("{} ({}) is matched with {} ({})", full_name(schema, metaverse.id),
                               type_name(metaverse.type), full_name(schema, connector.id),
                               type_name(connector.type));
    if (metaverse.type == Type::text || connector.type == Type::text) {
        build.complaints.warn(where, std::move(message),
                              "texts that are spelled otherwise, as 007 for 7, find nothing; give "
                              "both the same type");
    } else {
        build.complaints.error(where, std::move(message), "give both the same type");
    }
}

std::optional<MatchingRule> matching_rule(const Node& item, const InboundRule& rule, Build& build) {
    auto& schema = build.configuration.schema;
    MatchingRule matching;
    matching.where = build.complaints.location(item.where);
    std::vector<AttributeId> metaverse;
    bool good = true;
    bool exact = false;
    for (const auto& pair : item.entries) {
        if (pair.key == "match" && !schema.find_attribute(rule.target, pair.key)) {
            exact = pair.value.text == "exact";
            if (!exact) {
                build.complaints.error(pair.value.where,
                                       fmt::format("values cannot match '{}'", pair.value.text),
                                       "say match: exact, or leave 'match' out to let case and "
                                       "spacing differ");
                good = false;
            }
            continue;
        }
        const auto to = find_attribute(pair.key, pair.where, rule.target, build);
        const auto from = find_attribute(pair.value.text, pair.value.where, rule.source, build);
        if (!to || !from || !lacks_reference(schema, to, pair.where, build.complaints) ||
            !lacks_reference(schema, from, pair.value.where, build.complaints)) {
            good = false;
            continue;
        }
        const auto& left = schema.attribute(to);
        const auto& right = schema.attribute(from);
        check_matched_types(left, right, pair.value.where, build);
        if (item.entries.size() > 1 && (left.multi || right.multi)) {
            build.complaints.error(
                left.multi ? pair.where : pair.value.where,
                fmt::format("{} is multi-valued and cannot be one of several to match",
                            full_name(schema, left.multi ? to : from)),
                "match multi-valued attributes alone, or single-valued ones together");
            good = false;
        }
        metaverse.push_back(to);
        matching.connector.push_back(from);
    }
    if (!good || metaverse.empty()) {
        return std::nullopt;
    }
    if (schema.keys().size() >= kMostKeys) {
        build.complaints.error(item.where, fmt::format("more than {} matching keys", kMostKeys));
        return std::nullopt;
    }
    matching.key = schema.add_key(rule.target, std::move(metaverse),
                                  exact ? KeyUse::joining_exact : KeyUse::joining);
    return matching;
}

void build_inbound(const Entry& entry, Build& build) {
    const auto& node = entry.value;
    const auto& from = *node.find("from");
    const auto& to = *node.find("to");
    InboundRule rule;
    rule.name = entry.key;
    rule.where = build.complaints.location(entry.where);
    rule.source = find_connector_type(from, build);
    rule.target = find_type(to.text, to.where, kMetaverse, build);
    if (!rule.source || !rule.target) {
        return;
    }
    rule.system = build.configuration.schema.space_of(rule.source);
    rule.scope = build_expression(node, "scope", build.complaints);
    rule.project = flag_of(node, "project");
    if (const auto* join = node.find("join"); join != nullptr) {
        for (const auto& item : join->items) {
            if (auto matching = matching_rule(item, rule, build); matching) {
                rule.join.push_back(std::move(*matching));
            }
        }
    }
    rule.flows = build_flows(node, {Direction::inbound, rule.source, rule.target}, build);
    build.inbound.push_back(&entry);
    build.configuration.inbound.push_back(std::move(rule));
}

DeprovisionAction action_from(std::string_view name) {
    if (name == "disable") {
        return DeprovisionAction::disable;
    }
    if (name == "delete") {
        return DeprovisionAction::erase;
    }
    return name == "move_and_disable" ? DeprovisionAction::move_and_disable
                                      : DeprovisionAction::disconnect;
}

void build_deprovision(const Entry& entry, const ConnectorSpec& connector, OutboundRule& rule,
                       Build& build) {
    const auto* node = entry.value.find("deprovision");
    const auto* action = node == nullptr ? nullptr : scalar_of(*node, "action", "action");
    if (action == nullptr) {
        return;
    }
    rule.deprovision = action_from(action->text);
    rule.disable_flows =
        build_flows(*node, {Direction::disabling, rule.source, rule.target}, build);
    rule.disabled_name = build_expression(*node, "name", build.complaints);
    const bool disables = rule.deprovision == DeprovisionAction::disable ||
                          rule.deprovision == DeprovisionAction::move_and_disable;
    const bool moves = rule.deprovision == DeprovisionAction::move_and_disable;
    if (!disables && node->find("flows") != nullptr) {
        build.complaints.error(node->find_entry("flows")->where,
                               fmt::format("{} sets no attributes", action->text),
                               "leave 'flows' out, or say disable or move_and_disable");
    }
    if (!moves && node->find("name") != nullptr) {
        build.complaints.error(node->find_entry("name")->where,
                               fmt::format("{} gives no other name", action->text),
                               "leave 'name' out, or say move_and_disable");
    }
    if (rule.deprovision == DeprovisionAction::disable && rule.disable_flows.empty()) {
        build.complaints.error(action->where, "disable does not say what to set",
                               "write {action: disable, flows: {ATTRIBUTE: {constant: VALUE}}}");
    }
    if (moves && !rule.disabled_name) {
        build.complaints.error(action->where, "move_and_disable does not say where to",
                               "write {action: move_and_disable, name: EXPRESSION, flows: {…}}");
    }
    if (moves && !connector.named) {
        build.complaints.error(
            action->where,
            fmt::format("objects of a {} system have no names to move them by", connector.name),
            "say disable or delete");
    }
}

/// What a connector demands of rules that write to it.
void check_writable(const Entry& entry, const ConnectorSpec& connector, const OutboundRule& rule,
                    Build& build) {
    const auto& schema = build.configuration.schema;
    const auto target = full_name(schema, rule.target);
    if (!connector.exports) {
        build.complaints.error(entry.value.find("to")->where,
                               fmt::format("{} systems are only read", connector.name));
    }
    if (connector.named && rule.provision && !rule.object_name) {
        build.complaints.error(
            entry.where, fmt::format("{} does not say what new objects are called", rule.name),
            fmt::format("add name: EXPRESSION that gives the name in {}", target));
    }
    if (!connector.named && rule.object_name) {
        build.complaints.error(
            entry.value.find_entry("name")->where,
            fmt::format("objects of {} have no names beside their anchors", target),
            "leave 'name' out");
    }
    const auto& anchor = schema.type(rule.target).anchor;
    const bool anchored = std::ranges::any_of(anchor, [&](AttributeId id) {
        return std::ranges::find(rule.flows, id, &Flow::target) != rule.flows.end();
    });
    if (connector.anchor_required && rule.provision && !anchor.empty() && !anchored) {
        build.complaints.error(
            entry.where, fmt::format("{} gives new objects no anchor", rule.name),
            fmt::format("add a flow into {}", full_name(schema, anchor.front())));
    }
}

void build_outbound(const Entry& entry, Build& build) {
    const auto& node = entry.value;
    const auto& from = *node.find("from");
    OutboundRule rule;
    rule.name = entry.key;
    rule.where = build.complaints.location(entry.where);
    rule.source = find_type(from.text, from.where, kMetaverse, build);
    rule.target = find_connector_type(*node.find("to"), build);
    if (!rule.source || !rule.target) {
        return;
    }
    rule.system = build.configuration.schema.space_of(rule.target);
    rule.scope = build_expression(node, "scope", build.complaints);
    rule.provision = flag_of(node, "provision");
    rule.object_name = build_expression(node, "name", build.complaints);
    rule.flows = build_flows(node, {Direction::outbound, rule.source, rule.target}, build);
    const auto* connector = find_connector_spec(build.configuration.system(rule.system).connector);
    if (connector != nullptr) {
        build_deprovision(entry, *connector, rule, build);
        check_writable(entry, *connector, rule, build);
    }
    build.outbound.push_back(&entry);
    build.configuration.outbound.push_back(std::move(rule));
}

}  // namespace

void build_rules(const std::vector<const Entry*>& rules, Build& build) {
    if (rules.size() > limits::kConfigRules) {
        build.complaints.error(rules.back()->where,
                               fmt::format("more than {} rules", limits::kConfigRules));
        return;
    }
    for (const auto* entry : rules) {
        const auto* mapping = rule_mapping(entry->value);
        if (!check_name(*entry, "a rule", build.complaints) || mapping == nullptr) {
            continue;
        }
        if (mapping == &kInboundRule) {
            build_inbound(*entry, build);
        } else {
            build_outbound(*entry, build);
        }
    }
}

}  // namespace muster::config
