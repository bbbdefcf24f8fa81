#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/connector_settings.h"
#include "reference/reference_model.h"

namespace muster::testing {

namespace {

Document to_document(const std::map<AttributeId, std::set<std::string>>& values,
                     const Schema& schema) {
    Document document;
    for (const auto& [attribute, texts] : values) {
        for (const auto& text : texts) {
            if (schema.attribute(attribute).type != Type::reference) {
                document.add(attribute, text);
            }
        }
    }
    document.normalise();
    return document;
}

}  // namespace

std::optional<std::set<std::string>> ReferenceModel::evaluate(const Expression& expression,
                                                              TypeId type, const Document& document,
                                                              Type result,
                                                              std::optional<std::int64_t> count) {
    auto& id = compiled_[&expression];
    if (!id) {
        id = evaluator_.compile(expression, type, count.has_value());
    }
    std::vector<std::string_view> values;
    if (!evaluator_.evaluate(id, document, result, values, count.value_or(0))) {
        return {};
    }
    return std::set<std::string>(values.begin(), values.end());
}

std::optional<std::set<std::string>> ReferenceModel::evaluate(const Flow& flow, TypeId type,
                                                              const Document& document,
                                                              Type result) {
    switch (flow.kind) {
        case Flow::Kind::direct: {
            std::set<std::string> values;
            for (const auto value : document.values(flow.source)) {
                values.emplace(value.text);
            }
            return values;
        }
        case Flow::Kind::constant:
            return std::set{flow.constant};
        case Flow::Kind::expression:
            return evaluate(flow.expression, type, document, result);
    }
    return {};
}

Document ReferenceModel::document(Person person) const {
    std::map<AttributeId, std::set<std::string>> values;
    for (const auto& [attribute, v] : metaverse_.at(person).values) {
        values[attribute] = v.values;
    }
    return to_document(values, schema_);
}

void ReferenceModel::resolve(Person person) {
    const auto& m = metaverse_.at(person);
    if (!has_source(person)) {
        return;  // frozen
    }
    for (const auto& attribute : schema_.attributes(m.type)) {
        const auto& meta = configuration_.metaverse_attribute(attribute.id);
        if (attribute.type != Type::reference && !meta.generate) {
            resolve_attribute(person, attribute);
        }
    }
}

void ReferenceModel::resolve_attribute(Person person, const Attribute& attribute) {
    const auto& meta = configuration_.metaverse_attribute(attribute.id);
    Values result;
    for (const auto& contribution : meta.contributions) {
        const auto& rule = configuration_.inbound[contribution.rule];
        const auto& flow = rule.flows[contribution.flow];
        const auto order = connector_of(person, rule.source);
        if (order == 0 || !applies(rule, connectors_.at(order))) {
            continue;
        }
        const auto values =
            evaluate(flow, rule.source, to_document(connectors_.at(order).row.values, schema_),
                     attribute.type);
        const auto& offered = values ? *values : metaverse_.at(person).before[attribute.id].values;
        if (!offered.empty()) {
            result.values.insert(offered.begin(), offered.end());
            result.winners.insert(rule.name);
        } else if (values && flow.assert_null && !meta.merge_union) {
            result.winners.insert("!" + rule.name);
        }
        if (!meta.merge_union && (!values || !result.winners.empty())) {
            break;
        }
    }
    metaverse_.at(person).values[attribute.id] = std::move(result);
}

/// Whom a reference's text means: of the first type it may refer to that has somebody of that name.
ReferenceModel::Order ReferenceModel::referred(AttributeId attribute, const std::string& text,
                                               bool named) const {
    for (const auto type : schema_.attribute(attribute).targets) {
        for (const auto& [order, c] : connectors_) {
            const bool same =
                named ? normalize_dn(text) == normalize_dn(c.row.name) : text == c.row.anchor;
            if (c.row.type == type && !c.planned && same) {
                return order;
            }
        }
    }
    return 0;
}

std::set<ReferenceModel::Person> ReferenceModel::offered_links(Person person,
                                                               FlowRef contribution) {
    const auto& rule = configuration_.inbound[contribution.rule];
    const auto& flow = rule.flows[contribution.flow];
    const auto order = connector_of(person, rule.source);
    if (order == 0 || !applies(rule, connectors_.at(order))) {
        return {};
    }
    const bool named = find_connector_spec(configuration_.system(rule.system).connector)->named;
    const auto& row = connectors_.at(order).row;
    const auto texts = row.values.find(flow.source);
    std::set<Person> result;
    if (texts == row.values.end()) {
        return result;
    }
    for (const auto& text : texts->second) {
        const auto meant = referred(flow.source, text, named);
        const auto joined = meant == 0 ? 0 : connectors_.at(meant).joined;
        if (joined != 0 && schema_.attribute(flow.target).refers_to(metaverse_.at(joined).type)) {
            result.insert(joined);
        }
    }
    return result;
}

void ReferenceModel::resolve_links(Person person) {
    auto& m = metaverse_.at(person);
    if (!has_source(person)) {
        return;  // frozen
    }
    for (const auto& attribute : schema_.attributes(m.type)) {
        if (attribute.type != Type::reference) {
            continue;
        }
        const auto& meta = configuration_.metaverse_attribute(attribute.id);
        std::set<Person> result;
        for (const auto& contribution : meta.contributions) {
            const auto offered = offered_links(person, contribution);
            result.insert(offered.begin(), offered.end());
            if (!meta.merge_union && !result.empty()) {
                break;
            }
        }
        m.links[attribute.id] = std::move(result);
    }
}

/// Whether somebody else has the value of a generated attribute, or an object has it in a system it
/// flows to that is not the person's own.
bool ReferenceModel::is_held_by_another(Person person, AttributeId attribute,
                                        const std::string& value) const {
    const auto has = [&](const std::set<std::string>& values) {
        return std::ranges::any_of(
            values, [&](const std::string& other) { return fold(other) == fold(value); });
    };
    for (const auto& [other, m] : metaverse_) {
        const auto values = m.values.find(attribute);
        if (other != person && values != m.values.end() && has(values->second.values)) {
            return true;
        }
    }
    for (const auto& rule : configuration_.outbound) {
        for (const auto& flow : rule.flows) {
            if (flow.kind != Flow::Kind::direct || flow.source != attribute) {
                continue;
            }
            for (const auto& [order, c] : connectors_) {
                const auto values = c.row.values.find(flow.target);
                if (c.row.type == rule.target && c.joined != person &&
                    values != c.row.values.end() && has(values->second)) {
                    return true;
                }
            }
        }
    }
    return false;
}

void ReferenceModel::generate(Person person) {
    auto& m = metaverse_.at(person);
    if (!has_source(person)) {
        return;  // frozen
    }
    for (const auto& attribute : schema_.attributes(m.type)) {
        const auto& meta = configuration_.metaverse_attribute(attribute.id);
        if (!meta.generate) {
            continue;
        }
        auto& result = m.values[attribute.id];
        if (!result.values.empty()) {
            continue;  // once handed out it stays
        }
        const auto& identifying = m.values[meta.generate_for].values;
        if (identifying.empty()) {
            continue;
        }
        auto owner = fold(*identifying.begin());
        for (int round = 1;; ++round) {  // who was called so before may still have the value
            const auto before = handed_out_.find({attribute.id, owner});
            if (before == handed_out_.end() ||
                !is_held_by_another(person, attribute.id, before->second)) {
                break;
            }
            owner = fold(*identifying.begin()) + "\n" + std::to_string(round);
        }
        auto& given = handed_out_[{attribute.id, owner}];
        for (int count = 0; given.empty() && count < limits::kGeneratedTries; ++count) {
            const auto candidates =
                evaluate(*meta.generate, m.type, document(person), attribute.type, count).value();
            if (candidates.empty()) {
                break;
            }
            auto& holder = reserved_[{attribute.id, fold(*candidates.begin())}];
            if ((holder.empty() || holder == owner) &&
                !is_held_by_another(person, attribute.id, *candidates.begin())) {
                holder = owner;
                given = *candidates.begin();
            }
        }
        if (given.empty()) {
            handed_out_.erase({attribute.id, owner});
        }
        if (!given.empty()) {
            result = {{given}, {"generated"}};
        }
    }
}

}  // namespace muster::testing
