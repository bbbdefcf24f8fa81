#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "connect/connector.h"
#include "model/configuration.h"
#include "store/store.h"

namespace muster {

/// Counts of one step by name: "read", "unchanged", "created", "updated", "gone", "joined",
/// "projected", "moved", "links added", "links removed", "exports planned", "sent", "confirmed",
/// "errors", … Only those that are not zero.
using Counters = std::map<std::string, std::uint64_t>;

/// A kind of change that a safety limit keeps back.
struct Hold {
    SpaceId system;
    TypeId type;
    LimitKind kind;
    std::uint64_t planned = 0;     ///< objects, or links for removals
    std::uint64_t population = 0;  ///< what the share is of
    std::string reason;            ///< "1,204 of 3,844 membership removals (31.3 %) exceed 20 %"
};

/// What is not sent to a system because not everything of it could be read.
struct Wait {
    SpaceId system;
    std::uint64_t exports = 0;  ///< creations, deletions and renames that are planned
    std::string because;
};

/// What a system has refused and is told again in every run.
struct Refusals {
    SpaceId system;
    std::uint64_t count = 0;
    std::optional<Instant> since;  ///< when the earliest of it was planned; none where forgotten
};

enum class StepStatus : std::uint8_t { done, items, held, failed, cancelled };
std::string_view step_status_name(StepStatus status);

/// One import, sync, export or confirmation, as it ended.
struct StepSummary {
    ActivityId activity;
    std::string kind;    ///< import, sync, export, confirm
    std::string system;  ///< empty for sync
    StepStatus status = StepStatus::done;
    Counters counters;
    std::vector<Item> items;  ///< the first limits::kItemsShown
    std::uint64_t item_count = 0;
    std::string message;  ///< why it failed, or why a read was not complete
    std::string cure;
    double seconds = 0;
};

/// Changes of a target's objects, by what becomes of them. One that is changed and moved is moved.
struct TargetChanges {
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    std::uint64_t moved = 0;
    std::uint64_t disabled = 0;
    std::uint64_t deleted = 0;
};

/// A system that rules write to, at the end of a run.
struct TargetSummary {
    std::string system;
    TargetChanges done;                                  ///< by this run
    TargetChanges planned;                               ///< still to be sent
    std::uint64_t held[std::size(kAllLimitKinds)] = {};  ///< by LimitKind; removals in links
    std::uint64_t refused = 0;  ///< of those planned: what the system did not take so far
    std::uint64_t unknown = 0;  ///< sent, and what became of it is not known yet
};

struct RunSummary {
    ActivityId activity;
    StepStatus status = StepStatus::done;  ///< the worst of the steps: failed, held, items, done
    std::vector<StepSummary> steps;
    std::vector<Hold> holds;  ///< in force at the end
    std::vector<TargetSummary> targets;
    std::vector<Wait> waits;        ///< for a complete read, at the end
    std::vector<Refusals> refused;  ///< still to be tried again at the end
    /// 0 done, 1 failed or cancelled, 2 items or refusals, 3 held (held outranks items).
    int exit_code() const;
};

/// The store's lock for what synchronises, sends, releases or discards.
inline constexpr std::string_view kSyncLock = "synchronisation";

/// Sees a run while it goes. Calls come from the run's thread and must be quick.
class RunObserver {
 public:
    virtual ~RunObserver() = default;
    virtual void begin(const std::string& kind, const std::string& system) = 0;
    /// `unit` is "objects", "bytes" or "operations"; total 0 where unknown.
    virtual void progress(std::uint64_t done, std::uint64_t total, const char* unit) = 0;
    virtual void end(const StepSummary& step) = 0;
};

using ConnectorFactory = std::function<std::unique_ptr<Connector>(SpaceId)>;

struct RunOptions {
    std::vector<SpaceId>
        systems;  ///< import and export only these; empty: all. Sync works on what they brought
    std::vector<SpaceId>
        accept_incomplete;  ///< whose read counts as complete in this run, whatever it lacks
    bool import = true;
    bool sync = true;
    bool exports = true;       ///< send, and confirm what was sent
    std::optional<bool> full;  ///< sync everything; nothing: what changed, or everything where the
                               ///< configuration did
    std::size_t page_objects = limits::kPageObjects;
    unsigned threads = 0;         ///< evaluating; 0: as many as there are cores
    ConnectorFactory connectors;  ///< empty: make_connector
    RunObserver* observer = nullptr;
    std::function<Instant()> clock;  ///< empty: now()
    std::stop_token stop;            ///< finishes the page, keeps what was done, ends as cancelled
};

/// Runs the chain: import, sync, export, confirm. What fails for one object becomes an item; what
/// fails for a system ends its step as failed and, if an import failed, goes on with the others
/// (nothing is deleted for it). While a system could not be read completely, nothing is created,
/// deleted or renamed in it. Throws only Error(store | busy | configuration).
RunSummary run(const Configuration& configuration, Store& store, const RunOptions& options);

/// Lifts or drops what a safety limit holds. Returns how many exports (or links, for removals) it
/// touched. Released ones go out with the next export; discarded ones are neither sent nor planned
/// again while their cause stays as it is, unless they are released after all.
std::uint64_t release(const Configuration& configuration, Store& store, SpaceId system, TypeId type,
                      LimitKind kind);
std::uint64_t discard(const Configuration& configuration, Store& store, SpaceId system, TypeId type,
                      LimitKind kind);

/// What is held now, with the counts and the limit in words.
std::vector<Hold> holds(const Configuration& configuration, View& view);

}  // namespace muster
