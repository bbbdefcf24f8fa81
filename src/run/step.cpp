#include "run/step.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace muster {

Step::Step(const RunContext& context, std::string kind, SpaceId system)
    : context_(context), started_(context.moment), clock_(std::chrono::steady_clock::now()) {
    summary_.activity = context.store.reserve_activity();
    summary_.kind = std::move(kind);
    if (system) {
        summary_.system = context.configuration.schema.space(system).name;
    }
    ChangeSet changes;
    changes.activities.push_back(row("running", std::nullopt));
    context.store.commit(changes);
    if (context.options.observer != nullptr) {
        context.options.observer->begin(summary_.kind, summary_.system);
    }
}

void Step::count(std::string_view counter, std::uint64_t n) {
    if (n != 0) {
        summary_.counters[std::string(counter)] += n;
    }
}

std::uint64_t Step::counted(std::string_view counter) const {
    const auto found = summary_.counters.find(std::string(counter));
    return found == summary_.counters.end() ? 0 : found->second;
}

void Step::item(Item item) {
    item.activity = summary_.activity;
    count("errors");
    ++summary_.item_count;
    if (summary_.items.size() < limits::kItemsShown) {
        summary_.items.push_back(item);
    }
    unwritten_.push_back(std::move(item));
}

void Step::note(Item item) {
    constexpr std::size_t kNotes = 1'000;  // of a step
    if (++notes_ <= kNotes) {
        item.activity = summary_.activity;
        unwritten_.push_back(std::move(item));
    }
}

void Step::item(const Object& object, const ObjectProblem& problem) {
    const auto& type = schema().type(object.type);
    item({{},
          object.id,
          schema().space(type.space).name,
          type.name,
          object.anchor.empty() ? object.name : object.anchor,
          problem.code,
          problem.message,
          {}});
}

ChangeSet Step::changes() {
    ChangeSet set;
    set.activity = summary_.activity;
    set.cause = summary_.system.empty() ? summary_.kind : summary_.kind + " " + summary_.system;
    set.time = context_.moment;
    set.items = std::move(unwritten_);
    unwritten_.clear();
    return set;
}

CommitNumber Step::own_commits_after(View& view, CommitNumber from) const {
    const auto last = view.last_commit();
    for (auto next = from; next < last;) {
        next = CommitNumber(next.value + 1);
        const auto commit = view.commit(next);
        if (!commit || commit->activity != summary_.activity) {
            break;
        }
        from = next;
    }
    return from;
}

void Step::progress(std::uint64_t done, std::uint64_t total, const char* unit) const {
    if (context_.options.observer != nullptr) {
        context_.options.observer->progress(done, total, unit);
    }
}

StepSummary Step::end(const Error* failure, std::string message) {
    if (failure != nullptr) {
        const bool cancelled = failure->code() == ErrorCode::cancelled;
        summary_.status = cancelled ? StepStatus::cancelled : StepStatus::failed;
        summary_.message = failure->what();
        summary_.cure = failure->cure();
    } else {
        summary_.status = failed_                   ? StepStatus::failed
                          : held_                   ? StepStatus::held
                          : summary_.item_count > 0 ? StepStatus::items
                                                    : StepStatus::done;
        summary_.message = std::move(message);
    }
    summary_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - clock_).count();
    ChangeSet last = changes();
    const auto elapsed = std::chrono::duration<double>(summary_.seconds);
    last.activities.push_back(
        row(step_status_name(summary_.status),
            started_ + std::chrono::duration_cast<Instant::duration>(elapsed)));
    context_.store.commit(last);
    if (context_.options.observer != nullptr) {
        context_.options.observer->end(summary_);
    }
    return std::move(summary_);
}

ActivityRow Step::row(std::string_view status, std::optional<Instant> ended) const {
    boost::json::object counters;
    for (const auto& [name, n] : summary_.counters) {
        counters[name] = n;
    }
    return {summary_.activity,   context_.run, summary_.kind, summary_.system,
            std::string(status), started_,     ended,         boost::json::serialize(counters),
            summary_.message};
}

}  // namespace muster
