#pragma once

#include <vector>

#include "connect/connector.h"
#include "connect/csv/layout.h"

namespace muster::csv {

/// Looks at the first rows of every CSV file in the folder, and of the files configured elsewhere,
/// and suggests a type for each.
std::vector<DiscoveredType> discover_files(const Layout& layout);

}  // namespace muster::csv
