#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/resident/residency.h"
#include "store/store.h"

namespace muster {

/// How much may be held in memory, and who is told what became of it.
struct ResidentOptions {
    std::size_t budget_bytes = 0;  ///< of what the spaces take; what runs need comes on top
    /// Told in a sentence whether the spaces are held, and why not. May be called by any thread
    /// that commits or reads.
    std::function<void(const std::string&)> say;
};

/// Processing in memory: a store that answers what runs ask of objects, keys and links from memory,
/// read once when it is made, and writes through to another store. Everything else goes to that
/// store, and everything does where the spaces exceed the budget or turn out to be doubtful: the
/// results are the same. Losing it loses nothing.
///
/// Where other processes write to the store as well, what they commit is read again by the log:
/// when a view is made, when a commit of theirs lies before one of ours or refuses it, and before
/// an object counts as missing. What runs elsewhere keep without logging it (payload digests,
/// retries) is not in the log: where there were such runs, the first of the views made for a run
/// reads everything again.
class ResidentStore final : public Store {
 public:
    /// Reads all of `inner`, if that fits. Blocks. Throws Error(store).
    ResidentStore(std::unique_ptr<Store> inner, const Schema& schema, ResidentOptions options);
    ~ResidentStore() override;

    std::unique_ptr<View> view() override;
    CommitNumber commit(const ChangeSet& changes) override;
    bool shared() const override { return inner_->shared(); }
    ObjectId reserve_ids(std::size_t count) override { return inner_->reserve_ids(count); }
    ActivityId reserve_activity() override;
    std::uint32_t intern(const std::string& pattern) override { return inner_->intern(pattern); }
    std::unique_ptr<StoreLock> lock(std::string_view name) override { return inner_->lock(name); }
    std::uint64_t forget(Instant moment) override { return inner_->forget(moment); }
    CommitNumber wait_beyond(CommitNumber after, std::chrono::milliseconds most) override {
        return inner_->wait_beyond(after, most);
    }
    StoreStatus status() override { return inner_->status(); }
    /// Of the store beneath, and whether memory says the same as it.
    std::vector<std::string> check(
        std::size_t every_nth,
        const std::function<void(std::uint64_t, std::uint64_t)>& progress) override;

    /// Whether the spaces are held.
    bool resident() const { return static_cast<bool>(residency_.read()); }
    /// What is held; all zero where nothing is. Reads all of it.
    resident::Holdings holdings() const;
    /// In what memory differs from the store, in words; empty where it does not. Reads all of it.
    std::string contradiction();

 private:
    /// Runs of other processes, as far as they may have kept something without logging it.
    using ForeignRuns = std::map<ActivityId, std::string>;  // to status

    void refresh_for_view();
    bool catch_up();
    // The following with commits_ locked
    bool catch_up_locked();
    void warm();
    void read_again(std::vector<ObjectId> ids);
    void apply(const ChangeSet& changes, CommitNumber number);
    void within_budget(std::size_t bytes);
    void go_direct(const std::string& why);
    void say(const std::string& text) const;
    ForeignRuns foreign_runs();

    const std::unique_ptr<Store> inner_;
    const Schema schema_;
    const ResidentOptions options_;
    resident::Residency residency_;
    std::atomic<int> views_ = 0;

    std::mutex commits_;  // guards what follows; what is committed next is applied next
    std::unique_ptr<View> log_;
    CommitNumber applied_;
    ForeignRuns foreign_runs_;     // when everything was read
    std::mutex own_mutex_;         // guards own_
    std::vector<ActivityId> own_;  // ascending
};

}  // namespace muster
