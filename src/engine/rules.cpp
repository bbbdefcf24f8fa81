#include "engine/rules.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace muster {

RuleBook::RuleBook(const Configuration& configuration)
    : configuration_(configuration),
      connector_types_(configuration.schema.types().size() + 1),
      metaverse_types_(configuration.schema.types().size() + 1) {
    arrange_metaverse();
    arrange_inbound();
    arrange_outbound();
}

void RuleBook::arrange_metaverse() {
    for (const auto& key : schema().keys()) {
        metaverse_types_[key.type.value].keys.push_back(key.id);
    }
    for (const auto& attribute : schema().attributes()) {
        if (schema().space_of(attribute.id) != kMetaverse) {
            if (attribute.type == Type::reference) {
                connector_types_[attribute.owner.value].attributes_by_reference.push_back(
                    attribute.id);
            }
            continue;
        }
        auto& type = metaverse_types_[attribute.owner.value];
        const auto& meta = configuration_.metaverse_attribute(attribute.id);
        if (meta.generate) {
            type.generated.push_back(attribute.id);
        } else if (!meta.contributions.empty()) {
            (attribute.type == Type::reference ? type.references : type.scalars)
                .push_back(attribute.id);
        }
    }
    for (const auto id : schema().space(kMetaverse).types) {
        auto& type = metaverse_types_[id.value];
        type.deletion_sources = configuration_.deletion_rule(id).sources;
        std::ranges::copy_if(
            type.scalars, std::back_inserter(type.key_attributes), [&](AttributeId attribute) {
                return std::ranges::any_of(type.keys, [&](KeyId key) {
                    return std::ranges::count(schema().key(key).attributes, attribute) > 0;
                });
            });
    }
}

void RuleBook::arrange_inbound() {
    for (std::size_t at = 0; at < configuration_.inbound.size(); ++at) {
        const auto i = static_cast<std::uint16_t>(at);
        const auto& rule = configuration_.inbound[i];
        auto& type = connector_types_[rule.source.value];
        type.scoped = (type.inbound.empty() || type.scoped) && rule.scope.has_value();
        type.joins = type.joins || rule.project || !rule.join.empty();
        type.inbound.push_back(i);
        auto& metaverse = metaverse_types_[rule.target.value];
        if (rule.project && configuration_.deletion_rule(rule.target).sources.empty() &&
            !std::ranges::count(metaverse.deletion_sources, rule.system)) {
            metaverse.deletion_sources.push_back(rule.system);
        }
        for (const auto& flow : rule.flows) {
            if (schema().attribute(flow.target).type == Type::reference) {
                type.references.push_back({i, flow.source, flow.target, false});
            }
            for (const auto key : metaverse.keys) {
                type.feeds_keys = type.feeds_keys ||
                                  std::ranges::count(schema().key(key).attributes, flow.target) > 0;
            }
        }
    }
    for (auto& type : connector_types_) {
        std::ranges::sort(type.references, {}, &ReferenceFlow::from);
    }
}

void RuleBook::arrange_outbound() {
    for (std::size_t at = 0; at < configuration_.outbound.size(); ++at) {
        const auto i = static_cast<std::uint16_t>(at);
        const auto& rule = configuration_.outbound[i];
        auto& type = metaverse_types_[rule.source.value];
        type.outbound.push_back(i);
        connector_types_[rule.target.value].outbound = i;
        for (const auto& flow : rule.flows) {
            if (schema().attribute(flow.target).type == Type::reference) {
                type.target_references.push_back({i, flow.source, flow.target, flow.initial_only});
            }
        }
    }
}

const OutboundRule* RuleBook::outbound_to(TypeId connector_type) const {
    const auto rule = connector_types_[connector_type.value].outbound;
    return rule == kNone ? nullptr : &configuration_.outbound[rule];
}

Rules::Rules(const RuleBook& book)
    : book_(book), evaluator_(book.schema()), generators_(book.schema().attributes().size() + 1) {
    const auto compile = [this](const std::optional<Expression>& expression, TypeId type) {
        return expression ? evaluator_.compile(*expression, type) : ExpressionId{};
    };
    const auto compile_flows = [this](const std::vector<Flow>& flows, TypeId type,
                                      std::vector<ExpressionId>& ids) {
        for (const auto& flow : flows) {
            ids.push_back(flow.kind == Flow::Kind::expression
                              ? evaluator_.compile(flow.expression, type)
                              : ExpressionId{});
        }
    };
    for (const auto& rule : book.configuration().inbound) {
        auto& compiled = inbound_.emplace_back();
        compiled.scope = compile(rule.scope, rule.source);
        compile_flows(rule.flows, rule.source, compiled.flows);
    }
    for (const auto& rule : book.configuration().outbound) {
        auto& compiled = outbound_.emplace_back();
        compiled.scope = compile(rule.scope, rule.source);
        compiled.name = compile(rule.object_name, rule.source);
        compiled.disabled_name = compile(rule.disabled_name, rule.source);
        compile_flows(rule.flows, rule.source, compiled.flows);
        compile_flows(rule.disable_flows, rule.source, compiled.disable_flows);
    }
    for (const auto type : book.schema().space(kMetaverse).types) {
        for (const auto attribute : book.metaverse_type(type).generated) {
            generators_[attribute.value] =
                compile(book.configuration().metaverse_attribute(attribute).generate, type);
        }
    }
}

std::optional<bool> Rules::test(ExpressionId scope, const Document& document,
                                std::string_view rule) {
    if (!scope) {
        return true;
    }
    const auto answer = evaluator_.test(scope, document);
    if (!answer) {
        problem_ = {"expression-error",
                    fmt::format("scope of rule {}: {}", rule, evaluator_.error().message)};
    }
    return answer;
}

std::optional<bool> Rules::in_scope(std::uint16_t inbound, const Object& object) {
    return test(inbound_[inbound].scope, object.attributes,
                book_.configuration().inbound[inbound].name);
}

std::optional<bool> Rules::projects(std::uint16_t outbound, const Document& metaverse) {
    return test(outbound_[outbound].scope, metaverse,
                book_.configuration().outbound[outbound].name);
}

bool Rules::values_of(const Flow& flow, ExpressionId expression, const Document& document,
                      std::string_view rule, std::vector<std::string_view>& values) {
    const auto& target = book_.schema().attribute(flow.target);
    switch (flow.kind) {
        case Flow::Kind::direct:
            for (const auto& value : document.values(flow.source)) {
                values.push_back(value.text);
            }
            break;
        case Flow::Kind::constant:
            values.push_back(flow.constant);
            break;
        case Flow::Kind::expression:
            if (!evaluator_.evaluate(expression, document, target.type, values)) {
                problem_ = {"expression-error",
                            fmt::format("flow to {} of rule {}: {}", target.name, rule,
                                        evaluator_.error().message)};
                return false;
            }
            break;
    }
    if (!target.multi && values.size() > 1) {
        problem_ = {
            "several-values",
            fmt::format("flow to {} of rule {} gives {} values to a single-valued attribute",
                        target.name, rule, values.size())};
        return false;
    }
    return true;
}

bool Rules::contribute(FlowRef ref, const Object& object, std::vector<std::string_view>& values) {
    const auto& rule = book_.configuration().inbound[ref.rule];
    return values_of(rule.flows[ref.flow], inbound_[ref.rule].flows[ref.flow], object.attributes,
                     rule.name, values);
}

bool Rules::ask(std::uint16_t outbound, std::uint16_t flow, bool disabling,
                const Document& metaverse, std::vector<std::string_view>& values) {
    const auto& rule = book_.configuration().outbound[outbound];
    const auto& compiled = outbound_[outbound];
    return disabling
               ? values_of(rule.disable_flows[flow], compiled.disable_flows[flow], metaverse,
                           rule.name, values)
               : values_of(rule.flows[flow], compiled.flows[flow], metaverse, rule.name, values);
}

std::optional<std::string_view> Rules::text_of(ExpressionId expression, const Document& document,
                                               std::int64_t n) {
    scratch_.clear();
    if (!evaluator_.evaluate(expression, document, Type::text, scratch_, n)) {
        problem_ = {"expression-error", evaluator_.error().message};
        return std::nullopt;
    }
    if (scratch_.size() != 1 || scratch_.front().empty()) {
        problem_ = {"no-value", scratch_.size() > 1 ? "gives several values" : "gives nothing"};
        return std::nullopt;
    }
    return scratch_.front();
}

std::optional<std::string_view> Rules::name(std::uint16_t outbound, bool disabled,
                                            const Document& metaverse) {
    const auto expression = disabled ? outbound_[outbound].disabled_name : outbound_[outbound].name;
    if (!expression) {
        return std::string_view{};
    }
    const auto name = text_of(expression, metaverse, 0);
    if (!name) {
        problem_.message = fmt::format(
            "name of rule {}: {}", book_.configuration().outbound[outbound].name, problem_.message);
    }
    return name;
}

std::optional<std::string_view> Rules::generate(AttributeId attribute, const Document& metaverse,
                                                std::int64_t n) {
    const auto value = text_of(generators_[attribute.value], metaverse, n);
    if (!value) {
        problem_.message = fmt::format("generated value of {}: {}",
                                       book_.schema().attribute(attribute).name, problem_.message);
    }
    return value;
}

void matching_values(std::span<const AttributeId> attributes, const Document& document,
                     std::vector<std::string>& values) {
    if (attributes.size() == 1) {
        for (const auto& value : document.values(attributes.front())) {
            values.push_back(fold(value.text));
        }
        return;
    }
    std::string joined;
    for (const auto attribute : attributes) {
        const auto range = document.values(attribute);
        if (range.empty()) {
            return;
        }
        joined += fold(range.front());
        joined += '\x1f';
    }
    values.push_back(std::move(joined));
}

}  // namespace muster
