#include <fmt/format.h>

#include "config/build.h"
#include "config/shape.h"

namespace muster::config {

namespace {

/// A direct flow between two attributes, held against their types.
class DirectCheck {
 public:
    DirectCheck(const Flow& flow, Place where, Build& build)
        : source_(build.configuration.schema.attribute(flow.source)),
          target_(build.configuration.schema.attribute(flow.target)),
          where_(where),
          schema_(build.configuration.schema),
          complaints_(build.complaints) {}

    void run() {
        const bool references = source_.type == Type::reference;
        if (references != (target_.type == Type::reference)) {
            refuse(references ? "a reference flows only into a reference"
                              : "only a reference flows into a reference");
        } else if (source_.type != target_.type && target_.type != Type::text) {
            refuse("make the types equal, or convert with {expression: …}");
        } else if (source_.multi && !target_.multi) {
            refuse(references ? "say multi: true for the target"
                              : "say multi: true for the target, or choose one value with "
                                "{expression: list.first(…)}");
        }
    }

 private:
    static std::string kind(const Attribute& attribute) {
        return fmt::format("{} {}", attribute.multi ? "multi-valued" : "single-valued",
                           type_name(attribute.type));
    }

    void refuse(std::string cure) {
        complaints_.error(
            where_,
            fmt::format("{} ({}) does not fit into {} ({})", full_name(schema_, source_.id),
                        kind(source_), full_name(schema_, target_.id), kind(target_)),
            std::move(cure));
    }

    const Attribute& source_;
    const Attribute& target_;
    Place where_;
    const Schema& schema_;
    Complaints& complaints_;
};

void build_constant(const Node& constant, Flow& flow, Build& build) {
    const auto& schema = build.configuration.schema;
    const auto& target = schema.attribute(flow.target);
    flow.kind = Flow::Kind::constant;
    std::string buffer;
    const auto value = canonical(target.type, constant.text, buffer);
    if (target.type == Type::reference) {
        build.complaints.error(
            constant.where,
            fmt::format("the reference {} cannot be a constant", full_name(schema, target.id)),
            "let a reference attribute flow into it");
    } else if (!value) {
        build.complaints.error(
            constant.where,
            fmt::format("'{}' is no value of {}", constant.text, full_name(schema, target.id)),
            fmt::format("it takes {}", type_expectation(target.type)));
    } else {
        flow.constant = *value;
    }
}

void build_source(const Node& mapping, const FlowContext& context, Flow& flow, Build& build) {
    const auto& schema = build.configuration.schema;
    if (const auto* from = scalar_of(mapping, "from", "from"); from != nullptr) {
        flow.kind = Flow::Kind::direct;
        flow.source = find_attribute(from->text, from->where, context.source, build);
        if (flow.source) {
            DirectCheck(flow, from->where, build).run();
        }
    } else if (const auto* constant = scalar_of(mapping, "constant"); constant != nullptr) {
        build_constant(*constant, flow, build);
    } else if (auto expression = build_expression(mapping, "expression", build.complaints);
               expression) {
        flow.kind = Flow::Kind::expression;
        flow.expression = std::move(*expression);
        if (schema.attribute(flow.target).type == Type::reference) {
            build.complaints.error(mapping.find("expression")->where,
                                   fmt::format("the reference {} cannot come from an expression",
                                               full_name(schema, flow.target)),
                                   "let a reference attribute flow into it");
        }
    }
}

}  // namespace

std::vector<Flow> build_flows(const Node& rule, const FlowContext& context, Build& build) {
    std::vector<Flow> flows;
    for (const auto& entry : entries_of(rule, "flows")) {
        Flow flow;
        flow.where = build.complaints.location(entry.where);
        flow.target = find_attribute(entry.key, entry.where, context.target, build);
        if (!flow.target) {
            continue;
        }
        build_source(entry.value, context, flow, build);
        flow.assert_null =
            context.direction == Direction::inbound && scalar_of(entry.value, "null") != nullptr;
        flow.initial_only =
            context.direction == Direction::outbound && flag_of(entry.value, "initial");
        if (context.direction == Direction::inbound &&
            build.entry(flow.target).value.find("generate") != nullptr) {
            build.complaints.error(
                entry.where,
                fmt::format("{} is generated, so nothing flows into it",
                            full_name(build.configuration.schema, flow.target)),
                "leave the flow out, or let it flow into an attribute of its own");
        }
        if (flow.assert_null && build.configuration.metaverse_attribute(flow.target).merge_union) {
            build.complaints.error(entry.value.find("null")->where,
                                   "in a union no contribution can assert that there is none",
                                   "leave 'null' out, or say merge: first");
        }
        flows.push_back(std::move(flow));
    }
    return flows;
}

}  // namespace muster::config
