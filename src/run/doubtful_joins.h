#pragma once

#include <vector>

#include "run/resolve_page.h"

namespace muster {

/// What a joined connector object is looked for by, where its metaverse object does not have it.
/// Empty: it is looked for by what that one has, or by nothing. `metaverse` as resolved.
std::vector<KeyValue> unmatched_keys(Rules& rules, const Object& connector,
                                     const Document& metaverse);

/// Tells of the joins in state.doubts whose key is somebody else's by now. A join never moves by
/// itself: its metaverse object is looked at again in every sync as long as that is so.
void tell_doubtful_joins(SyncState& state);

}  // namespace muster
