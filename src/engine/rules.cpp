#include "engine/rules.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "engine/expression_names.h"

namespace muster {

RuleBook::RuleBook(const Configuration& configuration)
    : configuration_(configuration),
      connector_types_(configuration.schema.types().size() + 1),
      metaverse_types_(configuration.schema.types().size() + 1) {
    arrange_metaverse();
    arrange_ties();
    arrange_inbound();
    arrange_outbound();
    arrange_deciding();
    arrange_write_only();
}

/// Those the configuration says so of, and passwords of directories.
void RuleBook::arrange_write_only() {
    for (const auto& system : configuration_.systems) {
        for (const auto& type : system.types) {
            if (!is_written(type.type)) {
                continue;
            }
            for (const auto& attribute : schema().attributes(type.type)) {
                std::string name = attribute.name;
                bool write_only = false;
                for (const auto& [id, settings] : type.attributes) {
                    if (id == attribute.id) {
                        const auto* said = settings.if_contains("write_only");
                        write_only = said != nullptr && said->is_bool() && said->get_bool();
                        const auto* called = settings.if_contains("attribute");
                        name = called != nullptr && called->is_string()
                                   ? std::string(called->get_string())
                                   : name;
                    }
                }
                const auto folded = fold(name);
                if (write_only || (system.connector == "ldap" &&
                                   (folded == "userpassword" || folded == "unicodepwd"))) {
                    write_only_.push_back(attribute.id);
                }
            }
        }
    }
    std::ranges::sort(write_only_);
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

void RuleBook::arrange_ties() {
    const auto tie = [this](TypeId connector, TypeId metaverse) {
        auto& tied = connector_types_[connector.value].metaverse;
        if (std::ranges::count(tied, metaverse) == 0) {
            tied.push_back(metaverse);
        }
    };
    for (const auto& rule : configuration_.inbound) {
        tie(rule.source, rule.target);
    }
    for (const auto& rule : configuration_.outbound) {
        tie(rule.target, rule.source);
    }
}

/// Whether an inbound flow of references has to look at the types of what they lead to.
bool RuleBook::sifts(const Flow& flow) const {
    const auto& to = schema().attribute(flow.target);
    return std::ranges::any_of(schema().attribute(flow.source).targets, [&](TypeId type) {
        return !std::ranges::all_of(connector_types_[type.value].metaverse,
                                    [&](TypeId tied) { return to.refers_to(tied); });
    });
}

void RuleBook::arrange_inbound() {
    for (std::size_t at = 0; at < configuration_.inbound.size(); ++at) {
        const auto i = static_cast<std::uint16_t>(at);
        const auto& rule = configuration_.inbound[i];
        auto& type = connector_types_[rule.source.value];
        type.scoped = (type.inbound.empty() || type.scoped) && rule.scope.has_value();
        type.joins = type.joins || rule.project || !rule.join.empty();
        type.evaluated = type.evaluated || rule.scope.has_value();
        type.inbound.push_back(i);
        auto& metaverse = metaverse_types_[rule.target.value];
        if (rule.project && configuration_.deletion_rule(rule.target).sources.empty() &&
            !std::ranges::count(metaverse.deletion_sources, rule.system)) {
            metaverse.deletion_sources.push_back(rule.system);
        }
        for (const auto& flow : rule.flows) {
            type.evaluated = type.evaluated || flow.kind == Flow::Kind::expression;
            if (flow.kind == Flow::Kind::direct) {
                type.direct.push_back(flow.source);
            }
            if (schema().attribute(flow.target).type == Type::reference) {
                type.references.push_back({i, flow.source, flow.target, false, sifts(flow)});
                sifts_ = sifts_ || type.references.back().sifted;
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
        connector_types_[rule.target.value].outbound.push_back(i);
        for (const auto& flow : rule.flows) {
            if (schema().attribute(flow.target).type == Type::reference) {
                type.target_references.push_back(
                    {i, flow.source, flow.target, flow.initial_only, false});
            }
        }
        arrange_unique(rule);
    }
}

/// What its flows take from generated attributes.
void RuleBook::arrange_unique(const OutboundRule& rule) {
    for (const auto key : metaverse_types_[rule.source.value].keys) {
        for (const auto& flow : rule.flows) {
            if (schema().key(key).use == KeyUse::unique && flow.kind == Flow::Kind::direct &&
                flow.source == schema().key(key).attributes.front()) {
                connector_types_[rule.target.value].unique.push_back({key, flow.target});
            }
        }
    }
}

namespace {

/// Adds the attributes of a type that an expression mentions.
void add_mentioned(const Schema& schema, TypeId type, const std::optional<Expression>& expression,
                   std::set<AttributeId>& attributes) {
    if (!expression) {
        return;
    }
    const auto names = find_names(expression->source);
    for (const auto& attribute : schema.attributes(type)) {
        const auto is_it = [&](const ExpressionNames::Variable& v) {
            return v.name == attribute.name;
        };
        if (names.attr_open || std::ranges::any_of(names.variables, is_it) ||
            std::ranges::any_of(names.attr_fields, is_it)) {
            attributes.insert(attribute.id);
        }
    }
}

/// Adds what a flow is made of.
void add_sources(const Schema& schema, TypeId type, const Flow& flow,
                 std::set<AttributeId>& attributes) {
    if (flow.kind == Flow::Kind::direct) {
        attributes.insert(flow.source);
    } else if (flow.kind == Flow::Kind::expression) {
        add_mentioned(schema, type, flow.expression, attributes);
    }
}

/// The metaverse attributes that decide about new objects.
std::set<AttributeId> deciding_in_metaverse(const Configuration& configuration) {
    const auto& schema = configuration.schema;
    std::set<AttributeId> deciding;
    for (const auto& key : schema.keys()) {
        deciding.insert(key.attributes.begin(), key.attributes.end());
    }
    for (const auto& rule : configuration.outbound) {
        add_mentioned(schema, rule.source, rule.scope, deciding);
        add_mentioned(schema, rule.source, rule.object_name, deciding);
        for (const auto& flow : rule.flows) {
            if (std::ranges::count(schema.type(rule.target).anchor, flow.target) > 0) {
                add_sources(schema, rule.source, flow, deciding);
            }
        }
    }
    for (const auto type : schema.space(kMetaverse).types) {
        for (const auto& attribute : schema.attributes(type)) {
            const auto& meta = configuration.metaverse_attribute(attribute.id);
            if (meta.generate) {
                deciding.insert(meta.generate_for);
                add_mentioned(schema, type, meta.generate, deciding);
            }
        }
    }
    return deciding;
}

}  // namespace

void RuleBook::arrange_deciding() {
    const auto metaverse = deciding_in_metaverse(configuration_);
    std::vector<std::set<AttributeId>> found(connector_types_.size());
    for (const auto& rule : configuration_.inbound) {
        auto& deciding = found[rule.source.value];
        add_mentioned(schema(), rule.source, rule.scope, deciding);
        for (const auto& match : rule.join) {
            deciding.insert(match.connector.begin(), match.connector.end());
        }
        for (const auto& flow : rule.flows) {
            if (metaverse.contains(flow.target)) {
                add_sources(schema(), rule.source, flow, deciding);
            }
        }
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        connector_types_[i].deciding.assign(found[i].begin(), found[i].end());
    }
}

std::uint16_t RuleBook::outbound(TypeId metaverse_type, TypeId connector_type) const {
    for (const auto rule : connector_types_[connector_type.value].outbound) {
        if (configuration_.outbound[rule].source == metaverse_type) {
            return rule;
        }
    }
    return kNone;
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
            generators_[attribute.value] = evaluator_.compile(
                *book.configuration().metaverse_attribute(attribute).generate, type, true);
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
                                               std::int64_t count) {
    scratch_.clear();
    if (!evaluator_.evaluate(expression, document, Type::text, scratch_, count)) {
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
                                                std::int64_t count) {
    const auto value = text_of(generators_[attribute.value], metaverse, count);
    if (!value) {
        problem_.message = fmt::format("generated value of {}: {}",
                                       book_.schema().attribute(attribute).name, problem_.message);
    }
    return value;
}

namespace {

void add_keys(const Schema& schema, KeyId key, std::span<const AttributeId> attributes,
              const Document& document, std::vector<KeyValue>& keys) {
    std::vector<std::string> values;
    matching_values(schema, key, attributes, document, values);
    for (auto& value : values) {
        keys.push_back({key, std::move(value)});
    }
}

}  // namespace

void stored_keys(const RuleBook& book, TypeId type, const Document& attributes, bool waiting,
                 std::vector<KeyValue>& keys) {
    const auto& schema = book.schema();
    if (schema.space_of(type) == kMetaverse) {
        for (const auto key : book.metaverse_type(type).keys) {
            add_keys(schema, key, schema.key(key).attributes, attributes, keys);
        }
    } else {
        const auto& of = book.connector_type(type);
        for (const auto& unique : of.unique) {
            add_keys(schema, unique.key, std::span(&unique.attribute, 1), attributes, keys);
        }
        for (std::size_t i = 0; waiting && i < of.inbound.size(); ++i) {
            for (const auto& match : book.configuration().inbound[of.inbound[i]].join) {
                add_keys(schema, match.key, match.connector, attributes, keys);
            }
        }
    }
    std::ranges::sort(keys);
    const auto repeated = std::ranges::unique(keys);
    keys.erase(repeated.begin(), repeated.end());
}

}  // namespace muster
