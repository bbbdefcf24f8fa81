#pragma once

#include <memory>

#include "connect/connector.h"

namespace muster {

/// The connector of a system of LDIF files (docs/connectors/ldif.md).
std::unique_ptr<Connector> make_ldif_connector(const Configuration& configuration, SpaceId system);

}  // namespace muster
