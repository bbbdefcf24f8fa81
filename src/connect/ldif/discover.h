#pragma once

#include <vector>

#include "connect/connector.h"
#include "connect/ldif/layout.h"

namespace muster::ldif {

/// Looks at the first records of every LDIF file in the folder, and of the files configured
/// elsewhere, and suggests a type for each object class found in them.
std::vector<DiscoveredType> discover_files(const Layout& layout);

}  // namespace muster::ldif
