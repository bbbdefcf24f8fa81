#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/suggest.h"
#include "config/build.h"
#include "config/shape.h"

namespace muster::config {

namespace {

constexpr std::size_t kMostIds = 65'534;  // what the Schema can number

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

Schema::NewAttribute new_attribute(const Entry& entry) {
    Schema::NewAttribute attribute{entry.key};
    if (const auto* type = scalar_of(entry.value, "type", "type"); type != nullptr) {
        attribute.type = type_from_name(type->text).value_or(Type::text);
    }
    attribute.multi = flag_of(entry.value, "multi");
    return attribute;
}

std::vector<std::string_view> type_names(const Schema& schema, SpaceId space) {
    std::vector<std::string_view> names;
    for (const auto id : schema.space(space).types) {
        names.push_back(schema.type(id).name);
    }
    return names;
}

std::string space_name(const Schema& schema, SpaceId space) {
    return space == kMetaverse ? "the metaverse" : schema.space(space).name;
}

void build_target(const Attribute& attribute, Build& build) {
    const auto& entry = build.entry(attribute.id);
    const auto& schema = build.configuration.schema;
    const auto to = names_of(entry.value, "to");
    const auto name = full_name(schema, attribute.id);
    if (attribute.type != Type::reference) {
        if (!to.empty()) {
            build.complaints.error(to.front()->where,
                                   fmt::format("{} is no reference, so it refers to nothing", name),
                                   "say type: reference, or leave 'to' out");
        }
        return;
    }
    const auto space = schema.space_of(attribute.id);
    if (to.empty()) {
        build.complaints.error(
            entry.where, fmt::format("the reference {} does not say what it refers to", name),
            fmt::format("add to: TYPE, a type of {}", space_name(schema, space)));
    }
    std::vector<TypeId> targets;
    for (const auto* named : to) {
        const auto target = find_type(named->text, named->where, space, build);
        if (target && std::ranges::count(targets, target) == 0) {
            targets.push_back(target);
        }
    }
    build.configuration.schema.set_targets(attribute.id, std::move(targets));
}

}  // namespace

bool check_name(const Entry& entry, std::string_view what, Complaints& complaints) {
    const std::string_view extra = what == "an attribute" ? "_-.;:" : "_-";
    const auto& name = entry.key;
    if (!name.empty() && name.size() <= limits::kConfigNameBytes &&
        (is_letter_or_digit(name[0]) || name[0] == '_') && std::ranges::all_of(name, [&](char c) {
            return is_letter_or_digit(c) || extra.find(c) != extra.npos;
        })) {
        return true;
    }
    complaints.error(entry.where, fmt::format("'{}' is no name for {}", name, what),
                     fmt::format("use letters, digits and {}, at most {} bytes, beginning with a "
                                 "letter or digit",
                                 extra, limits::kConfigNameBytes));
    return false;
}

TypeId build_type(SpaceId space, const Entry& type, Build& build) {
    auto& schema = build.configuration.schema;
    if (!check_name(type, "a type", build.complaints)) {
        return {};
    }
    std::vector<Schema::NewAttribute> attributes;
    for (const auto& entry : entries_of(type.value, "attributes")) {
        if (check_name(entry, "an attribute", build.complaints)) {
            attributes.push_back(new_attribute(entry));
        }
    }
    if (schema.types().size() >= kMostIds ||
        schema.attributes().size() + attributes.size() + 2 > kMostIds) {  // with its two notes
        build.complaints.error(type.where,
                               fmt::format("more than {} types or attributes in all", kMostIds));
        return {};
    }
    const auto id = schema.add_type(space, type.key, std::move(attributes));
    build.types.push_back(&type);
    build.attributes.resize(schema.attributes().size());
    for (const auto& entry : entries_of(type.value, "attributes")) {
        if (const auto attribute = schema.find_attribute(id, entry.key); attribute) {
            build.attributes[attribute.value - 1u] = &entry;
        }
    }
    return id;
}

void build_targets(SpaceId space, Build& build) {
    const auto types = build.configuration.schema.space(space).types;
    for (const auto type : types) {
        for (const auto& attribute : build.configuration.schema.attributes(type)) {
            build_target(attribute, build);
        }
    }
}

AttributeId find_attribute(std::string_view name, Place where, TypeId type, Build& build) {
    const auto& schema = build.configuration.schema;
    const auto found = schema.find_attribute(type, name);
    if (!found) {
        std::vector<std::string_view> known;
        for (const auto& attribute : schema.attributes(type)) {
            known.push_back(attribute.name);
        }
        build.complaints.error(
            where, fmt::format("unknown attribute '{}' of {}", name, full_name(schema, type)),
            suggest(name, known));
    }
    return found;
}

TypeId find_type(std::string_view name, Place where, SpaceId space, Build& build) {
    const auto& schema = build.configuration.schema;
    const auto found = schema.find_type(space, name);
    if (!found) {
        build.complaints.error(
            where, fmt::format("unknown type '{}' of {}", name, space_name(schema, space)),
            suggest(name, type_names(schema, space)));
    }
    return found;
}

SpaceId find_system(std::string_view name, Place where, Build& build) {
    const auto& schema = build.configuration.schema;
    const auto found = schema.find_space(name);
    if (found && found != kMetaverse) {
        return found;
    }
    std::vector<std::string_view> known;
    for (const auto& space : schema.spaces().subspan(1)) {
        known.push_back(space.name);
    }
    build.complaints.error(where, fmt::format("unknown system '{}'", name), suggest(name, known));
    return {};
}

std::string full_name(const Schema& schema, TypeId type) {
    const auto space = schema.space_of(type);
    return space == kMetaverse
               ? schema.type(type).name
               : fmt::format("{}.{}", schema.space(space).name, schema.type(type).name);
}

std::string full_name(const Schema& schema, AttributeId attribute) {
    const auto& a = schema.attribute(attribute);
    return fmt::format("{}.{}", full_name(schema, a.owner), a.name);
}

std::optional<Expression> build_expression(const Node& mapping, std::string_view key,
                                           const Complaints& complaints) {
    const auto* node = scalar_of(mapping, key);
    if (node == nullptr) {
        return std::nullopt;
    }
    return Expression{node->text, complaints.location(node->where)};
}

}  // namespace muster::config
