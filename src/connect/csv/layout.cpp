#include "connect/csv/layout.h"

#include <algorithm>

#include "base/error.h"
#include "connect/settings.h"

namespace muster::csv {

namespace {

using boost::json::object;

Error misconfigured(const Location& where, const std::string& message, const std::string& cure) {
    return {ErrorCode::configuration,
            fmt::format("{}:{}:{}: {}", where.file, where.line, where.column, message), cure};
}

std::optional<std::string> optional_text(const object& settings, std::string_view name,
                                         const std::string& folder) {
    return settings.contains(name) ? std::optional(text_setting(settings, name, "", folder))
                                   : std::nullopt;
}

Related read_related(const object& settings, const std::string& config_folder,
                     const std::string& folder) {
    Related related;
    related.path = path_setting(settings, "file", "", config_folder, folder);
    related.key = text_setting(settings, "key", "", config_folder);
    related.value = text_setting(settings, "value", "", config_folder);
    if (const auto* where = settings.if_contains("where")) {
        const auto& object = where->as_object();
        related.where = Condition{text_setting(object, "column", "", config_folder),
                                  optional_text(object, "equals", config_folder),
                                  optional_text(object, "starts_with", config_folder),
                                  optional_text(object, "ends_with", config_folder),
                                  optional_text(object, "contains", config_folder)};
    }
    return related;
}

std::optional<Type> anchor_type(const Schema& schema, const Attribute& attribute) {
    std::optional<Type> found;
    for (const auto target : attribute.targets) {
        const auto& anchor = schema.type(target).anchor;
        if (anchor.size() != 1 || schema.attribute(anchor[0]).type == Type::text ||
            (found && *found != schema.attribute(anchor[0]).type)) {
            return std::nullopt;
        }
        found = schema.attribute(anchor[0]).type;
    }
    return found;
}

Column read_column(const Configuration& configuration, const TypeSettings& type,
                   const Attribute& attribute, const std::string& folder) {
    Column column{attribute.id,
                  attribute.name,
                  std::nullopt,
                  attribute.multi,
                  attribute.type == Type::reference,
                  anchor_type(configuration.schema, attribute)};
    const auto settings = std::ranges::find(type.attributes, attribute.id,
                                            [](const auto& pair) { return pair.first; });
    if (settings != type.attributes.end()) {
        column.name =
            text_setting(settings->second, "column", attribute.name, configuration.folder);
        if (const auto* related = settings->second.if_contains("related")) {
            column.related = read_related(related->as_object(), configuration.folder, folder);
        }
    }
    return column;
}

TypeLayout read_type(const Configuration& configuration, const TypeSettings& settings,
                     const std::string& folder) {
    const auto& schema = configuration.schema;
    TypeLayout type;
    type.type = settings.type;
    type.path = path_setting(settings.settings, "file", "", configuration.folder, folder);
    type.order = list_setting(settings.settings, "columns", configuration.folder);
    type.sort = list_setting(settings.settings, "sort", configuration.folder);
    type.ours = made_by_muster(configuration, settings.type);
    for (const auto& attribute : schema.attributes(settings.type)) {
        type.columns.push_back(read_column(configuration, settings, attribute, folder));
    }
    const auto& object_type = schema.type(settings.type);
    for (const auto id : object_type.anchor) {
        const std::size_t position = static_cast<std::size_t>(id.value - object_type.first.value);
        if (type.columns[position].related || type.columns[position].multi) {
            throw misconfigured(settings.where,
                                fmt::format("the anchor of '{}' holds '{}', which has many values",
                                            object_type.name, schema.attribute(id).name),
                                "make the anchor of attributes with one value each");
        }
        type.columns[position].key = true;
        type.anchor.push_back(position);
    }
    if (type.anchor.empty()) {
        throw misconfigured(settings.where, fmt::format("'{}' has no anchor", object_type.name),
                            "name the column that identifies a row: anchor: id");
    }
    return type;
}

}  // namespace

bool Condition::holds(std::string_view cell) const {
    return (!equals || cell == *equals) && (!starts_with || cell.starts_with(*starts_with)) &&
           (!ends_with || cell.ends_with(*ends_with)) &&
           (!contains || cell.find(*contains) != std::string_view::npos);
}

std::vector<const Column*> TypeLayout::related() const {
    std::vector<const Column*> found;
    for (const auto& column : columns) {
        if (column.related) {
            found.push_back(&column);
        }
    }
    return found;
}

const TypeLayout& Layout::type(TypeId id) const {
    const auto found = std::ranges::find(types, id, &TypeLayout::type);
    MUSTER_ASSERT(found != types.end(), "type {}", id.value);
    return *found;
}

Layout read_layout(const Configuration& configuration, SpaceId space) {
    const auto& system = configuration.system(space);
    Layout layout;
    layout.folder =
        path_setting(system.settings, "folder", ".", configuration.folder, configuration.folder);
    const auto delimiter = text_setting(system.settings, "delimiter", ",", configuration.folder);
    if (delimiter.size() != 1 || static_cast<unsigned char>(delimiter[0]) > 127 ||
        std::string_view("\"\r\n").find(delimiter[0]) != std::string_view::npos) {
        throw misconfigured(system.where, fmt::format("delimiter '{}' cannot be used", delimiter),
                            R"(use one ASCII character, such as "," ";" or "\t")");
    }
    layout.delimiter = delimiter[0];
    layout.multi_value_delimiter =
        text_setting(system.settings, "multi_value_delimiter", ";", configuration.folder);
    if (layout.multi_value_delimiter.empty()) {
        throw misconfigured(system.where, "multi_value_delimiter is empty",
                            "use at least one character, such as ;");
    }
    if (const auto* trim = system.settings.if_contains("trim")) {
        layout.trim = trim->as_bool();
    }
    for (const auto& type : system.types) {
        layout.types.push_back(read_type(configuration, type, layout.folder));
    }
    return layout;
}

}  // namespace muster::csv
