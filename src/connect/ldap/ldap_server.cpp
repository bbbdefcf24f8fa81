#include "connect/ldap/ldap_server.h"

#include <algorithm>

#include "base/error.h"
#include "connect/ldap/ldap_entry.h"

namespace muster {

namespace {

/// MS-ADTS 3.1.1.3.4.3: Active Directory, and Active Directory Lightweight Directory Services.
constexpr const char* kActiveDirectory[] = {"1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1851"};

/// What servers identify an entry by for ever, the usual one first: RFC 4530, then what Active
/// Directory and 389 Directory Server have had longer.
constexpr const char* kAnchors[] = {"entryUUID", "objectGUID", "nsUniqueId"};

std::string first_of(const std::vector<std::string>& values) {
    return values.empty() ? std::string{} : values[0];
}

LdapDirectorySchema read_schema(LdapConnection& connection, const std::string& place,
                                const std::stop_token& stop) {
    LdapDirectorySchema schema;
    if (place.empty()) {
        return schema;
    }
    auto values =
        read_values(connection, base_search(place, {"attributeTypes", "objectClasses"}), stop);
    for (const auto& definition : values["attributeTypes"]) {
        schema.add_attribute_type(definition);
    }
    for (const auto& definition : values["objectClasses"]) {
        schema.add_object_class(definition);
    }
    return schema;
}

void choose_anchor(const std::string& system, const LdapServer& server, LdapType& type) {
    auto anchor = natural_anchor(server);
    if (anchor.empty()) {
        throw Error(ErrorCode::configuration,
                    fmt::format("{}.{}: the directory knows none of entryUUID, objectGUID and "
                                "nsUniqueId, so that nothing identifies an entry for ever",
                                system, type.name),
                    "name what does: anchor_attribute, or anchor: [ATTRIBUTE] of the type");
    }
    set_anchor_attribute(type, std::move(anchor));
}

/// What else could be the anchor of entries that do not show theirs.
std::string anchor_cure(const LdapServer& server, const LdapType& type) {
    for (const auto* name : {"objectGUID", "nsUniqueId"}) {
        if (!same_attribute(type.anchor_attribute, name) && server.schema.has_attribute(name)) {
            return fmt::format(
                "let this bind read it; if the entry has none, every entry of this server has {}: "
                "set anchor_attribute: {}",
                name, name);
        }
    }
    return "let this bind read it; if the entry has none, name what it has by anchor: [ATTRIBUTE]";
}

}  // namespace

LdapSearch base_search(std::string base, std::vector<std::string> attributes) {
    return {std::move(base), LDAP_SCOPE_BASE, "(objectClass=*)", std::move(attributes)};
}

LdapValues read_values(LdapConnection& connection, const LdapSearch& search,
                       const std::stop_token& stop) {
    LdapValues out;
    single_search(connection, search, stop, [&](const LdapMessage& message) {
        LdapEntry entry(connection.handle(), message.get());
        while (entry.next()) {
            for (const auto& name : search.attributes) {
                if (same_attribute(entry.description(), name)) {
                    for (const auto& value : entry.values()) {
                        out[name].emplace_back(text_of(value));
                    }
                }
            }
        }
    });
    return out;
}

LdapServer read_server(LdapConnection& connection, const std::stop_token& stop) {
    auto root =
        read_values(connection,
                    base_search("", {"namingContexts", "defaultNamingContext", "supportedControl",
                                     "supportedCapabilities", "subschemaSubentry"}),
                    stop);
    LdapServer server;
    server.contexts = std::move(root["namingContexts"]);
    server.default_context = first_of(root["defaultNamingContext"]);
    server.controls = {root["supportedControl"].begin(), root["supportedControl"].end()};
    server.active_directory =
        std::ranges::any_of(root["supportedCapabilities"], [](const auto& capability) {
            return std::ranges::find(kActiveDirectory, capability) != std::end(kActiveDirectory);
        });
    server.schema = read_schema(connection, first_of(root["subschemaSubentry"]), stop);
    if (server.active_directory) {
        server.schema.compare_by_syntax();
    }
    return server;
}

std::string natural_anchor(const LdapServer& server) {
    if (server.active_directory) {
        return "objectGUID";
    }
    if (!server.schema.knows_attributes()) {
        return kAnchors[0];  // as good a guess as any
    }
    for (const auto* name : kAnchors) {
        if (server.schema.has_attribute(name)) {
            return name;
        }
    }
    return {};
}

std::string anchor_notice(const LdapSettings& configured, const LdapSettings& adapted) {
    std::string types;
    std::string anchor;
    for (std::size_t i = 0; i < configured.types.size(); ++i) {
        if (configured.types[i].anchor_attribute.empty()) {
            types += (types.empty() ? "" : ", ") + configured.types[i].name;
            anchor = adapted.types[i].anchor_attribute;  // the same for all
        }
    }
    return types.empty() ? ""
                         : fmt::format("what identifies entries here is {}: {}", anchor, types);
}

Equalities equalities(const LdapSettings& adapted, const LdapServer& server) {
    Equalities out;
    for (const auto& type : adapted.types) {
        for (const auto& attribute : type.attributes) {
            const auto equality = attribute.type == Type::text
                                      ? server.schema.equality(attribute.name)
                                      : Equality::exact;
            if (equality != Equality::exact) {
                out.emplace(attribute.id, equality);
            }
        }
    }
    return out;
}

LdapSettings adapted(LdapSettings settings, const LdapServer& server) {
    for (auto& type : settings.types) {
        std::map<std::string, std::string> configured;  // by the name in the directory
        for (auto& attribute : type.attributes) {
            const auto before = attribute.name;
            attribute.name = server.schema.canonical(before);
            const auto [first, only] = configured.emplace(attribute.name, before);
            if (!only && !same_attribute(first->second, before)) {
                throw Error(ErrorCode::configuration,
                            fmt::format("{}.{}: {} and {} are one attribute in the directory",
                                        settings.endpoint.system, type.name, first->second, before),
                            "name it once");
            }
        }
        if (type.anchor_attribute.empty()) {
            choose_anchor(settings.endpoint.system, server, type);
        }
        type.anchor_attribute = server.schema.canonical(type.anchor_attribute);
        type.anchor_cure = anchor_cure(server, type);
    }
    return settings;
}

}  // namespace muster
