#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "run/committer.h"
#include "run/importer.h"
#include "run/join_table.h"
#include "run/keepers.h"
#include "run/step.h"
#include "run/workers.h"

namespace muster {

/// Why a metaverse object has to be worked on, and how much of it.
struct Job {
    ObjectId cause;  ///< the connector object whose change led to it; may be none
    bool all_links =
        false;      ///< its connector objects changed: weigh all its links anew, not only pairs
    TypeId create;  ///< it does not exist yet and is to be of this type
};

/// A metaverse link that may have come or gone.
struct LinkPair {
    ObjectId source;
    AttributeId attribute;  ///< metaverse attribute
    ObjectId target;
    friend auto operator<=>(const LinkPair&, const LinkPair&) = default;
};

/// What has to be weighed again in the targets' links once all objects are resolved.
struct TargetLinkWork {
    std::set<ObjectId> all;       ///< metaverse objects: every link of their targets
    std::vector<LinkPair> pairs;  ///< metaverse links that changed
    std::set<ObjectId>
        targets_changed;  ///< metaverse objects whose target objects came or went: links to them
    std::map<ObjectId, std::string>
        renamed;  ///< target objects about to be renamed, and what refers to them says now
    std::set<ObjectId> kept_names;  ///< target objects that are not to be renamed any more
    /// Texts that values still have of target objects that are gone: Muster knew those.
    std::set<std::string> left_behind;
    bool empty() const {
        return all.empty() && pairs.empty() && targets_changed.empty() && renamed.empty() &&
               kept_names.empty();
    }
};

/// A joined connector object that is looked for by what its metaverse object does not have.
struct Doubt {
    ObjectId connector;
    ObjectId metaverse;
    std::vector<KeyValue> keys;
    bool ends = false;  ///< unless it is in doubt, its metaverse object need not be looked at again
};

/// What the phases of one sync share. Used by the run's thread; workers only read it.
struct SyncState {
    SyncState(Step& s, Workers& w)
        : step(s),
          workers(w),
          book(s.context().book),
          store(s.context().store),
          view(*w.own().view),
          committer(store),
          ids(store),
          keepers(book, view) {}

    Step& step;
    Workers& workers;
    const RuleBook& book;
    Store& store;
    View& view;
    Committer committer;
    IdSource ids;

    Keepers keepers;
    /// Metaverse objects that are there for the sake of what is gone, and of which of it.
    std::map<ObjectId, std::size_t> kept;

    /// In a sync of everything; else the store is asked.
    std::optional<JoinTable> join_table;

    std::map<ObjectId, Job> jobs;  ///< metaverse objects to resolve, in order of id
    std::vector<LinkPair> pairs;   ///< candidates for objects without all_links

    /// Joins decided and not yet written: connector → metaverse, and the other way round.
    boost::unordered_flat_map<ObjectId, ObjectId> joins;
    boost::unordered_flat_map<ObjectId, std::vector<ObjectId>> joined_to;

    /// Connector objects just parted from their metaverse object, which they had in scope before.
    boost::unordered_flat_map<ObjectId, ObjectId> parted;

    /// Metaverse objects to be worked on (again) once all joins are decided: those that no source
    /// has any more, as a newcomer may take what a leaver leaves, and those that lack a target
    /// which may be there already and wait for them.
    std::map<ObjectId, Job> postponed;
    bool joining = false;       ///< joins are still to be decided
    std::set<TypeId> awaiting;  ///< target types with objects that wait to be joined

    std::vector<ObjectId> unjoined;  ///< connector objects to join, ascending
    std::set<TypeId> newcomers;      ///< target types that any of them may be of
    /// Metaverse objects, with a target type of which an object matches them and others as well:
    /// they get none while that is so.
    std::set<std::pair<ObjectId, TypeId>> contested;
    TargetLinkWork target_links;
    std::vector<Doubt> doubts;  ///< joins whose key may be somebody else's
    /// Metaverse objects whose targets ought to have an anchor that another has: they look again
    /// once everything else is planned, as long as that helps somebody.
    std::map<ObjectId, Job> wanting_anchor;
    std::size_t anchor_looks = 0;
    bool last_anchor_look = false;
    boost::unordered_flat_map<Digest, ObjectId>
        anchors_taken;  ///< by target objects planned in this sync: for whom
    bool first_sync =
        false;  ///< the metaverse was empty when the sync began: everything is worked on anyway
    bool metaverse_was_empty = false;  ///< and still is

    bool has_work() const {
        return !jobs.empty() || !pairs.empty() || !unjoined.empty() || !target_links.empty();
    }
    void work_on(ObjectId metaverse, ObjectId cause, bool all_links) {
        auto& job = jobs[metaverse];
        job.cause = job.cause ? job.cause : cause;
        job.all_links = job.all_links || all_links;
    }
    /// Commits in the background, after what was submitted before.
    void submit(ChangeSet&& changes);
    /// What is joined to metaverse objects in the store, as View::connectors tells it.
    void connectors(View& from, std::span<const ObjectId> metaverse,
                    std::vector<Join>& joined) const;
    /// Where the store has the sources of connector links joined, beside the links.
    std::vector<ObjectId> joined_sources(std::span<const Link> links) const;
    /// The types of metaverse objects, those about to be created included.
    std::vector<TypeId> types_of(View& from, std::span<const ObjectId> metaverse) const;
    /// Where a connector object is joined, decisions of this sync included.
    void joined(View& from, std::span<const ObjectId> connectors,
                std::span<ObjectId> metaverse) const;
};

/// What the log keeps of an object that is erased: everything it was, with its links.
std::string erase_delta(const Schema& schema, const Object& object,
                        const std::vector<LinkChange>& links);

/// Takes down connector objects that are gone: their joins, links, keys and pending exports.
void take_down(SyncState& state, std::span<const ObjectId> gone);

/// Takes back objects in provisioning that have not been shown, with their pending exports.
void take_back(SyncState& state, std::span<const ObjectId> planned);

/// Decides joins and projections for state.unjoined, in order of id; leaves jobs for what was
/// joined. What finds nobody waits.
void join(SyncState& state);

/// Works on state.jobs and state.pairs: resolves, writes, plans. Puts connector objects that may
/// now find somebody into state.unjoined.
void resolve_jobs(SyncState& state);

/// What a sync still has to do is known to nobody once it is cut short between two commits. It says
/// so before its first commit and takes it back with its last; the next sync after one that was cut
/// short weighs everything.
bool was_cut_short(View& view);
void mark_unfinished(SyncState& state);
void mark_finished(ChangeSet& end);

/// Joins and resolves until nothing is left to do: state.jobs, state.pairs and state.unjoined, and
/// what follows from them.
void settle(SyncState& state);

/// Works on state.target_links: plans the links that targets have to be told about.
void plan_target_links(SyncState& state);

/// Applies the safety limits to everything planned: holds what exceeds them, lets go what no longer
/// does. Returns how much is held.
std::uint64_t apply_limits(Step& step, View& view);

}  // namespace muster
