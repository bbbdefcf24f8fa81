#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "connect/ldap/ldap_connection.h"
#include "connect/ldap/ldap_directory_schema.h"
#include "connect/ldap/ldap_search.h"
#include "connect/ldap/ldap_settings.h"

namespace muster {

/// What a directory server says of itself in its root DSE (RFC 4512 5.1) and schema, as far as this
/// bind may read them; empty where it may not.
struct LdapServer {
    std::vector<std::string> contexts;  ///< naming contexts
    std::string default_context;        ///< the one with the users; empty where it does not tell
    std::set<std::string, std::less<>> controls;  ///< OIDs of those it supports
    bool active_directory = false;                ///< or Samba as such
    LdapDirectorySchema schema;

    bool offers(std::string_view control) const { return controls.contains(control); }
};

/// Reads it: two searches. A connection that breaks meanwhile shows when it is used next.
LdapServer read_server(LdapConnection& connection, const std::stop_token& stop);

/// The settings in the server's own terms: attributes by the names under which it answers, whatever
/// synonym or OID the configuration calls them by, and anchors where the configuration names none.
/// Throws Error(configuration) where nothing there can be the anchor.
LdapSettings adapted(LdapSettings settings, const LdapServer& server);

/// The attribute that identifies entries of this server for ever; empty where it has none.
std::string natural_anchor(const LdapServer& server);

/// How this server tells values of the configured text attributes apart.
Equalities equalities(const LdapSettings& adapted, const LdapServer& server);

/// Which anchors were chosen where the configuration names none; empty where it names all.
std::string anchor_notice(const LdapSettings& configured, const LdapSettings& adapted);

/// The attributes of one entry, by name as asked for.
using LdapValues = std::map<std::string, std::vector<std::string>>;

/// Runs a search for one entry; empty where it shows none.
LdapValues read_values(LdapConnection& connection, const LdapSearch& search,
                       const std::stop_token& stop);

/// A search for the entry of this name, whatever it is.
LdapSearch base_search(std::string base, std::vector<std::string> attributes);

}  // namespace muster
