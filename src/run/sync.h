#pragma once

#include "run/step.h"
#include "run/workers.h"

namespace muster {

/// Brings the metaverse and the pending exports into line with the connector spaces: joins and
/// projects, resolves, plans. `systems` are the ones whose changes are worked on (empty: all).
/// `full`: everything, not only what changed since each system's last sync. Ends by applying the
/// safety limits. Throws Error(store | configuration | cancelled); committed pages stay, and what
/// was not reached is worked on by the next sync.
void synchronise(Step& step, Workers& workers, std::span<const SpaceId> systems, bool full);

/// The name of the follower that says how far a system is synchronised.
std::string sync_follower(const Schema& schema, SpaceId system);

}  // namespace muster
