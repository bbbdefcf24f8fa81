#pragma once

#include <vector>

#include "run/sync_state.h"

namespace muster {

/// Leaves out the closing of links to metaverse objects that are there only for the sake of
/// something gone from the configuration: what referred to them cannot name them any more, which
/// says nothing about them.
void keep_links(const SyncState& state, View& view, std::vector<LinkChange>& changes);

}  // namespace muster
