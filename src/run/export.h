#pragma once

#include <vector>

#include "run/step.h"
#include "run/workers.h"

namespace muster {

/// How an export ended.
struct ExportResult {
    std::vector<ObjectId> sent;  ///< objects to be confirmed
    std::string failure;         ///< why the connection was lost; empty where it was not
};

/// Sends what is planned for a system, in an order that never refers to what is not there: renames,
/// creations (referred types and parents first), changes, removals (children first). Every intent
/// is durable before it is sent, every outcome once it is known. Throws Error(store | connection |
/// cancelled).
ExportResult export_system(Step& step, Workers& workers, Connector& connector, SpaceId system);

}  // namespace muster
