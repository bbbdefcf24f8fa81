#include "connect/ldif/layout.h"

#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
#include "base/limits.h"
#include "connect/ldap/ldap_values.h"
#include "connect/settings.h"

namespace muster::ldif {

namespace {

TypeLayout read_type(const Configuration& configuration, const TypeSettings& settings,
                     const std::string& folder) {
    const auto& schema = configuration.schema;
    TypeLayout type;
    type.type = settings.type;
    type.path = path_setting(settings.settings, "file", "", configuration.folder, folder);
    type.classes = list_setting(settings.settings, "object_class", configuration.folder);
    type.ours = made_by_muster(configuration, settings.type);
    for (const auto& attribute : schema.attributes(settings.type)) {
        const auto own = std::ranges::find(settings.attributes, attribute.id,
                                           [](const auto& pair) { return pair.first; });
        type.attributes.push_back(
            {attribute.id,
             own == settings.attributes.end()
                 ? attribute.name
                 : text_setting(own->second, "attribute", attribute.name, configuration.folder),
             attribute.type, attribute.multi});
    }
    const auto& object_type = schema.type(settings.type);
    for (const auto id : object_type.anchor) {
        type.anchor.push_back(static_cast<std::size_t>(id.value - object_type.first.value));
    }
    return type;
}

}  // namespace

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
    for (const auto& type : system.types) {
        layout.types.push_back(read_type(configuration, type, layout.folder));
    }
    return layout;
}

bool is_of_type(const Record& record, const TypeLayout& type) {
    return type.classes.empty() || std::ranges::any_of(record.fields, [&](const Field& field) {
               return same_name(field.name, "objectClass") &&
                      same_name(field.value, type.classes[0]);
           });
}

bool is_of_attribute(std::string_view field, std::string_view attribute) {
    constexpr std::string_view kBinary = ";binary";
    return same_name(field, attribute) ||
           (field.size() == attribute.size() + kBinary.size() &&
            same_name(field.substr(0, attribute.size()), attribute) &&
            same_name(field.substr(attribute.size()), kBinary));
}

std::string_view first_value(const Record& record, std::string_view name) {
    const auto found = std::ranges::find_if(
        record.fields, [&](const Field& field) { return is_of_attribute(field.name, name); });
    return found == record.fields.end() ? std::string_view{} : found->value;
}

AnchorResult record_anchor(const Schema& schema, const TypeLayout& type, const Record& record,
                           std::string& buffer) {
    if (type.anchor.empty()) {
        if (!parse_dn(record.dn)) {
            return {{}, record.dn.empty() ? AnchorFlaw::empty : AnchorFlaw::not_canonical};
        }
        buffer = normalize_dn(record.dn);
        return buffer.size() > limits::kAnchorBytes ? AnchorResult{{}, AnchorFlaw::too_long}
                                                    : AnchorResult{buffer, AnchorFlaw::none};
    }
    std::vector<std::string> texts;
    for (const auto position : type.anchor) {
        const auto& attribute = type.attributes[position];
        const auto value = first_value(record, attribute.name);
        std::string spelled;
        const auto text = from_ldap(attribute.type, value, spelled);
        if (!text) {
            return {{}, AnchorFlaw::not_canonical};
        }
        texts.emplace_back(*text);
    }
    const std::vector<std::string_view> parts(texts.begin(), texts.end());
    std::string made_buffer;
    auto made = make_anchor(schema, type.type, parts, made_buffer);
    buffer = made.text;
    return {buffer, made.flaw};
}

}  // namespace muster::ldif
