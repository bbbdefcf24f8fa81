#include "connect/ldap/ldap_settings.h"

#include <ldap.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/dn.h"
#include "base/error.h"
#include "base/limits.h"
#include "connect/ldap/ldap_values.h"
#include "connect/settings.h"

namespace muster {

namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& message,
                         const std::string& cure) {
    throw Error(ErrorCode::configuration, where + ": " + message, cure);
}

/// Reads the settings of one level; what is wrong is said with where it stands.
struct Reader {
    const boost::json::object& settings;
    const std::string& folder;
    std::string where;

    std::string text(std::string_view name, std::string_view fallback = {}) const {
        return text_setting(settings, name, fallback, folder);
    }

    bool boolean(std::string_view name) const {
        const auto* value = settings.if_contains(name);
        if (value == nullptr) {
            return false;
        }
        if (const auto* given = value->if_bool()) {
            return *given;
        }
        std::string buffer;
        const auto resolved = text(name);
        const auto known = canonical(Type::boolean, resolved, buffer);
        if (!known) {
            refuse(where, fmt::format("{} is '{}'", name, resolved), "write true or false");
        }
        return *known == "true";
    }

    int integer(std::string_view name, int fallback, int least, int most) const {
        const auto* value = settings.if_contains(name);
        std::int64_t number = fallback;
        if (value != nullptr && value->is_number()) {
            number = value->to_number<std::int64_t>();
        } else if (value != nullptr) {
            const auto resolved = text(name);
            const auto* end = resolved.data() + resolved.size();
            if (std::from_chars(resolved.data(), end, number).ptr != end || resolved.empty()) {
                number = std::int64_t{least} - 1;
            }
        }
        if (number < least || number > most) {
            refuse(where, fmt::format("{} is out of bounds", name),
                   fmt::format("write a number from {} to {}", least, most));
        }
        return static_cast<int>(number);
    }
};

LdapEndpoint read_endpoint(const ConnectedSystem& system, const Reader& reader) {
    LdapEndpoint e;
    e.system = system.name;
    e.url = reader.text("url");
    e.bind_dn = reader.text("bind_dn");
    e.password = reader.text("password");
    e.external = reader.text("sasl") == "external";
    e.start_tls = reader.boolean("start_tls");
    if (!reader.text("ca_file").empty()) {
        e.ca_file = path_setting(reader.settings, "ca_file", {}, reader.folder, reader.folder);
    }
    e.page_size = reader.integer("page_size", 1'000, 1, 100'000);
    e.timeout = std::chrono::seconds(reader.integer("timeout_seconds", 60, 1, 86'400));
    constexpr int kMost = static_cast<int>(limits::kExportWindowMost);
    e.window_most = static_cast<std::size_t>(reader.integer("window_most", kMost, 1, 4'096));
    e.window_least = static_cast<std::size_t>(
        reader.integer("window_least", 1, 1, static_cast<int>(e.window_most)));

    LDAPURLDesc* parts = nullptr;
    const bool is_url = ldap_url_parse(e.url.c_str(), &parts) == LDAP_URL_SUCCESS;
    const std::unique_ptr<LDAPURLDesc, decltype(&ldap_free_urldesc)> owner(parts,
                                                                           ldap_free_urldesc);
    if (!is_url) {
        refuse(reader.where, fmt::format("url '{}' is no LDAP URL", e.url),
               "write ldap://host:port, ldaps://host:port or ldapi://%2Fpath%2Fto%2Fsocket");
    }
    if (e.start_tls && std::string_view(parts->lud_scheme) != "ldap") {
        refuse(reader.where, "start_tls is for ldap:// URLs", "remove start_tls");
    }
    if (e.external && !e.bind_dn.empty()) {
        refuse(reader.where, "sasl and bind_dn exclude each other", "keep one of them");
    }
    // A name without a password would be taken for an anonymous bind (RFC 4513 5.1.2).
    if (e.bind_dn.empty() != e.password.empty()) {
        refuse(reader.where, "bind_dn and password go together, and one of them is empty",
               "give both, or neither to bind anonymously");
    }
    return e;
}

void read_attributes(const Schema& schema, const TypeSettings& settings, const std::string& folder,
                     LdapType& type) {
    static const boost::json::object kNone;
    for (const auto& attribute : schema.attributes(type.id)) {
        const auto found = std::ranges::find(settings.attributes, attribute.id,
                                             [](const auto& entry) { return entry.first; });
        const Reader reader{found == settings.attributes.end() ? kNone : found->second, folder,
                            type.name + "." + attribute.name};
        LdapAttribute& a = type.attributes.emplace_back();
        a.id = attribute.id;
        a.name = reader.text("attribute", attribute.name);
        a.type = attribute.type;
        a.multi = attribute.multi;
        a.placeholder = reader.text("placeholder");
        if (!a.placeholder.empty()) {
            if (attribute.type != Type::reference || !parse_dn(a.placeholder)) {
                refuse(reader.where, "a placeholder is a DN standing in a reference attribute",
                       "write a DN, or make the attribute a reference");
            }
            a.normalized_placeholder = normalize_dn(a.placeholder);
        }
    }
    // What stands in for values stands in for those of all attributes of that name.
    for (auto& a : type.attributes) {
        for (const auto& other : type.attributes) {
            if (a.type == Type::reference && a.placeholder.empty() &&
                same_attribute(a.name, other.name)) {
                a.placeholder = other.placeholder;
                a.normalized_placeholder = other.normalized_placeholder;
            }
        }
    }
}

void read_anchor(const Schema& schema, const Reader& system, const Reader& reader, LdapType& type) {
    const auto& anchor = schema.type(type.id).anchor;
    if (anchor.size() > 1) {
        refuse(reader.where, "an anchor of several attributes cannot be looked up in a directory",
               "leave the anchor out: entries have one of their own");
    }
    if (anchor.empty()) {
        set_anchor_attribute(type,
                             reader.text("anchor_attribute", system.text("anchor_attribute")));
    } else {
        type.anchor_attribute = type.attribute(anchor[0]).name;
        type.anchor_type = type.attribute(anchor[0]).type;
    }
}

LdapType read_type(const Schema& schema, const TypeSettings& settings, const Reader& system,
                   const std::string& folder) {
    LdapType type;
    type.id = settings.type;
    type.name = schema.type(settings.type).name;
    const Reader reader{settings.settings, folder, system.where + "." + type.name};
    type.object_classes = list_setting(settings.settings, "object_class", folder);
    if (type.object_classes.empty()) {
        refuse(reader.where, "object_class is empty", "name at least one object class");
    }
    for (const auto& base : list_setting(settings.settings, "bases", folder)) {
        if (!parse_dn(base)) {
            refuse(reader.where, fmt::format("base '{}' is no DN", base), "write a DN");
        }
        // An entry below two bases must be read once.
        if (std::ranges::none_of(type.bases, [&](auto& b) { return dn_is_within(base, b); })) {
            std::erase_if(type.bases, [&](auto& b) { return dn_is_within(b, base); });
            type.bases.push_back(base);
        }
    }
    if (type.bases.empty()) {
        refuse(reader.where, "bases is empty", "name at least one DN to look below");
    }
    type.filter = "(objectClass=" + escape_filter_value(type.object_classes[0]) + ")";
    if (const auto extra = reader.text("filter"); !extra.empty()) {
        type.filter = "(&" + type.filter + (extra[0] == '(' ? extra : "(" + extra + ")") + ")";
    }
    type.create_parents = reader.boolean("create_parents");
    read_attributes(schema, settings, folder, type);
    read_anchor(schema, system, reader, type);
    return type;
}

}  // namespace

const LdapAttribute& LdapType::attribute(AttributeId attribute) const {
    const auto found = std::ranges::find(attributes, attribute, &LdapAttribute::id);
    MUSTER_ASSERT(found != attributes.end(), "attribute {} of {}", attribute.value, name);
    return *found;
}

bool LdapType::refers(std::string_view named) const {
    return std::ranges::any_of(attributes, [&](const LdapAttribute& attribute) {
        return attribute.type == Type::reference && same_attribute(attribute.name, named);
    });
}

const LdapType& LdapSettings::type(TypeId id) const {
    const auto found = std::ranges::find(types, id, &LdapType::id);
    MUSTER_ASSERT(found != types.end(), "type {} of {}", id.value, endpoint.system);
    return *found;
}

void set_anchor_attribute(LdapType& type, std::string name) {
    // nsUniqueId is no UUID as others write them: 4a3b1c02-5d6e11ee-8c9bd0a1-f2e3d4c5.
    type.anchor_type = same_attribute(name, "nsUniqueId") ? Type::text : Type::guid;
    type.anchor_attribute = std::move(name);
}

LdapSettings read_ldap_settings(const Configuration& configuration, SpaceId space) {
    const auto& system = configuration.system(space);
    const Reader reader{system.settings, configuration.folder, system.name};
    LdapSettings settings;
    settings.endpoint = read_endpoint(system, reader);
    for (const auto& type : system.types) {
        settings.types.push_back(
            read_type(configuration.schema, type, reader, configuration.folder));
    }
    return settings;
}

bool same_attribute(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace muster
