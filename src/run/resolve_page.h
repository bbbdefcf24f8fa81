#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/import_diff.h"
#include "engine/plan.h"
#include "engine/resolve.h"
#include "run/sync_state.h"

namespace muster {

/// One metaverse object while its page is worked on: first gathered, then resolved, then given its
/// generated values, then finished into changes.
struct Work {
    ObjectId id;
    Job job;
    std::vector<LinkPair> pairs;

    // Gathered
    Object self;  ///< as stored; of the right type and otherwise empty where it is to be created
    bool exists = false;
    std::vector<Object> connectors;     ///< joined, decisions of this sync included, ascending
    std::optional<std::size_t> keeper;  ///< of what is gone from the configuration
    std::vector<OfferedLink> offered;   ///< where all links are weighed
    std::vector<Link> links;  ///< present metaverse links, where all are weighed or may go
    std::vector<std::pair<LinkPair, bool>> weighed;  ///< pairs, and whether they should exist now
    std::vector<bool> pair_exists;                   ///< beside weighed
    std::vector<std::optional<Export>> exports;      ///< beside connectors: what is pending

    // Resolved
    bool failed = false;                  ///< it waits: nothing of it is written
    ObjectProblem problem;                ///< why
    std::vector<ObjectProblem> problems;  ///< what failed and concerns only itself
    std::optional<Applicable> applicable;
    bool present = false;        ///< a source that keeps it still has it
    bool frozen = false;         ///< none has it but one that is gone from the configuration
    bool claimed = false;        ///< a deletion source has it
    bool nobody = false;         ///< left before it had any value: what it is made of joins anew
    bool postponed = false;      ///< it has none, and may get one yet
    bool lacks_target = false;   ///< one that may wait to be joined: not planned yet
    bool awaits_values = false;  ///< generated ones, until all joins are decided
    bool waits = false;          ///< for a target that may be there: to be looked at in every sync
    Resolved resolved;

    // Finished
    std::uint32_t provenance = 0;
    std::optional<ObjectWrite> write;  ///< of the metaverse object
    std::vector<LinkChange> link_changes;
    std::vector<KeyWrite> keys;
    std::vector<ObjectWrite> connector_writes;
    std::vector<KeyWrite> connector_keys;
    struct Target {
        std::uint16_t outbound = 0;
        const Object* actual = nullptr;  ///< null: none yet
        const Export* pending = nullptr;
        TargetPlan plan;
    };
    std::vector<Doubt> doubts;
    std::vector<Target> targets;  ///< whose plans say to do something, or take something back

    // Collected
    std::size_t first_write = 0;  ///< of its own among the objects that the page writes
};

/// Reads what a page of work needs. Runs in a worker.
void gather(const SyncState& state, Worker& worker, std::span<Work> page);

/// Reads the links of those that no source has any more: they may go with their object. To be
/// called once the page is resolved. Runs in a worker.
void gather_leaving(Worker& worker, std::span<Work> page);

/// Resolves scalar attributes and decides whether the object is present. Runs in a worker.
void resolve_one(const SyncState& state, Worker& worker, Work& work);

/// Works out all changes of the object itself and the plans for its targets. Runs in a worker.
void finish_one(const SyncState& state, Worker& worker, Work& work);

/// Whether a target object exists only at home: its creation was planned and has not left. With it
/// erasing needs no export.
bool never_sent(const Object& target, const Export* pending);

}  // namespace muster
