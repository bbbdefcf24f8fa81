#include "run/naming.h"

#include <algorithm>

#include "base/dn.h"
#include "base/text.h"
#include "engine/plan.h"
#include "run/old_names.h"

namespace muster {

namespace {

std::vector<std::string> texts_of(const Document& document, AttributeId attribute) {
    std::vector<std::string> texts;
    for (const auto& value : document.values(attribute)) {
        texts.emplace_back(value.text);
    }
    return texts;
}

bool folds_to_one_of(const std::string& text, const std::vector<std::string>& others) {
    return std::ranges::any_of(others,
                               [&](const auto& other) { return fold(other) == fold(text); });
}

}  // namespace

std::vector<ValueChange> kept_in_name(const Configuration& configuration, const Object& object,
                                      const Delta& planned) {
    const auto& schema = configuration.schema;
    std::vector<ValueChange> kept;
    const auto name = parse_dn(object.name);
    if (!name || name->empty()) {
        return kept;
    }
    std::vector<std::string> naming;
    for (const auto& part : name->front()) {
        naming.push_back(part.value);
    }
    Object after;
    after.attributes = object.attributes;
    apply(planned, after);
    for (const auto& attribute : schema.attributes(object.type)) {
        if (!is_written(configuration, schema, attribute.id)) {
            continue;
        }
        ValueChange change;
        change.attribute = attribute.id;
        change.add = texts_of(after.attributes, attribute.id);
        std::erase_if(change.add, [&](const auto& v) { return !folds_to_one_of(v, naming); });
        if (!change.add.empty()) {
            kept.push_back(std::move(change));
        }
    }
    return kept;
}

void take_brought(const Schema& schema, std::span<const ValueChange> brought, Object& object,
                  Delta& planned) {
    for (const auto& change : brought) {
        const auto& attribute = schema.attribute(change.attribute);
        auto values = texts_of(object.attributes, attribute.id);
        std::erase_if(values, [&](const auto& v) {
            return folds_to_one_of(v, change.remove) || folds_to_one_of(v, change.add);
        });
        values.insert(values.end(), change.add.begin(), change.add.end());
        if (!attribute.multi && values.size() > 1) {
            continue;  // the modification that follows leaves the one that is wanted
        }
        object.attributes.set(attribute.id,
                              std::vector<std::string_view>(values.begin(), values.end()));
        const auto due =
            std::ranges::find(planned.attributes, attribute.id, &AttributeChange::attribute);
        if (due != planned.attributes.end()) {
            due->before = texts_of(object.attributes, attribute.id);
            if (due->before == due->after) {
                planned.attributes.erase(due);
            }
        }
    }
}

}  // namespace muster
