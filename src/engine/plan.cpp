#include "engine/plan.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "base/dn.h"
#include "base/error.h"
#include "engine/import_diff.h"
#include "engine/kept_values.h"
#include "model/anchor.h"

namespace muster {

namespace {

bool is_reference(const Schema& schema, AttributeId attribute) {
    return schema.attribute(attribute).type == Type::reference;
}

/// Adds what the flows ask for. `creating` lets initial-only flows count.
void ask_all(Rules& rules, std::uint16_t outbound, const std::vector<Flow>& flows, bool disabling,
             bool creating, const Document& metaverse, Expected& expected,
             std::vector<ObjectProblem>& problems) {
    std::vector<std::string_view> values;
    for (std::size_t at = 0; at < flows.size(); ++at) {
        const auto i = static_cast<std::uint16_t>(at);
        if (is_reference(rules.book().schema(), flows[i].target) ||
            (flows[i].initial_only && !creating)) {
            continue;
        }
        values.clear();
        if (!rules.ask(outbound, i, disabling, metaverse, values)) {
            problems.push_back(rules.problem());
            expected.failed.push_back(flows[i].target);
            continue;
        }
        for (const auto value : values) {
            expected.attributes.add(flows[i].target, value);
        }
    }
    expected.attributes.normalise();
}

std::vector<std::string> texts(const Document& document, AttributeId attribute) {
    std::vector<std::string> result;
    for (const auto& value : document.values(attribute)) {
        result.emplace_back(value.text);
    }
    return result;
}

/// Values for a person's eyes, not too many of them.
std::string shown_values(const std::vector<std::string>& values) {
    constexpr std::size_t kMost = 200;
    auto text = fmt::format("'{}'", fmt::join(values, "', '"));
    return values.empty() ? "no value" : text.size() > kMost ? "another value" : text;
}

/// Of values that are one to the system only one can be there; which is left out is remarked.
std::vector<std::string> possible(const RuleBook& book, AttributeId attribute,
                                  const std::vector<std::string>& held,
                                  std::vector<std::string> wanted,
                                  std::vector<ObjectProblem>& remarks) {
    const auto equality = book.equality(attribute);
    if (equality == Equality::exact || wanted.size() < 2) {
        return wanted;
    }
    std::vector<OneValue> merged;
    wanted = distinct_values(equality, held, wanted, merged);
    const auto& schema = book.schema();
    for (const auto& one : merged) {
        remarks.push_back(
            {"one-value",
             fmt::format("{}: '{}' and '{}' are one value to {}, so that only '{}' is sent",
                         schema.attribute(attribute).name, one.kept, one.dropped,
                         schema.space(schema.space_of(attribute)).name, one.kept)});
    }
    return wanted;
}

/// What differs in the attributes the flows manage; others are none of the rule's business, and
/// what failed stays. A single value that nobody can read is replaced.
std::vector<AttributeChange> managed_changes(const RuleBook& book, const std::vector<Flow>& flows,
                                             bool creating, const Object& actual,
                                             const Expected& expected,
                                             std::vector<ObjectProblem>& remarks,
                                             std::vector<ObjectProblem>& problems) {
    const auto& schema = book.schema();
    std::vector<AttributeChange> changes;
    for (const auto& flow : flows) {
        if (is_reference(schema, flow.target) || (flow.initial_only && !creating) ||
            std::ranges::count(expected.failed, flow.target) > 0) {
            continue;
        }
        std::vector<ObjectProblem> own;
        auto held = texts(actual.attributes, flow.target);
        auto wanted =
            possible(book, flow.target, held, texts(expected.attributes, flow.target), own);
        if (actual.id && book.write_only(flow.target)) {
            if (!was_given(schema, actual, flow.target, wanted)) {
                changes.push_back({flow.target, {}, std::move(wanted)});
            }
            continue;
        }
        if (actual.id && held != wanted && keeps_another(schema, actual, flow.target, wanted)) {
            problems.push_back(
                {"value-kept",
                 fmt::format("{}: the target keeps {} although {} was written {} times; "
                             "it is sent again when either changes. Let the rule give "
                             "what the target keeps, or say write_only where it cannot "
                             "be read",
                             schema.attribute(flow.target).name, shown_values(held),
                             shown_values(wanted), kShownElsewise)});
            continue;
        }
        const bool unread = actual.id && !wanted.empty() && !schema.attribute(flow.target).multi &&
                            !unreadable_note(schema, actual, flow.target).empty();
        if (unread || held != wanted) {
            if (unread) {
                held.clear();
            }
            changes.push_back({flow.target, std::move(held), std::move(wanted)});
            std::ranges::move(own, std::back_inserter(remarks));
        }
    }
    std::ranges::sort(changes, {}, &AttributeChange::attribute);
    return changes;
}

void plan_name(const std::string& expected, const Object& actual, Delta& delta) {
    if (!expected.empty() && expected != actual.name &&
        (!same_dn(expected, actual.name) || respells_first_component(expected, actual.name))) {
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

/// Whether what failed decides about a new object: what it is called or known by, or a value that
/// is sent only now.
bool decides(const Schema& schema, const OutboundRule& rule, const Expected& expected) {
    const auto& anchor = schema.type(rule.target).anchor;
    return expected.name_failed || std::ranges::any_of(rule.flows, [&](const Flow& flow) {
               return std::ranges::count(expected.failed, flow.target) > 0 &&
                      (flow.initial_only || std::ranges::count(anchor, flow.target) > 0);
           });
}

TargetPlan plan_present(Rules& rules, std::uint16_t outbound, const Document& metaverse,
                        const Object* actual, std::vector<ObjectProblem>& problems) {
    const auto& rule = rules.book().configuration().outbound[outbound];
    const auto& schema = rules.book().schema();
    const bool creating = actual == nullptr || actual->state == ObjectState::provisioning;
    if (actual == nullptr && !rule.provision) {
        return {};
    }
    const auto expected = project(rules, outbound, metaverse, creating, problems);
    if (creating && decides(schema, rule, expected)) {
        return {TargetPlan::Kind::undecided};
    }
    static const Object nothing;
    const Object& held = actual == nullptr ? nothing : *actual;
    TargetPlan result;
    result.delta.attributes = managed_changes(rules.book(), rule.flows, creating, held, expected,
                                              result.remarks, problems);
    if (creating) {
        // What was planned before is planned anew as a whole: nothing of it is in the target.
        result.kind = TargetPlan::Kind::create;
        result.delta.name = {std::string{}, expected.name};
    } else if (!expected.name_failed) {
        plan_name(expected.name, held, result.delta);
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

TargetPlan plan_disable(Rules& rules, std::uint16_t outbound, const Document& metaverse,
                        const Object& actual, std::vector<ObjectProblem>& problems) {
    const auto& rule = rules.book().configuration().outbound[outbound];
    const auto expected = project_disabled(rules, outbound, metaverse, problems);
    TargetPlan result;
    result.delta.attributes = managed_changes(rules.book(), rule.disable_flows, false, actual,
                                              expected, result.remarks, problems);
    if (!expected.name_failed) {
        plan_name(expected.name, actual, result.delta);
    }
    if (!result.delta.empty()) {
        result.kind = TargetPlan::Kind::disable;
    }
    return result;
}

}  // namespace

Expected project(Rules& rules, std::uint16_t outbound, const Document& metaverse, bool creating,
                 std::vector<ObjectProblem>& problems) {
    Expected expected;
    if (const auto name = rules.name(outbound, false, metaverse)) {
        expected.name = *name;
    } else {
        expected.name_failed = true;
        problems.push_back(rules.problem());
    }
    const auto& rule = rules.book().configuration().outbound[outbound];
    ask_all(rules, outbound, rule.flows, false, creating, metaverse, expected, problems);
    return expected;
}

Expected project_disabled(Rules& rules, std::uint16_t outbound, const Document& metaverse,
                          std::vector<ObjectProblem>& problems) {
    Expected expected;
    const auto& rule = rules.book().configuration().outbound[outbound];
    ask_all(rules, outbound, rule.disable_flows, true, false, metaverse, expected, problems);
    if (rule.deprovision == DeprovisionAction::move_and_disable) {
        if (const auto name = rules.name(outbound, true, metaverse)) {
            expected.name = *name;
        } else {
            expected.name_failed = true;
            problems.push_back(rules.problem());
        }
    }
    return expected;
}

TargetPlan plan(Rules& rules, std::uint16_t outbound, const Document& metaverse, bool present,
                const Object* actual, std::vector<ObjectProblem>& problems) {
    bool in_scope = present;
    if (present) {
        const auto projects = rules.projects(outbound, metaverse);
        if (!projects) {
            problems.push_back(rules.problem());
            return {TargetPlan::Kind::undecided};
        }
        in_scope = *projects;
    }
    if (in_scope) {
        return plan_present(rules, outbound, metaverse, actual, problems);
    }
    if (actual == nullptr) {
        return {};
    }
    if (actual->state == ObjectState::provisioning) {
        return {TargetPlan::Kind::erase};  // never reached the target: taken back at home
    }
    switch (rules.book().configuration().outbound[outbound].deprovision) {
        case DeprovisionAction::disconnect:
            // While the metaverse object is there the join stays: it would be found again at once.
            // Nothing is sent any more.
            return {present ? TargetPlan::Kind::nothing : TargetPlan::Kind::disconnect};
        case DeprovisionAction::erase:
            return {TargetPlan::Kind::erase};
        case DeprovisionAction::disable:
        case DeprovisionAction::move_and_disable:
            return plan_disable(rules, outbound, metaverse, *actual, problems);
    }
    return {};
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

Delta rest_of(Delta planned, const Object& actual) {
    for (auto& change : planned.attributes) {
        change.before = texts(actual.attributes, change.attribute);
    }
    std::erase_if(planned.attributes,
                  [](const AttributeChange& change) { return change.before == change.after; });
    if (planned.name) {
        Delta named;
        plan_name(planned.name->second, actual, named);
        planned.name = std::move(named.name);
    }
    if (planned.anchor) {
        planned.anchor->first = actual.anchor;
        if (planned.anchor->second == actual.anchor) {
            planned.anchor.reset();
        }
    }
    return planned;
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
