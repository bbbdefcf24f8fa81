#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/configuration.h"
#include "model/value.h"

namespace muster {

/// How to reach a directory and how hard to work it.
struct LdapEndpoint {
    std::string system;  ///< its name in the configuration, for messages
    std::string url;
    std::string bind_dn;
    std::string password;  ///< never in a message
    bool external = false;
    bool start_tls = false;
    std::string ca_file;
    int page_size = 0;
    std::chrono::seconds timeout{0};
    std::size_t window_least = 0;
    std::size_t window_most = 0;
};

/// An attribute of a type, as the directory knows it.
struct LdapAttribute {
    AttributeId id;
    std::string name;  ///< attribute description in the directory
    Type type = Type::text;
    bool multi = false;
    std::string placeholder;             ///< DN; empty: none
    std::string normalized_placeholder;  ///< as normalize_dn gives it
};

/// An object type, as the directory knows it.
struct LdapType {
    TypeId id;
    std::string name;
    std::vector<std::string> object_classes;
    std::vector<std::string> bases;  ///< none of them within another
    std::string filter;              ///< all that makes an entry one of this type
    bool create_parents = false;
    std::string anchor_attribute;  ///< empty until the directory is known (ldap_server.h): its own
    Type anchor_type = Type::guid;
    std::string anchor_cure;                ///< what to do about entries that do not show it
    std::vector<LdapAttribute> attributes;  ///< by position in the type

    const LdapAttribute& attribute(AttributeId attribute) const;
    /// Whether the attribute of that name holds references.
    bool refers(std::string_view name) const;
};

/// The settings of one LDAP system, read and checked.
struct LdapSettings {
    LdapEndpoint endpoint;
    std::vector<LdapType> types;

    const LdapType& type(TypeId id) const;
};

/// Throws Error(configuration) where a setting cannot be used.
LdapSettings read_ldap_settings(const Configuration& configuration, SpaceId system);

/// Makes an attribute the anchor of a type, with the type that it has wherever there is one.
void set_anchor_attribute(LdapType& type, std::string name);

/// Attribute descriptions are compared without regard to case (RFC 4512 2.5).
bool same_attribute(std::string_view a, std::string_view b);

}  // namespace muster
