#pragma once

#include <vector>

#include "connect/connector.h"
#include "connect/ldap/ldap_connection.h"
#include "connect/ldap/ldap_server.h"
#include "connect/ldap/ldap_settings.h"

namespace muster {

/// Connector::discover: the structural object classes in use, with the attributes the schema gives
/// them and their auxiliary classes. Throws Error(connection) where the schema cannot be read.
std::vector<DiscoveredType> discover_directory(LdapConnection& connection,
                                               const LdapSettings& settings,
                                               const LdapServer& server);

}  // namespace muster
