#pragma once

#include <memory>

#include "connect/connector.h"

namespace muster {

/// The connector of a system whose configuration says `connector: ldap`. Does not connect yet.
/// Throws Error(configuration) where a setting cannot be used.
std::unique_ptr<Connector> make_ldap_connector(const Configuration& configuration, SpaceId system);

}  // namespace muster
