#pragma once

#include <memory>

#include "connect/connector.h"

namespace muster {

/// The connector of a system of CSV files (docs/connectors/csv.md).
std::unique_ptr<Connector> make_csv_connector(const Configuration& configuration, SpaceId system);

}  // namespace muster
