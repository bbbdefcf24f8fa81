#pragma once

#include <functional>
#include <vector>

#include "run/step.h"
#include "run/workers.h"

namespace muster {

/// How an export ended.
struct ExportResult {
    std::vector<ObjectId> sent;  ///< objects to be confirmed
    std::string failure;         ///< why the connection was lost; empty where it was not
};

/// Sends what is planned for a system, in an order that never refers to what is not there: removals
/// of what is in the way of others (`take_down_erased` then takes them down at home), renames,
/// creations (referred types and parents first), changes, removals (children first). Every intent
/// is durable before it is sent, every outcome once it is known. Throws Error(store | connection |
/// cancelled). `read_whole`: all of the system could be read; else what needs_complete_read() stays
/// planned.
ExportResult export_system(Step& step, Workers& workers, Connector& connector, SpaceId system,
                           bool read_whole, const std::function<void()>& take_down_erased);

/// Whether an export creates, deletes, moves or gives another key: where not all of a system was
/// read, nobody knows what stands there.
bool needs_complete_read(const Export& row);

/// Whether the part of such an export that disables goes all the same: nobody stays enabled because
/// nobody knows whether the place to move to is free.
bool goes_without_its_name(const Export& row);

/// Whether anything planned for a system can be sent.
bool anything_to_send(View& view, SpaceId system, bool read_whole);

/// What waits for a complete read in each system.
std::vector<Wait> waits(const Configuration& configuration, View& view);

}  // namespace muster
