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

std::set<std::string> ReferenceModel::evaluate(const Expression& expression, TypeId type,
                                               const Document& document, Type result,
                                               std::int64_t n) {
    auto& id = compiled_[&expression];
    if (!id) {
        id = evaluator_.compile(expression, type);
    }
    std::vector<std::string_view> values;
    const bool worked = evaluator_.evaluate(id, document, result, values, n);
    MUSTER_ASSERT(worked, "{}", evaluator_.error().message);
    return {values.begin(), values.end()};
}

std::set<std::string> ReferenceModel::evaluate(const Flow& flow, TypeId type,
                                               const Document& document, Type result) {
    switch (flow.kind) {
        case Flow::Kind::direct: {
            std::set<std::string> values;
            for (const auto value : document.values(flow.source)) {
                values.emplace(value.text);
            }
            return values;
        }
        case Flow::Kind::constant:
            return {flow.constant};
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
        if (!values.empty()) {
            result.values.insert(values.begin(), values.end());
            result.winners.insert(rule.name);
        } else if (flow.assert_null && !meta.merge_union) {
            result.winners.insert("!" + rule.name);
        }
        if (!meta.merge_union && !result.winners.empty()) {
            break;
        }
    }
    metaverse_.at(person).values[attribute.id] = std::move(result);
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
    for (const auto& [target, c] : connectors_) {
        if (texts == row.values.end() || c.joined == 0 || c.planned ||
            c.row.type != schema_.attribute(flow.source).target) {
            continue;
        }
        const bool meant = std::ranges::any_of(texts->second, [&](const std::string& text) {
            return named ? normalize_dn(text) == normalize_dn(c.row.name) : text == c.row.anchor;
        });
        if (meant) {
            result.insert(c.joined);
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
        const auto owner = fold(*identifying.begin());
        auto& given = handed_out_[{attribute.id, owner}];
        for (int n = 0; given.empty() && n < limits::kGeneratedTries; ++n) {
            const auto candidates =
                evaluate(*meta.generate, m.type, document(person), attribute.type, n);
            if (candidates.empty()) {
                break;
            }
            auto& holder = reserved_[{attribute.id, fold(*candidates.begin())}];
            if (holder.empty() || holder == owner) {
                holder = owner;
                given = *candidates.begin();
            }
        }
        if (!given.empty()) {
            result = {{given}, {"generated"}};
        }
    }
}

}  // namespace muster::testing
