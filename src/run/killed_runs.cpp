#include "run/killed_runs.h"

#include <map>

namespace muster {

namespace {

constexpr std::size_t kActivitiesSeen = 200;  // every run ends those that were killed before it

bool is_alive(Store& store, ActivityId run) {
    try {
        hold_run(store, run);
        return false;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::busy) {
            throw;
        }
        return true;
    }
}

}  // namespace

std::unique_ptr<StoreLock> hold_run(Store& store, ActivityId run) {
    return store.lock(fmt::format("run {}", run.value));
}

void end_killed_runs(const RunContext& context, View& view) {
    std::map<ActivityId, bool> alive{{context.run, true}};
    ChangeSet changes;
    changes.time = context.moment;
    for (auto& row : view.activities(kActivitiesSeen)) {
        if (row.ended || row.status != "running") {
            continue;
        }
        const auto run = row.parent ? row.parent : row.id;
        const auto [known, first] = alive.try_emplace(run, false);
        if (first) {
            known->second = is_alive(context.store, run);
        }
        if (!known->second) {
            row.status = "killed";
            row.ended = context.moment;
            row.message = "its process ended before it did";
            changes.activities.push_back(std::move(row));
        }
    }
    if (!changes.activities.empty()) {
        context.store.commit(changes);
    }
}

}  // namespace muster
