#pragma once

#include <stop_token>
#include <vector>

#include "connect/connector.h"
#include "connect/ldap/ldap_connection.h"
#include "connect/ldap/ldap_settings.h"
#include "connect/ldap/ldap_writer.h"

namespace muster {

/// What the root DSE offers for writes; nothing where it cannot be read.
LdapFeatures read_features(LdapConnection& connection, const std::stop_token& stop);

/// Connector::discover: the structural object classes in use, with the attributes the schema gives
/// them and their auxiliary classes. Throws Error(connection) where the schema cannot be read.
std::vector<DiscoveredType> discover_directory(LdapConnection& connection,
                                               const LdapSettings& settings);

}  // namespace muster
