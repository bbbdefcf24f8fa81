#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/rules.h"
#include "run/run.h"

namespace muster {

/// What the steps of one run share.
struct RunContext {
    const Configuration& configuration;
    const RuleBook& book;
    Store& store;
    const RunOptions& options;
    Instant moment;  ///< the run's one present
    ActivityId run;
};

/// One import, sync, export or confirmation while it goes: its activity, counters and items.
class Step {
 public:
    /// Registers the activity. `system` none for sync.
    Step(const RunContext& context, std::string kind, SpaceId system);
    /// Ends as failed if nobody ended it.
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

    const RunContext& context() const { return context_; }
    const Schema& schema() const { return context_.configuration.schema; }
    ActivityId activity() const { return summary_.activity; }

    void count(std::string_view counter, std::uint64_t n = 1);
    std::uint64_t counted(std::string_view counter) const;
    /// Notes an outcome of one object; it is written with the next ChangeSet prepared.
    void item(Item item);
    /// The same for an object at hand.
    void item(const Object& object, const ObjectProblem& problem);

    /// Notes something worth knowing that is no error: an item like any other, which changes
    /// neither the outcome nor its counters. Those of a step are bounded.
    void note(Item item);

    /// A ChangeSet of this step, with the items noted since the last one.
    ChangeSet changes();
    /// The last commit of this step that follows `from` with no one else's in between; `from` where
    /// the first is another's.
    CommitNumber own_commits_after(View& view, CommitNumber from) const;
    /// Tells the observer.
    void progress(std::uint64_t done, std::uint64_t total, const char* unit) const;
    bool stopping() const { return context_.options.stop.stop_requested(); }

    /// Marks the step as having something held.
    void held() { held_ = true; }
    /// Marks the step as failed, with what it did kept; an item says why.
    void failed() { failed_ = true; }

    /// Ends the step and writes its activity, with the items that are left. `failure` null where it
    /// did not fail.
    StepSummary end(const Error* failure, std::string message = {});

 private:
    ActivityRow row(std::string_view status, std::optional<Instant> ended) const;

    const RunContext& context_;
    StepSummary summary_;
    Instant started_;
    std::chrono::steady_clock::time_point clock_;
    std::vector<Item> unwritten_;
    std::size_t notes_ = 0;
    bool held_ = false;
    bool failed_ = false;
};

}  // namespace muster
