#include <fmt/format.h>

#include <algorithm>

#include "config/build.h"
#include "config/shape.h"

namespace muster::config {

namespace {

void build_generate(const Node& generate, AttributeId id, Build& build) {
    const auto& schema = build.configuration.schema;
    const auto& attribute = schema.attribute(id);
    auto& facts = build.configuration.metaverse_attributes[id.value - 1u];
    if (attribute.type != Type::text || attribute.multi) {
        build.complaints.error(generate.where,
                               fmt::format("{} cannot be generated", full_name(schema, id)),
                               "a generated attribute is a single-valued text");
    }
    facts.generate = build_expression(generate, "value", build.complaints);
    const auto* owner = scalar_of(generate, "for");
    if (owner == nullptr) {
        return;
    }
    facts.generate_for = find_attribute(owner->text, owner->where, attribute.owner, build);
    if (!facts.generate_for) {
        return;
    }
    const auto& by = schema.attribute(facts.generate_for);
    const auto* by_mapping = &build.entry(by.id).value;
    if (by.type == Type::reference || by.multi || by_mapping->find("generate") != nullptr) {
        build.complaints.error(
            owner->where,
            fmt::format("{} cannot identify the owner of {}", by.name, attribute.name),
            "name a single-valued attribute that is neither a reference nor generated");
    }
}

void build_metaverse_attribute(AttributeId id, Build& build) {
    const auto& entry = build.entry(id);
    const auto& schema = build.configuration.schema;
    auto& facts = build.configuration.metaverse_attributes[id.value - 1u];
    facts.where = build.complaints.location(entry.where);
    if (const auto* merge = scalar_of(entry.value, "merge"); merge != nullptr) {
        facts.merge_union = merge->text == "union";
        if (facts.merge_union && !schema.attribute(id).multi) {
            build.complaints.error(
                merge->where,
                fmt::format("{} holds one value, so there is no union", full_name(schema, id)),
                "say multi: true, or leave 'merge' out");
        }
    }
    if (const auto* generate = entry.value.find("generate");
        generate != nullptr && generate->is_map()) {
        build_generate(*generate, id, build);
    }
}

bool brings(const Configuration& configuration, SpaceId system, TypeId type) {
    return std::ranges::any_of(configuration.inbound, [&](const InboundRule& rule) {
        return rule.system == system && rule.target == type;
    });
}

DeletionRule deletion_rule(TypeId type, const Node& mapping, Build& build) {
    DeletionRule rule;
    for (const auto* name : names_of(mapping, "when_gone_from")) {
        const auto system = find_system(name->text, name->where, build);
        if (!system) {
            continue;
        }
        if (std::ranges::find(rule.sources, system) != rule.sources.end()) {
            build.complaints.error(name->where, fmt::format("'{}' is named twice", name->text));
        } else if (!brings(build.configuration, system, type)) {
            build.complaints.error(
                name->where,
                fmt::format("no rule leads from {} to {}, so nothing can go from there", name->text,
                            build.configuration.schema.type(type).name),
                "name systems with an inbound rule for the type");
        } else {
            rule.sources.push_back(system);
        }
    }
    if (const auto* grace = scalar_of(mapping, "grace"); grace != nullptr) {
        rule.grace = parse_duration(grace->text).value_or(std::chrono::seconds{0});
    }
    return rule;
}

}  // namespace

void build_metaverse(const std::vector<const Entry*>& types, Build& build) {
    auto& schema = build.configuration.schema;
    schema.add_space("metaverse");
    for (const auto* type : types) {
        build_type(kMetaverse, *type, build);
    }
    build_targets(kMetaverse, build);
    build.configuration.metaverse_attributes.resize(schema.attributes().size());
    for (const auto& attribute : schema.attributes()) {
        build_metaverse_attribute(attribute.id, build);
    }
}

namespace {

/// SYSTEM.TYPE.ATTRIBUTE
AttributeId find_kept(const Node& path, Build& build) {
    const auto& schema = build.configuration.schema;
    const std::string_view text = path.text;
    const auto dot = text.find('.');
    const auto second = dot == std::string_view::npos ? dot : text.find('.', dot + 1);
    if (second == std::string_view::npos) {
        build.complaints.error(path.where, fmt::format("'{}' names no attribute", text),
                               "write SYSTEM.TYPE.ATTRIBUTE");
        return {};
    }
    const auto space = find_system(text.substr(0, dot), path.where, build);
    const auto type =
        space ? find_type(text.substr(dot + 1, second - dot - 1), path.where, space, build)
              : TypeId{};
    const auto id =
        type ? find_attribute(text.substr(second + 1), path.where, type, build) : AttributeId{};
    if (id && schema.attribute(id).type != Type::text) {
        build.complaints.error(path.where, fmt::format("{} is no text", full_name(schema, id)),
                               "keep values of texts");
    }
    return id;
}

}  // namespace

void build_generated(Build& build) {
    auto& schema = build.configuration.schema;
    for (std::size_t i = 0; i < build.configuration.metaverse_attributes.size(); ++i) {
        auto& facts = build.configuration.metaverse_attributes[i];
        if (!facts.generate) {
            continue;
        }
        const auto id = AttributeId(static_cast<std::uint16_t>(i + 1));
        schema.add_key(schema.attribute(id).owner, {id}, KeyUse::unique);
        for (const auto* path : names_of(*build.entry(id).value.find("generate"), "keep")) {
            if (const auto kept = find_kept(*path, build)) {
                facts.generate_keep.push_back(kept);
            }
        }
    }
}

void build_deletion_rules(Build& build) {
    for (const auto type : build.configuration.schema.space(kMetaverse).types) {
        const auto* mapping = build.entry(type).value.find("delete");
        build.configuration.deletion_rules.push_back(
            mapping == nullptr ? DeletionRule{} : deletion_rule(type, *mapping, build));
    }
}

}  // namespace muster::config
