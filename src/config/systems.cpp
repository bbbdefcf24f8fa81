#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "config/build.h"
#include "config/keys.h"
#include "config/shape.h"

namespace muster::config {

namespace {

/// The words of Muster itself: a system of that name could not be told from it.
constexpr std::string_view kReserved[] = {"metaverse", "manual"};

void build_anchor(TypeId type, const ConnectorSpec* connector, Build& build) {
    const auto& entry = build.entry(type);
    auto& schema = build.configuration.schema;
    std::vector<AttributeId> anchor;
    for (const auto* name : names_of(entry.value, "anchor")) {
        const auto id = find_attribute(name->text, name->where, type, build);
        if (!id) {
            continue;
        }
        const auto& attribute = schema.attribute(id);
        if (attribute.type == Type::reference || attribute.multi) {
            build.complaints.error(name->where,
                                   fmt::format("{} cannot be an anchor", full_name(schema, id)),
                                   "an anchor is a single value and no reference");
        } else if (std::ranges::find(anchor, id) != anchor.end()) {
            build.complaints.error(name->where, fmt::format("'{}' is named twice", name->text));
        } else {
            anchor.push_back(id);
        }
    }
    if (connector != nullptr && connector->anchor_required &&
        names_of(entry.value, "anchor").empty()) {
        build.complaints.error(
            entry.where, fmt::format("{} lacks an anchor", full_name(schema, type)),
            fmt::format("add anchor: ATTRIBUTE, what identifies an object for ever; {} has no "
                        "identifier of its own",
                        connector->name));
    }
    schema.set_anchor(type, std::move(anchor));
}

TypeSettings type_settings(TypeId type, const ConnectorSpec& connector, const Entry& system,
                           Build& build) {
    const auto& schema = build.configuration.schema;
    const auto& entry = build.entry(type);
    TypeSettings result;
    result.type = type;
    result.where = build.complaints.location(entry.where);
    result.settings = build_settings(entry, connector, SettingSpec::Level::type,
                                     full_name(schema, type), build.complaints);
    for (const auto& attribute : schema.attributes(type)) {
        auto settings =
            build_settings(build.entry(attribute.id), connector, SettingSpec::Level::attribute,
                           full_name(schema, attribute.id), build.complaints);
        if (settings.contains("foreign") && attribute.type != Type::reference) {
            build.complaints.error(build.entry(attribute.id).where,
                                   fmt::format("{} is no reference, so that no value of it is "
                                               "foreign",
                                               full_name(schema, attribute.id)),
                                   "leave foreign out");
        }
        if (!settings.empty()) {
            result.attributes.emplace_back(attribute.id, std::move(settings));
        }
    }
    build_limits(entry.value, system.value, result.limits);
    return result;
}

void build_system(const Entry& entry, Build& build) {
    if (!check_name(entry, "a system", build.complaints)) {
        return;
    }
    if (std::ranges::find(kReserved, entry.key) != std::end(kReserved)) {
        build.complaints.error(entry.where,
                               fmt::format("a system cannot be called '{}'", entry.key),
                               "the name is Muster's own; choose another");
        return;
    }
    auto& configuration = build.configuration;
    ConnectedSystem system;
    system.space = configuration.schema.add_space(entry.key);
    build.systems.push_back(&entry);
    system.name = entry.key;
    system.where = build.complaints.location(entry.where);
    std::vector<TypeId> types;
    for (const auto& type : entries_of(entry.value, "types")) {
        if (const auto id = build_type(system.space, type, build); id) {
            types.push_back(id);
        }
    }
    if (entry.value.find("types") == nullptr) {
        build.complaints.warn(entry.where, fmt::format("{} has no types", entry.key),
                              fmt::format("muster discover {} suggests some", entry.key));
    }
    build_targets(system.space, build);
    const auto* name = scalar_of(entry.value, "connector");
    const auto* connector = name == nullptr ? nullptr : find_connector_spec(name->text);
    for (const auto type : types) {
        build_anchor(type, connector, build);
    }
    if (connector != nullptr) {
        system.connector = connector->name;
        system.settings = build_settings(entry, *connector, SettingSpec::Level::system, system.name,
                                         build.complaints);
        for (const auto type : types) {
            system.types.push_back(type_settings(type, *connector, entry, build));
        }
    }
    configuration.systems.push_back(std::move(system));
}

Limit limit_of(const Node& node) {
    Limit limit;
    if (node.is_map()) {
        if (const auto* count = scalar_of(node, "count"); count != nullptr) {
            limit.count = parse_number(count->text);
        }
        if (const auto* percent = scalar_of(node, "percent"); percent != nullptr) {
            limit.percent = parse_percent(percent->text);
        }
    } else if (node.text.ends_with('%')) {
        limit.percent = parse_percent(node.text);
    } else {
        limit.count = parse_number(node.text);  // none: neither
    }
    return limit;
}

}  // namespace

void build_systems(const std::vector<const Entry*>& systems, Build& build) {
    for (const auto* system : systems) {
        build_system(*system, build);
    }
}

void build_limits(const Node& type, const Node& system,
                  Limit (&limits)[std::size(kAllLimitKinds)]) {
    for (const auto kind : kAllLimitKinds) {
        const auto position = static_cast<std::size_t>(kind);
        limits[position].percent = parse_percent(kLimits.find(limit_kind_name(kind))->fallback);
        limits[position].at_least = kind == LimitKind::creates ? limits::kCreatesAtLeast : 0;
        for (const auto* owner : {&type, &system}) {
            const auto* all = owner->find("limits");
            const auto* said = all == nullptr ? nullptr : all->find(limit_kind_name(kind));
            if (said != nullptr) {
                limits[position] = limit_of(*said);
                break;
            }
        }
    }
}

}  // namespace muster::config
