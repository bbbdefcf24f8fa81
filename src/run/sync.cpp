#include "run/sync.h"

#include <algorithm>

#include "run/doubtful_joins.h"
#include "run/names_taken.h"
#include "run/sync_state.h"
#include "store/follower.h"

namespace muster {

namespace {

/// Finds what a sync has to work on.
class WorkList {
 public:
    WorkList(SyncState& state, std::span<const SpaceId> systems, bool full)
        : state_(state), systems_(systems), full_(full) {}

    std::span<const ObjectId> gone() const { return gone_; }

    /// To be called before what is gone is taken down: what referred to it is known only until
    /// then.
    void collect() {
        for (const auto system : systems_) {
            const auto gone = gone_.size();
            state_.view.gone(system, gone_);
            const auto watermark =
                state_.view.watermark(sync_follower(state_.step.schema(), system));
            if (full_ || !watermark) {
                everything(system, std::span(gone_).subspan(gone));
            } else {
                changes(system, watermark);
            }
            const auto retried = state_.unjoined.size();
            state_.view.retries(system, state_.unjoined);
            if (state_.unjoined.size() > retried) {
                for (const auto type : state_.step.schema().space(system).types) {
                    state_.newcomers.insert(type);
                }
            }
        }
        std::vector<ObjectId> metaverse;
        state_.view.retries(kMetaverse, metaverse);
        state_.view.due(state_.step.context().moment, metaverse);
        for (const auto id : metaverse) {
            state_.work_on(id, {}, true);
        }
        if (full_) {
            for (const auto type : state_.step.schema().space(kMetaverse).types) {
                each_object(type, [this](ObjectId id) { note_metaverse(id, {}, true); });
            }
            note_missing();
        }
        std::ranges::sort(gone_);
        std::ranges::sort(state_.unjoined);
        const auto repeated = std::ranges::unique(state_.unjoined);
        state_.unjoined.erase(repeated.begin(), repeated.end());
    }

 private:
    template <class Function>
    void each_object(TypeId type, const Function& function) {
        std::vector<ObjectId> ids;
        ObjectId after;
        do {
            ids.clear();
            state_.view.objects(type, after, limits::kPageObjects, ids);
            std::ranges::for_each(ids, function);
            after = ids.empty() ? after : ids.back();
        } while (!ids.empty());
    }

    /// Objects that something is joined to and that are not there.
    void note_missing() {
        std::ranges::sort(joined_);
        auto job = state_.jobs.begin();
        for (const auto id : std::exchange(joined_, {})) {
            while (job != state_.jobs.end() && job->first < id) {
                ++job;
            }
            if (job == state_.jobs.end() || job->first != id) {
                state_.work_on(id, {}, false);
                job = state_.jobs.find(id);
            }
        }
    }

    void note_metaverse(ObjectId id, ObjectId cause, bool all_links) {
        state_.work_on(id, cause, all_links);
        if (all_links) {
            state_.target_links.all.insert(id);
        }
    }

    /// All objects of a system; `gone` are those of them that are gone, ascending.
    void everything(SpaceId system, std::span<const ObjectId> gone) {
        if (!state_.join_table) {
            state_.join_table.emplace(state_.view);
        }
        for (const auto type : state_.step.schema().space(system).types) {
            const bool joins = state_.book.connector_type(type).joins;
            each_object(type, [&](ObjectId id) {
                if (std::ranges::binary_search(gone, id)) {
                    return;
                }
                const auto joined = state_.join_table->joined(id);
                if (joined && full_) {
                    joined_.push_back(joined);
                } else if (joined) {
                    note_metaverse(joined, id, true);
                } else if (!joined && joins) {
                    state_.unjoined.push_back(id);
                    state_.newcomers.insert(type);
                }
            });
        }
    }

    void changes(SpaceId system, CommitNumber watermark);
    /// Whether a change of attributes may let all links of an object count, or none.
    bool links_depend_on_scope(TypeId type) const {
        const auto& of = state_.book.connector_type(type);
        return !of.references.empty() &&
               std::ranges::any_of(of.inbound, [this](std::uint16_t rule) {
                   return state_.book.configuration().inbound[rule].scope.has_value();
               });
    }
    /// A link of a connector object that came or went.
    struct ChangedLink {
        TypeId type;         ///< of the connector object
        ObjectId metaverse;  ///< it is joined to
        AttributeId attribute;
    };
    void link_changes(std::span<const ChangedLink> links, std::span<const ObjectId> ends);

    SyncState& state_;
    std::span<const SpaceId> systems_;
    bool full_;
    std::vector<ObjectId> gone_;
    std::vector<ObjectId> joined_;  ///< in a sync of everything: what is joined to
};

void WorkList::changes(SpaceId system, CommitNumber watermark) {
    struct Changed {
        TypeId type;
        bool attributes = false;
        ObjectId parted_from;  ///< by an import
        std::vector<LinkChange> links;
    };
    std::map<ObjectId, Changed> changed;
    state_.view.changed_since(system, watermark, [&](const Change& change) {
        if (change.kind == ChangeKind::erase) {
            changed.erase(change.object);
            return;
        }
        auto& of = changed[change.object];
        of.type = change.type;
        if (change.kind == ChangeKind::update) {
            auto delta = decode_delta(change.delta, change.type, state_.step.schema());
            of.attributes = of.attributes || !delta.attributes.empty();
            if (delta.joined && delta.joined->first) {
                of.parted_from = delta.joined->first;
            }
            of.links.insert(of.links.end(), delta.links.begin(), delta.links.end());
        }
    });
    std::vector<ObjectId> ids;
    ids.reserve(changed.size());
    for (const auto& [id, of] : changed) {
        ids.push_back(id);
    }
    std::vector<ObjectId> metaverse(ids.size());
    state_.view.joined(ids, metaverse);
    std::vector<ChangedLink> links;
    std::vector<ObjectId> ends;
    auto joined = metaverse.begin();
    for (const auto& [id, of] : changed) {
        if (of.parted_from && of.parted_from != *joined) {
            state_.work_on(of.parted_from, id, true);
            state_.target_links.targets_changed.insert(of.parted_from);
        }
        if (!*joined) {
            if (state_.book.connector_type(of.type).joins) {
                state_.unjoined.push_back(id);
                state_.newcomers.insert(of.type);
            }
        } else {
            state_.work_on(*joined, id, of.attributes && links_depend_on_scope(of.type));
            for (const auto& link : of.links) {
                links.push_back({of.type, *joined, link.attribute});
                ends.push_back(link.target);
            }
        }
        ++joined;
    }
    link_changes(links, ends);
}

/// `ends`: what the links lead to, beside them.
void WorkList::link_changes(std::span<const ChangedLink> links, std::span<const ObjectId> ends) {
    std::vector<ObjectId> metaverse_ends(ends.size());
    state_.view.joined(ends, metaverse_ends);
    for (std::size_t i = 0; i < links.size(); ++i) {
        const auto& [type, metaverse, attribute] = links[i];
        if (state_.book.is_written(type)) {
            state_.target_links.all.insert(metaverse);
        }
        for (const auto& flow : state_.book.connector_type(type).references) {
            if (flow.from == attribute && metaverse_ends[i]) {
                state_.pairs.push_back({metaverse, flow.to, metaverse_ends[i]});
            }
        }
    }
}

/// Metaverse links from others to metaverse objects that have just got or lost a connector object:
/// what refers to it may count now, or count no more.
void note_referrers(SyncState& state,
                    const boost::unordered_flat_map<ObjectId, ObjectId>& metaverse_of) {
    std::vector<ObjectId> connectors;
    for (const auto& [connector, metaverse] : metaverse_of) {
        connectors.push_back(connector);
    }
    std::ranges::sort(connectors);
    std::vector<Link> links;
    state.view.referrers(connectors, links);
    std::vector<ObjectId> sources;
    sources.reserve(links.size());
    for (const auto& link : links) {
        sources.push_back(link.source);
    }
    std::vector<ObjectId> metaverse(sources.size());
    state.joined(state.view, sources, metaverse);
    for (std::size_t i = 0; i < links.size(); ++i) {
        if (!metaverse[i]) {
            continue;
        }
        const auto type = state.step.schema().attribute(links[i].attribute).owner;
        if (state.book.is_written(type)) {
            state.target_links.all.insert(metaverse[i]);
        }
        for (const auto& flow : state.book.connector_type(type).references) {
            if (flow.from == links[i].attribute) {
                state.pairs.push_back({metaverse[i], flow.to, metaverse_of.at(links[i].target)});
                state.work_on(metaverse[i], links[i].source, false);
            }
        }
    }
}

void note_referrers_of_joined(SyncState& state) {
    if (!state.metaverse_was_empty) {
        note_referrers(state, state.joins);
    }
}

void note_referrers_of_parted(SyncState& state) {
    note_referrers(state, std::exchange(state.parted, {}));
}

/// Objects that were joined anew bring or lose targets: their links and those to them.
void note_targets_of_joined(SyncState& state) {
    for (const auto& [id, job] : state.jobs) {
        if (job.all_links && !state.book.metaverse_type(job.create).target_references.empty()) {
            state.target_links.all.insert(id);
        }
    }
    if (state.metaverse_was_empty) {
        return;
    }
    for (const auto& [connector, metaverse] : state.joins) {
        state.target_links.targets_changed.insert(metaverse);
        state.target_links.all.insert(metaverse);
    }
}

bool is_empty(View& view, const Schema& schema) {
    for (const auto type : schema.space(kMetaverse).types) {
        std::vector<ObjectId> ids;
        view.objects(type, {}, 1, ids);
        if (!ids.empty()) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string sync_follower(const Schema& schema, SpaceId system) {
    return std::string(kSyncFollower) + schema.space(system).name;
}

namespace {

void settle_once(SyncState& state) {
    do {
        state.joining = true;
        resolve_jobs(state);
        note_referrers_of_parted(state);
        while (!state.unjoined.empty() || !state.jobs.empty()) {
            join(state);
            note_referrers_of_joined(state);
            note_targets_of_joined(state);
            resolve_jobs(state);
            note_referrers_of_parted(state);
            state.metaverse_was_empty = false;
        }
        state.joining = false;
        state.jobs = std::exchange(state.postponed, {});
        resolve_jobs(state);
        note_referrers_of_parted(state);
    } while (!state.unjoined.empty() || !state.jobs.empty());
}

}  // namespace

void settle(SyncState& state) {
    settle_once(state);
    std::size_t waited = 0;
    while (!state.wanting_anchor.empty()) {
        ++state.anchor_looks;
        state.last_anchor_look = waited > 0 && state.wanting_anchor.size() >= waited;
        waited = state.wanting_anchor.size();
        state.jobs = std::exchange(state.wanting_anchor, {});
        settle_once(state);
    }
    state.anchor_looks = 0;
    state.last_anchor_look = false;
}

namespace {

constexpr std::string_view kUnfinishedMeta = "unfinished sync";

/// One item for each thing that is gone from the configuration and still keeps objects.
void tell_of_kept(SyncState& state) {
    std::vector<std::uint64_t> counts(state.keepers.gone().size());
    for (const auto& [id, keeper] : state.kept) {
        ++counts[keeper];
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
        state.keepers.count(i, counts[i]);
    }
    for (const auto& [thing, objects] : state.keepers.things()) {
        Item item;
        item.system = thing;
        item.code = "gone-from-configuration";
        item.message = kept_text(thing, objects);
        state.step.item(std::move(item));
    }
}

}  // namespace

bool was_cut_short(View& view) {
    return !view.meta(kUnfinishedMeta).empty();
}

void mark_unfinished(SyncState& state) {
    ChangeSet changes = state.step.changes();
    changes.meta.emplace_back(kUnfinishedMeta, "yes");
    state.store.commit(changes);
}

void mark_finished(ChangeSet& end) {
    end.meta.emplace_back(kUnfinishedMeta, std::string{});
}

void synchronise(Step& step, Workers& workers, std::span<const SpaceId> systems, bool full) {
    SyncState state(step, workers);
    const auto start = state.view.last_commit();
    full = full || was_cut_short(state.view);
    state.first_sync = state.metaverse_was_empty = is_empty(state.view, step.schema());
    WorkList work(state, systems, full);
    work.collect();
    if (state.first_sync) {
        state.join_table.reset();  // nothing was joined
    }
    if (!work.gone().empty() || state.has_work()) {
        mark_unfinished(state);
    }
    take_down(state, work.gone());
    settle(state);
    plan_target_links(state);
    tell_doubtful_joins(state);
    for (const auto system : systems) {
        tell_names_taken(step, state.view, system);
    }
    if (const auto held = apply_limits(step, state.view); held > 0) {
        step.held();
        step.count("held", held);
    }
    tell_of_kept(state);
    ChangeSet end = step.changes();
    mark_finished(end);
    if (auto fact = state.keepers.fact()) {
        end.meta.push_back(std::move(*fact));
    }
    // What others commit meanwhile is for the next sync, with all that comes after it.
    const auto last = step.own_commits_after(state.view, start);
    for (const auto system : systems) {
        end.watermarks.emplace_back(sync_follower(step.schema(), system), last);
    }
    step.context().store.commit(end);
}

}  // namespace muster
