#pragma once

#include <string>
#include <vector>

#include "world/world_run.h"

namespace muster::testing {

// What properties are made of: playing worlds, and saying in words what differs.

using Lines = std::vector<std::string>;

/// What is missing and what is too much of sorted lines; empty where they are the same.
std::string difference(const std::string& what, const Lines& expected, const Lines& actual);

/// What the targets hold, without the anchors a system gives of its own; sorted.
Lines describe_targets(const World& world, const Systems& systems);
Lines describe_metaverse(WorldRun& world_run, const World& world);

void apply_all(const std::vector<Edit>& edits, const World& world, Systems& systems);

/// What failed, apart from reads that missed something as they were told to.
std::string failed_steps(const RunSummary& summary);
std::string items(const RunSummary& summary);
/// What the store's log says since a commit.
std::string log_since(WorldRun& world_run, const World& world, CommitNumber before);

/// Plays the world to its end; returns what failed.
std::string play(const World& world, WorldRun& real);
/// Some time after its last step, when all that waited for a moment is due.
Instant the_end(const World& world);
/// Runs everything at the end until nothing is left to do; returns what failed.
std::string settle(const World& world, WorldRun& real);

}  // namespace muster::testing
