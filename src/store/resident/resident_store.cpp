#include "store/resident/resident_store.h"

#include <fmt/format.h>

#include <new>
#include <utility>

#include "base/error.h"
#include "store/resident/estimate.h"
#include "store/resident/resident_view.h"

namespace muster {
namespace {

std::string mebibytes(std::size_t bytes) {
    return fmt::format("{} MiB", (bytes + (1u << 20) - 1) >> 20);
}

}  // namespace

ResidentStore::ResidentStore(std::unique_ptr<Store> inner, const Schema& schema,
                             ResidentOptions options)
    : inner_(std::move(inner)), schema_(schema), options_(std::move(options)) {
    warm();
}

void ResidentStore::say(const std::string& text) const {
    if (options_.say) {
        options_.say(text);
    }
}

void ResidentStore::warm() {
    const auto view = inner_->view();
    const std::size_t estimate = resident::estimate_bytes(*view, schema_);
    if (estimate > options_.budget_bytes) {
        go_direct(fmt::format("the spaces would take about {}, and memory: allows {}",
                              mebibytes(estimate), mebibytes(options_.budget_bytes)));
        return;
    }
    auto spaces = std::make_unique<resident::ResidentSpaces>(schema_);
    spaces->warm(*view);
    const resident::Holdings held = spaces->holdings();
    if (held.bytes > options_.budget_bytes) {
        go_direct(fmt::format("the spaces take {}, and memory: allows {}", mebibytes(held.bytes),
                              mebibytes(options_.budget_bytes)));
        return;
    }
    say(fmt::format("processing in memory: {} objects and {} links in {}", held.objects, held.links,
                    mebibytes(held.bytes)));
    residency_.hold(std::move(spaces));
}

void ResidentStore::go_direct(const std::string& why) {
    residency_.hold(nullptr);
    say("processing directly from the store: " + why);
}

std::unique_ptr<View> ResidentStore::view() {
    return std::make_unique<resident::ResidentView>(inner_->view(), schema_, residency_);
}

// A commit that failed may still have gone in. Only one that was refused certainly has not.
CommitNumber ResidentStore::commit(const ChangeSet& changes) {
    const std::lock_guard lock(commits_);
    CommitNumber number;
    try {
        number = inner_->commit(changes);
    } catch (const Conflict&) {
        throw;
    } catch (...) {
        residency_.hold(nullptr);
        throw;
    }
    std::size_t bytes = 0;
    try {
        residency_.change([&](resident::ResidentSpaces& spaces) {
            spaces.apply(changes, number);
            bytes = spaces.bytes();
        });
    } catch (const std::bad_alloc&) {
        go_direct("there is no memory left");
    }
    if (bytes > options_.budget_bytes) {
        go_direct(fmt::format("the spaces have grown to {}, and memory: allows {}",
                              mebibytes(bytes), mebibytes(options_.budget_bytes)));
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
    stored.warm(*inner_->view());
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
