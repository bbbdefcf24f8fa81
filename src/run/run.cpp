#include "run/run.h"

#include <algorithm>

#include "run/equalities.h"
#include "run/export.h"
#include "run/import.h"
#include "run/key_rows.h"
#include "run/killed_runs.h"
#include "run/refusals.h"
#include "run/sync.h"
#include "run/sync_state.h"
#include "run/targets.h"
#include "run/unread.h"

namespace muster {

std::string_view step_status_name(StepStatus status) {
    switch (status) {
        case StepStatus::done:
            return "done";
        case StepStatus::items:
            return "items";
        case StepStatus::held:
            return "held";
        case StepStatus::failed:
            return "failed";
        case StepStatus::cancelled:
            return "cancelled";
    }
    return {};
}

int RunSummary::exit_code() const {
    switch (status) {
        case StepStatus::done:
            return 0;
        case StepStatus::failed:
        case StepStatus::cancelled:
            return 1;
        case StepStatus::items:
            return 2;
        case StepStatus::held:
            return 3;
    }
    return 1;
}

namespace {

constexpr int kTries = 5;  ///< of a step that other processes interfere with

constexpr std::string_view kConfigurationMeta = "configuration digest";

std::string digest_text(const Digest& digest) {
    return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

/// What was computed from a state that another process has changed meanwhile is computed anew. What
/// was committed before that stays, as after a kill.
std::string undisturbed(Step& step, const std::function<std::string(Step&)>& body) {
    for (int left = kTries - 1;; --left) {
        try {
            return body(step);
        } catch (const Conflict&) {
            if (left == 0) {
                throw Error(ErrorCode::busy,
                            "other processes change the same objects again and again",
                            "run again when they are done");
            }
            step.count("started over");
        }
    }
}

/// The chain of one run.
class Chain {
 public:
    Chain(const Configuration& configuration, Store& store, const RunOptions& options)
        : options_(options),
          book_(configuration),
          context_{configuration,
                   book_,
                   store,
                   options,
                   options.clock ? options.clock() : now(),
                   store.reserve_activity()},
          alive_(hold_run(store, context_.run)),
          workers_(book_, store, options.threads),
          systems_(options.systems) {
        if (systems_.empty()) {
            for (const auto& system : configuration.systems) {
                systems_.push_back(system.space);
            }
        }
        summary_.activity = context_.run;
        learn_equalities();
    }

    RunSummary run() {
        write_activity("running");
        end_killed_runs(context_, *workers_.own().view);
        take_up_failed(context_, *workers_.own().view);
        keep_keys();
        if (options_.import) {
            for (const auto system : systems_) {
                import(system);
            }
        }
        if (options_.sync || options_.exports) {
            for (const auto system : systems_) {
                settle_unknown(system);
            }
        }
        if (options_.sync && !stopped_) {
            sync();
        }
        if (options_.exports && !stopped_ && !sync_failed_) {
            for (const auto system : systems_) {
                send(system);
            }
        }
        summary_.holds = holds(context_.configuration, *workers_.own().view);
        summary_.waits = waits(context_.configuration, *workers_.own().view);
        summary_.targets =
            summarize_targets(context_.configuration, *workers_.own().view, summary_.steps);
        summary_.refused = refusals(context_.configuration, *workers_.own().view);
        summary_.status = worst();
        write_activity(step_status_name(summary_.status));
        return std::move(summary_);
    }

 private:
    using Body = std::function<std::string(Step&)>;
    using Locks = std::vector<std::unique_ptr<StoreLock>>;

    /// Runs one step; its errors end with it. Store and configuration errors end the run.
    bool step(const char* kind, SpaceId system, const Body& body);
    Locks take_locks(std::string_view kind, SpaceId system) const;
    void keep_keys();
    void import(SpaceId system);
    /// How systems compare is known once they are read.
    void learn_equalities() {
        book_.compare_by(
            remembered_equalities(context_.configuration.schema, *workers_.own().view));
    }
    void settle_unknown(SpaceId system);
    void sync();
    void foresee_unread(Step& step);
    void send(SpaceId system);
    void confirm(SpaceId system, Connector& connector, const std::vector<ObjectId>& sent);
    void finish_erasures(Step& step, SpaceId system);
    bool flows_back(SpaceId system, CommitNumber after);
    void follow_own_commits(const Step& step, CommitNumber before);
    std::unique_ptr<Connector> connect(SpaceId system) const {
        return options_.connectors ? options_.connectors(system)
                                   : make_connector(context_.configuration, system);
    }
    StepStatus worst() const;
    void write_activity(std::string_view status);

    const RunOptions& options_;
    RuleBook book_;
    RunContext context_;
    std::unique_ptr<StoreLock> alive_;
    Workers workers_;
    std::vector<SpaceId> systems_;
    RunSummary summary_;
    std::vector<SpaceId> unsettled_;  ///< with operations of unknown fate, and not to be read
    bool stopped_ = false;
    bool sync_failed_ = false;
};

/// Several processes may import at the same time, each another system. What synchronises or sends
/// is alone with the metaverse.
Chain::Locks Chain::take_locks(std::string_view kind, SpaceId system) const {
    Locks locks;
    if (kind != "import") {
        locks.push_back(context_.store.lock(kSyncLock));
    }
    if (system) {
        locks.push_back(
            context_.store.lock("system " + context_.configuration.schema.space(system).name));
    }
    return locks;
}

bool Chain::step(const char* kind, SpaceId system, const Body& body) {
    Step step(context_, kind, system);
    try {
        const auto locks = take_locks(kind, system);
        auto message = undisturbed(step, body);
        summary_.steps.push_back(step.end(nullptr, std::move(message)));
        return true;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::store) {
            throw;
        }
        stopped_ = stopped_ || error.code() == ErrorCode::cancelled;
        summary_.steps.push_back(step.end(&error));
        return false;
    }
}

/// Before anything writes keys: those of before were made by other rules.
void Chain::keep_keys() {
    if (!keys_follow(*workers_.own().view, book_)) {
        const auto lock = context_.store.lock(kSyncLock);
        rebuild_keys(context_.store, book_, context_.moment);
    }
}

void Chain::import(SpaceId system) {
    if (stopped_) {
        return;
    }
    step("import", system, [&](Step& step) {
        try {
            const auto connector = connect(system);
            return import_system(step, workers_, *connector, system);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::store) {
                const bool accepted = std::ranges::count(options_.accept_incomplete, system) > 0;
                note_incomplete_read(step, *workers_.own().view, system,
                                     accepted ? "" : error.what());
            }
            throw;
        }
    });
    learn_equalities();
}

/// Whatever an earlier run sent without learning what became of it is looked up, before anything is
/// planned or sent there.
void Chain::settle_unknown(SpaceId system) {
    std::vector<ObjectId> unknown;
    constexpr ExportState kSent = ExportState::sent;
    workers_.own().view->exports(system, std::span(&kSent, 1),
                                 [&](const Export& row) { unknown.push_back(row.object); });
    if (stopped_ || unknown.empty()) {
        return;
    }
    const bool settled = step("confirm", system, [&](Step& step) {
        const auto connector = connect(system);
        confirm_objects(step, workers_, *connector, system, unknown);
        return std::string{};
    });
    if (!settled) {
        unsettled_.push_back(system);
    }
}

void Chain::sync() {
    auto& view = *workers_.own().view;
    const auto digest = digest_text(context_.configuration.digest);
    const bool changed = view.meta(kConfigurationMeta) != digest;
    const bool full = options_.full.value_or(changed);
    const bool all = systems_.size() == context_.configuration.systems.size();
    const bool done = step("sync", {}, [&](Step& step) {
        synchronise(step, workers_, systems_, full);
        foresee_unread(step);
        if (changed && full && all) {
            ChangeSet noted = step.changes();
            noted.meta.emplace_back(kConfigurationMeta, digest);
            context_.store.commit(noted);
        }
        if (changed && !full) {
            return std::string(
                "the rules changed since the last full sync: run with --full to apply them to "
                "everything");
        }
        return changed && !options_.full ? std::string("everything, because the rules changed")
                                         : std::string{};
    });
    sync_failed_ = !done;
}

/// What would not be written because it would not be read again is told as soon as it is planned.
void Chain::foresee_unread(Step& step) {
    auto& view = *workers_.own().view;
    for (const auto system : systems_) {
        if (!view.any_planned(system)) {
            continue;
        }
        try {
            tell_unread(step, view, *connect(system), system);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::store) {
                throw;
            }
            // It cannot be reached as it is configured: whoever sends there is told so.
        }
    }
}

void Chain::send(SpaceId system) {
    auto& view = *workers_.own().view;
    const bool whole = incomplete_read(view, context_.configuration.schema, system).empty();
    if (stopped_ || std::ranges::count(unsettled_, system) > 0 ||
        !anything_to_send(view, system, whole)) {
        return;
    }
    std::vector<ObjectId> sent;
    std::unique_ptr<Connector> connector;
    step("export", system, [&](Step& step) {
        const auto before = view.last_commit();
        connector = connect(system);
        auto result = export_system(step, workers_, *connector, system, whole,
                                    [&] { finish_erasures(step, system); });
        sent.insert(sent.end(), result.sent.begin(), result.sent.end());
        finish_erasures(step, system);
        follow_own_commits(step, before);
        if (!result.failure.empty()) {
            throw Error(ErrorCode::connection, result.failure,
                        "run again: what became of it is settled by reading the system");
        }
        return std::string{};
    });
    if (connector && !sent.empty() && !stopped_) {
        confirm(system, *connector, sent);
    }
}

/// What was removed from a target is taken down at home, and what is left with nothing goes with
/// it.
void Chain::finish_erasures(Step& step, SpaceId system) {
    SyncState state(step, workers_);
    std::vector<ObjectId> gone;
    state.view.gone(system, gone);
    if (!gone.empty()) {
        const bool cut_short_before = was_cut_short(state.view);
        mark_unfinished(state);
        take_down(state, gone);
        settle(state);
        plan_target_links(state);
        ChangeSet end = step.changes();
        if (!cut_short_before) {
            mark_finished(end);
        }
        context_.store.commit(end);
    }
    if (const auto held = apply_limits(step, state.view); held > 0) {
        step.held();
        step.count("held", held);
    }
}

/// Whether something changed that flows back: the system's next synchronisation has to look at it.
bool Chain::flows_back(SpaceId system, CommitNumber after) {
    const auto& schema = context_.configuration.schema;
    const auto feeds = [this](TypeId type) {
        const auto& of = book_.connector_type(type);
        return of.evaluated || !of.direct.empty();
    };
    if (std::ranges::none_of(schema.space(system).types, feeds)) {
        return false;
    }
    bool found = false;
    workers_.own().view->changed_since(system, after, [&](const Change& change) {
        if (found || change.kind != ChangeKind::update || !feeds(change.type)) {
            return;
        }
        const auto& of = book_.connector_type(change.type);
        const auto delta = decode_delta(change.delta, change.type, schema);
        const auto flows = [&](const auto& changed) {
            return of.evaluated || std::ranges::count(of.direct, changed.attribute) > 0;
        };
        found =
            std::ranges::any_of(delta.attributes, flows) || std::ranges::any_of(delta.links, flows);
    });
    return found;
}

/// Exports change connector spaces only to what the sync expects of them, unless something flows
/// back from there: where nothing else lies between, the systems' synchronisation is as far as
/// these commits.
void Chain::follow_own_commits(const Step& step, CommitNumber before) {
    auto& view = *workers_.own().view;
    ChangeSet changes;
    changes.time = context_.moment;
    const auto last = step.own_commits_after(view, before);
    for (const auto& system : context_.configuration.systems) {
        const auto follower = sync_follower(context_.configuration.schema, system.space);
        if (view.watermark(follower) == before && last != before &&
            !flows_back(system.space, before)) {
            changes.watermarks.emplace_back(follower, last);
        }
    }
    context_.store.commit(changes);
}

void Chain::confirm(SpaceId system, Connector& connector, const std::vector<ObjectId>& sent) {
    std::uint64_t objects = 0;
    for (const auto& row : workers_.own().view->population(system)) {
        objects += row.attribute ? 0 : row.count;
    }
    constexpr std::size_t kAlwaysOneByOne = 1'000;
    const bool whole = sent.size() > kAlwaysOneByOne && sent.size() * 5 > objects;
    step("confirm", system, [&](Step& step) {
        if (whole) {
            import_system(step, workers_, connector, system);
        } else {
            confirm_objects(step, workers_, connector, system, sent);
        }
        return std::string{};
    });
}

StepStatus Chain::worst() const {
    const auto any = [this](StepStatus status) {
        return std::ranges::count(summary_.steps, status, &StepSummary::status) > 0;
    };
    for (const auto status : {StepStatus::cancelled, StepStatus::failed}) {
        if (any(status)) {
            return status;
        }
    }
    if (any(StepStatus::held) || !summary_.holds.empty()) {
        return StepStatus::held;
    }
    if (any(StepStatus::items) || !summary_.waits.empty() || !summary_.refused.empty()) {
        return StepStatus::items;
    }
    return StepStatus::done;
}

void Chain::write_activity(std::string_view status) {
    ChangeSet changes;
    changes.time = context_.moment;
    const auto ended = status == "running" ? std::optional<Instant>{} : std::optional(now());
    changes.activities.push_back(
        {context_.run, {}, "run", {}, std::string(status), context_.moment, ended, "{}", {}});
    context_.store.commit(changes);
}

}  // namespace

RunSummary run(const Configuration& configuration, Store& store, const RunOptions& options) {
    return Chain(configuration, store, options).run();
}

}  // namespace muster
