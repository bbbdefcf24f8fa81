#pragma once

#include "run/changes.h"
#include "run/run.h"

namespace muster {

/// What a run would do, before it does it. The changes and exports themselves are read from the
/// store: each_change(…, preview.before) and each_pending_export(). They compare by paths and
/// values, so that the same calls after a real run without exports must give the same.
struct Preview {
    RunSummary summary;   ///< of the imports and the synchronisation
    CommitNumber before;  ///< the last real commit; what follows it is gone with the store
};

/// Imports and synchronises as the options say, in a store opened with StoreAccess::preview, and
/// sends nothing.
Preview preview(const Configuration& configuration, Store& store, RunOptions options);

}  // namespace muster
