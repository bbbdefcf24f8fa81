#include "model/connector_settings.h"
#include "model/foreign.h"

namespace muster {

namespace {

using enum SettingSpec::Level;
using enum SettingSpec::Kind;

constexpr std::string_view kSaslMechanisms[] = {"external"};
constexpr std::string_view kAnchorAttributes[] = {"entryUUID", "objectGUID", "nsUniqueId"};

constexpr SettingSpec required(SettingSpec::Level level, SettingSpec::Kind kind,
                               std::string_view name, std::string_view help) {
    return {level, name, kind, true, {}, {}, {}, help};
}

constexpr SettingSpec optional(SettingSpec::Level level, SettingSpec::Kind kind,
                               std::string_view name, std::string_view fallback,
                               std::string_view help,
                               std::span<const std::string_view> choices = {}) {
    return {level, name, kind, false, fallback, choices, {}, help};
}

constexpr SettingSpec kSettings[] = {
    required(system, url, "url",
             "Where the directory is: ldap://host:port, ldaps://host:port or "
             "ldapi://%2Fpath%2Fto%2Fsocket."),
    optional(system, text, "bind_dn", "",
             "Whom to bind as; without it, and without sasl, the connection is anonymous."),
    optional(system, secret, "password", "", "The password of bind_dn."),
    optional(system, choice, "sasl", "",
             "Bind by SASL instead: external takes the identity from the ldapi socket.",
             kSaslMechanisms),
    optional(system, boolean, "start_tls", "false",
             "Secure an ldap:// connection with StartTLS; without it nothing is sent."),
    optional(system, path, "ca_file", "",
             "PEM file of the certificate authorities to trust; without it, the machine's."),
    optional(system, integer, "page_size", "1000",
             "Entries asked for at a time when reading (RFC 2696)."),
    optional(system, integer, "timeout_seconds", "60",
             "How long one answer may take before the connection counts as broken."),
    optional(system, integer, "window_least", "1",
             "Operations kept in flight when writing, however slow the directory gets."),
    optional(system, integer, "window_most", "64", "Operations in flight at most when writing."),
    optional(system, choice, "anchor_attribute", "",
             "What identifies an entry for ever. Without it, what the server has: objectGUID in "
             "Active Directory, elsewhere entryUUID or else nsUniqueId.",
             kAnchorAttributes),
    required(type, list, "object_class",
             "Object classes that new entries get; entries are recognised by the first."),
    required(type, list, "bases", "DNs at or below which entries of this type are found."),
    optional(type, text, "filter", "",
             "A further condition on entries to read (RFC 4515): (!(employeeType=service))."),
    optional(type, boolean, "create_parents", "false",
             "Create what is missing above a new entry: ou, o, c, dc, l and cn components."),
    optional(type, choice, "anchor_attribute", "", "As for the system, for this type alone.",
             kAnchorAttributes),
    optional(attribute, text, "attribute", "",
             "The attribute's name in the directory, where it differs."),
    optional(attribute, text, "placeholder", "",
             "DN that stands in this attribute while it has no values, because the object class "
             "demands one; never read as a value."),
    kForeignSetting,
    optional(attribute, boolean, "write_only", "false",
             "It can be written and not read (userPassword and unicodePwd are taken for that): "
             "sent when what is wanted changes, never compared."),
};

}  // namespace

const ConnectorSpec kLdapConnector = {
    .name = "ldap",
    .help = "An LDAP directory: OpenLDAP, 389 Directory Server, Active Directory and their like.",
    .anchor_required = false,
    .named = true,
    .exports = true,
    .settings = kSettings,
};

}  // namespace muster
