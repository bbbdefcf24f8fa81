#pragma once

#include <span>
#include <string_view>

#include "cache/lookup_cache.h"
#include "follow/log_follower.h"
#include "follow/view_pool.h"

namespace muster {

/// Anchors → ids of the objects of one system, kept current by the log. Once warmed it stays
/// complete: what is not in it does not exist, as far as the log has been followed.
class AnchorCache : public LogSubscriber {
 public:
    /// All must outlive it.
    AnchorCache(Store& store, const Schema& schema, SpaceId system, LogFollower& follower,
                std::size_t budget_bytes = limits::kCacheBytes);
    ~AnchorCache() override;

    /// Beside the anchors, none where there is none. One query for all that is not known. Of state
    /// `at_least`. Throws Error(store).
    void lookup(TypeId type, std::span<const std::string_view> anchors, std::span<ObjectId> ids,
                CommitNumber at_least = {});
    /// Reads all anchors of the system; false where they exceed the budget.
    bool warm();

    bool complete() const { return ids_.complete(); }
    CacheCounters counters() const { return ids_.counters(); }

    // LogSubscriber
    /// A create holds no values in the log: throws Error(store) where the store cannot say them.
    void changed(std::span<const Change> changes) override;
    void reset() noexcept override { ids_.clear(); }

 private:
    void learn(std::span<const Change> changes);
    void follow(const Change& change);

    const Schema& schema_;
    const SpaceId system_;
    LogFollower& follower_;
    ViewPool views_;
    LookupCache ids_;
};

}  // namespace muster
