#include "engine/plan.h"

#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
#include "model/anchor.h"

namespace muster {

namespace {

bool is_reference(const Schema& schema, AttributeId attribute) {
    return schema.attribute(attribute).type == Type::reference;
}

/// Adds what the flows ask for. `creating` lets initial-only flows count.
bool ask_all(Rules& rules, std::uint16_t outbound, const std::vector<Flow>& flows, bool disabling,
             bool creating, const Document& metaverse, Document& attributes) {
    std::vector<std::string_view> values;
    for (std::size_t at = 0; at < flows.size(); ++at) {
        const auto i = static_cast<std::uint16_t>(at);
        if (is_reference(rules.book().schema(), flows[i].target) ||
            (flows[i].initial_only && !creating)) {
            continue;
        }
        values.clear();
        if (!rules.ask(outbound, i, disabling, metaverse, values)) {
            return false;
        }
        for (const auto value : values) {
            attributes.add(flows[i].target, value);
        }
    }
    attributes.normalise();
    return true;
}

std::vector<std::string> texts(const Document& document, AttributeId attribute) {
    std::vector<std::string> result;
    for (const auto& value : document.values(attribute)) {
        result.emplace_back(value.text);
    }
    return result;
}

/// What differs in the attributes the flows manage; others are none of the rule's business.
std::vector<AttributeChange> managed_changes(const Schema& schema, const std::vector<Flow>& flows,
                                             bool creating, const Document& actual,
                                             const Document& expected) {
    std::vector<AttributeChange> changes;
    for (const auto& flow : flows) {
        if (is_reference(schema, flow.target) || (flow.initial_only && !creating) ||
            actual.values(flow.target) == expected.values(flow.target)) {
            continue;
        }
        changes.push_back({flow.target, texts(actual, flow.target), texts(expected, flow.target)});
    }
    std::ranges::sort(changes, {}, &AttributeChange::attribute);
    return changes;
}

void plan_name(const std::string& expected, const Object& actual, Delta& delta) {
    if (!expected.empty() && expected != actual.name &&
        normalize_dn(expected) != normalize_dn(actual.name)) {
        delta.name = {actual.name, expected};
    }
}

void plan_anchor(const Schema& schema, TypeId type, const Document& attributes,
                 const Object& actual, Delta& delta) {
    if (auto anchor = anchor_of(schema, type, attributes);
        !anchor.empty() && anchor != actual.anchor) {
        delta.anchor = {actual.anchor, std::move(anchor)};
    }
}

std::optional<TargetPlan> plan_present(Rules& rules, std::uint16_t outbound,
                                       const Document& metaverse, const Object* actual) {
    const auto& rule = rules.book().configuration().outbound[outbound];
    const auto& schema = rules.book().schema();
    const bool creating = actual == nullptr || actual->state == ObjectState::provisioning;
    if (actual == nullptr && !rule.provision) {
        return TargetPlan{};
    }
    const auto expected = project(rules, outbound, metaverse, creating);
    if (!expected) {
        return std::nullopt;
    }
    static const Object nothing;
    const Object& held = actual == nullptr ? nothing : *actual;
    TargetPlan result;
    result.delta.attributes =
        managed_changes(schema, rule.flows, creating, held.attributes, expected->attributes);
    if (creating) {
        // What was planned before is planned anew as a whole: nothing of it is in the target.
        result.kind = TargetPlan::Kind::create;
        result.delta.name = {std::string{}, expected->name};
    } else {
        plan_name(expected->name, held, result.delta);
    }
    if (!schema.type(rule.target).anchor.empty()) {
        Object after;
        after.attributes = held.attributes;
        apply(result.delta, after);
        plan_anchor(schema, rule.target, after.attributes, creating ? nothing : held, result.delta);
    }
    if (!creating && !result.delta.empty()) {
        result.kind = TargetPlan::Kind::update;
    }
    return result;
}

std::optional<TargetPlan> plan_disable(Rules& rules, std::uint16_t outbound,
                                       const Document& metaverse, const Object& actual) {
    const auto& rule = rules.book().configuration().outbound[outbound];
    Document wanted;
    if (!ask_all(rules, outbound, rule.disable_flows, true, false, metaverse, wanted)) {
        return std::nullopt;
    }
    TargetPlan result;
    result.delta.attributes = managed_changes(rules.book().schema(), rule.disable_flows, false,
                                              actual.attributes, wanted);
    if (rule.deprovision == DeprovisionAction::move_and_disable) {
        const auto name = rules.name(outbound, true, metaverse);
        if (!name) {
            return std::nullopt;
        }
        plan_name(std::string(*name), actual, result.delta);
    }
    if (!result.delta.empty()) {
        result.kind = TargetPlan::Kind::disable;
    }
    return result;
}

}  // namespace

std::optional<Expected> project(Rules& rules, std::uint16_t outbound, const Document& metaverse,
                                bool creating) {
    Expected expected;
    const auto name = rules.name(outbound, false, metaverse);
    if (!name) {
        return std::nullopt;
    }
    expected.name = *name;
    const auto& rule = rules.book().configuration().outbound[outbound];
    if (!ask_all(rules, outbound, rule.flows, false, creating, metaverse, expected.attributes)) {
        return std::nullopt;
    }
    return expected;
}

std::optional<TargetPlan> plan(Rules& rules, std::uint16_t outbound, const Document& metaverse,
                               bool present, const Object* actual) {
    bool in_scope = present;
    if (present) {
        const auto projects = rules.projects(outbound, metaverse);
        if (!projects) {
            return std::nullopt;
        }
        in_scope = *projects;
    }
    if (in_scope) {
        return plan_present(rules, outbound, metaverse, actual);
    }
    if (actual == nullptr) {
        return TargetPlan{};
    }
    if (actual->state == ObjectState::provisioning) {
        return TargetPlan{TargetPlan::Kind::erase,
                          {}};  // never reached the target: taken back at home
    }
    switch (rules.book().configuration().outbound[outbound].deprovision) {
        case DeprovisionAction::disconnect:
            // While the metaverse object is there the join stays: it would be found again at once.
            // Nothing is sent any more.
            return TargetPlan{present ? TargetPlan::Kind::nothing : TargetPlan::Kind::disconnect,
                              {}};
        case DeprovisionAction::erase:
            return TargetPlan{TargetPlan::Kind::erase, {}};
        case DeprovisionAction::disable:
        case DeprovisionAction::move_and_disable:
            return plan_disable(rules, outbound, metaverse, *actual);
    }
    return TargetPlan{};
}

std::string anchor_of(const Schema& schema, TypeId type, const Document& attributes) {
    const auto& anchor = schema.type(type).anchor;
    std::vector<std::string_view> parts;
    parts.reserve(anchor.size());
    for (const auto attribute : anchor) {
        parts.push_back(attributes.first(attribute));
    }
    std::string buffer;
    return parts.empty() ? std::string{}
                         : std::string(make_anchor(schema, type, parts, buffer).text);
}

void apply(const Delta& delta, Object& object) {
    if (delta.anchor) {
        object.anchor = delta.anchor->second;
    }
    if (delta.name) {
        object.name = delta.name->second;
    }
    for (const auto& change : delta.attributes) {
        object.attributes.set(change.attribute, std::vector<std::string_view>(change.after.begin(),
                                                                              change.after.end()));
    }
}

}  // namespace muster
