#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/limits.h"
#include "cache/counters.h"
#include "cache/freshness.h"

namespace muster {

/// Keys → ids, small and for as many keys as there are: about 30 to 55 bytes each. A key is the
/// digest of what identifies an object, of (type, anchor) for one. Thread-safe; works in batches,
/// so one shared lock a batch costs next to nothing.
///
/// It may be complete: then a key that is not there leads nowhere, without asking. That is a fact
/// with a reason, never concluded from what is there: warm() filled it and whatever was created
/// since was add()ed.
class LookupCache {
 public:
    struct Key {
        Digest digest;
        ObjectId id;
    };
    /// Gives the ids beside the digests' places in `missing`; none where there is none.
    using Load = std::function<void(std::span<const std::size_t> missing, std::span<ObjectId> ids)>;
    /// Calls back for all there are.
    using LoadAll = std::function<void(const std::function<void(const Key&)>&)>;

    /// No freshness: never behind.
    LookupCache(const Freshness* freshness, std::size_t budget_bytes)
        : freshness_(freshness), budget_bytes_(budget_bytes) {}

    /// The ids beside the digests, none where there is none. What is not there is loaded, in one
    /// call, outside the lock. Throws as `load` does.
    void get(std::span<const Digest> digests, std::span<ObjectId> ids, const Load& load,
             CommitNumber at_least = {});
    /// Fills it with all there are; false where that would exceed the budget: it then holds what it
    /// held before, or less.
    bool warm(const LoadAll& load_all);

    /// After a commit. A key that moves to another object, or an object that moves to another key,
    /// is one call: nobody sees both or neither.
    void change(std::span<const Key> removed, std::span<const Key> added);
    void clear() noexcept;

    bool complete() const { return complete_.load() == generation_.load(); }
    CacheCounters counters() const;

 private:
    struct Hash {
        using is_avalanching = void;
        std::size_t operator()(const Digest& digest) const { return digest.low; }
    };
    using Map = boost::unordered_flat_map<Digest, ObjectId, Hash>;
    static constexpr std::size_t kEntryBytes = sizeof(Map::value_type) * 2;

    bool usable(CommitNumber at_least) const {
        return freshness_ == nullptr || (freshness_->fresh() && freshness_->position() >= at_least);
    }
    void probe(std::span<const Digest> digests, std::span<ObjectId> ids,
               std::vector<std::size_t>& missing, std::uint64_t& seen) const;
    void keep(std::span<const Digest> digests, std::span<const std::size_t> places,
              std::span<const ObjectId> ids, std::uint64_t seen);
    bool add(const Key& key);

    const Freshness* const freshness_;
    const std::size_t budget_bytes_;
    mutable CacheTally tally_;
    std::atomic<std::uint64_t> generation_{1};
    std::atomic<std::uint64_t> complete_{0};  ///< the generation that was complete
    std::atomic<std::uint64_t> changes_{0};   ///< what was loaded before one of them is not kept

    mutable std::shared_mutex mutex_;  // guards what follows
    Map map_;
    std::uint64_t map_generation_ = 1;
};

}  // namespace muster
