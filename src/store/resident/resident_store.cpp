#include "store/resident/resident_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "store/resident/changed_since.h"
#include "store/resident/estimate.h"
#include "store/resident/resident_view.h"

namespace muster {
namespace {

constexpr std::size_t kRecentActivities = 64;

std::string mebibytes(std::size_t bytes) {
    return fmt::format("{} MiB", (bytes + (1u << 20) - 1) >> 20);
}

/// What a ChangeSet writes to.
std::vector<ObjectId> objects_of(const ChangeSet& changes) {
    std::vector<ObjectId> ids;
    ids.reserve(changes.objects.size() + changes.links.size());
    std::transform(changes.objects.begin(), changes.objects.end(), std::back_inserter(ids),
                   [](const ObjectWrite& write) { return write.object.id; });
    std::transform(changes.links.begin(), changes.links.end(), std::back_inserter(ids),
                   [](const LinkWrite& write) { return write.link.source; });
    return ids;
}

}  // namespace

ResidentStore::ResidentStore(std::unique_ptr<Store> inner, const Schema& schema,
                             ResidentOptions options)
    : inner_(std::move(inner)),
      schema_(schema),
      options_(std::move(options)),
      log_(inner_->view()) {
    warm();
}

ResidentStore::~ResidentStore() = default;

void ResidentStore::say(const std::string& text) const {
    if (options_.say) {
        options_.say(text);
    }
}

void ResidentStore::go_direct(const std::string& why) {
    residency_.hold(nullptr);
    say("processing directly from the store: " + why);
}

void ResidentStore::warm() {
    residency_.hold(nullptr);
    if (inner_->shared()) {
        foreign_runs_ = foreign_runs();
    }
    applied_ = log_->last_commit();
    const std::size_t estimate = resident::estimate_bytes(*log_, schema_);
    if (estimate > options_.budget_bytes) {
        go_direct(fmt::format("the spaces would take about {}, and memory: allows {}",
                              mebibytes(estimate), mebibytes(options_.budget_bytes)));
        return;
    }
    auto spaces = std::make_unique<resident::ResidentSpaces>(schema_);
    spaces->warm(*log_);
    const resident::Holdings held = spaces->holdings();
    if (held.bytes > options_.budget_bytes) {
        go_direct(fmt::format("the spaces take {}, and memory: allows {}", mebibytes(held.bytes),
                              mebibytes(options_.budget_bytes)));
        return;
    }
    residency_.hold(std::move(spaces));
    say(fmt::format("processing in memory: {} objects and {} links in {}", held.objects, held.links,
                    mebibytes(held.bytes)));
}

void ResidentStore::within_budget(std::size_t bytes) {
    if (bytes > options_.budget_bytes) {
        go_direct(fmt::format("the spaces have grown to {}, and memory: allows {}",
                              mebibytes(bytes), mebibytes(options_.budget_bytes)));
    }
}

ActivityId ResidentStore::reserve_activity() {
    const ActivityId id = inner_->reserve_activity();
    const std::lock_guard lock(own_mutex_);
    own_.insert(std::ranges::upper_bound(own_, id), id);
    return id;
}

ResidentStore::ForeignRuns ResidentStore::foreign_runs() {
    ForeignRuns runs;
    const auto recent = log_->activities(kRecentActivities);
    const std::lock_guard lock(own_mutex_);
    for (const auto& activity : recent) {
        if (!std::ranges::binary_search(own_, activity.id)) {
            runs.emplace(activity.id, activity.status);
        }
    }
    return runs;
}

std::unique_ptr<View> ResidentStore::view() {
    refresh_for_view();
    const auto refresh = [this] { return inner_->shared() && catch_up(); };
    return std::make_unique<resident::ResidentView>(
        inner_->view(), resident::ResidentView::Source{schema_, residency_, views_, refresh});
}

void ResidentStore::refresh_for_view() {
    if (!inner_->shared() || !resident()) {
        return;
    }
    if (views_ == 0) {
        const std::lock_guard lock(commits_);
        const ForeignRuns runs = foreign_runs();
        const bool running =
            std::ranges::any_of(runs, [](const auto& run) { return run.second == "running"; });
        if (running || runs != foreign_runs_) {
            warm();
            return;
        }
    }
    catch_up();
}

bool ResidentStore::catch_up() {
    const std::lock_guard lock(commits_);
    return catch_up_locked();
}

bool ResidentStore::catch_up_locked() {
    if (!resident() || log_->last_commit() == applied_) {
        return false;
    }
    read_again({});
    return true;
}

void ResidentStore::read_again(std::vector<ObjectId> ids) {
    auto changed = resident::changed_since(*log_, schema_, applied_, std::move(ids));
    if (!changed) {
        warm();
        return;
    }
    std::size_t bytes = 0;
    residency_.change([&](resident::ResidentSpaces& spaces) {
        spaces.replace(changed->objects, std::move(changed->keys));
        bytes = spaces.bytes();
    });
    applied_ = changed->last;
    within_budget(bytes);
}

void ResidentStore::apply(const ChangeSet& changes, CommitNumber number) {
    bool known = !inner_->shared() || !number || number.value == applied_.value + 1;
    std::size_t bytes = 0;
    residency_.change([&](resident::ResidentSpaces& spaces) {
        known = known && spaces.knows(changes);
        if (known) {
            spaces.apply(changes, number);
            bytes = spaces.bytes();
        }
    });
    if (!known) {
        read_again(objects_of(changes));
    } else if (number) {
        applied_ = number;
    }
    within_budget(bytes);
}

// A commit that failed may still have gone in. Only one that was refused certainly has not.
CommitNumber ResidentStore::commit(const ChangeSet& changes) {
    const std::lock_guard lock(commits_);
    CommitNumber number;
    try {
        number = inner_->commit(changes);
    } catch (const Conflict&) {
        if (inner_->shared()) {
            catch_up_locked();
        }
        throw;
    } catch (...) {
        residency_.hold(nullptr);
        throw;
    }
    if (resident()) {
        try {
            apply(changes, number);
        } catch (const std::exception& error) {  // what was committed stays so
            go_direct(error.what());
        }
    }
    return number;
}

resident::Holdings ResidentStore::holdings() const {
    const auto held = residency_.read();
    return held ? held->holdings() : resident::Holdings{};
}

std::string ResidentStore::contradiction() {
    const std::lock_guard lock(commits_);
    const auto held = residency_.read();
    if (!held) {
        return {};
    }
    resident::ResidentSpaces stored(schema_);
    stored.warm(*log_);
    return held->difference(stored);
}

std::vector<std::string> ResidentStore::check(
    std::size_t every_nth, const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    auto complaints = inner_->check(every_nth, progress);
    if (auto otherwise = contradiction(); !otherwise.empty()) {
        complaints.push_back("memory and store differ: " + std::move(otherwise));
    }
    return complaints;
}

}  // namespace muster
