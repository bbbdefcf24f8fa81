#pragma once

#include <cstddef>

#include "model/schema.h"
#include "store/view.h"

namespace muster::resident {

/// About how many bytes a store's spaces will take in memory: what there is of each type and
/// attribute, by the size of a sample. Reads little.
std::size_t estimate_bytes(View& view, const Schema& schema);

}  // namespace muster::resident
