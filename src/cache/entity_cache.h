#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/limits.h"
#include "cache/counters.h"
#include "cache/epoch.h"
#include "cache/eviction.h"
#include "cache/flight.h"
#include "cache/freshness.h"
#include "cache/garbage.h"
#include "cache/index.h"
#include "cache/lease.h"
#include "cache/loaded_once.h"
#include "cache/negatives.h"
#include "cache/shared.h"

namespace muster {

/// What an EntityCache keeps of what it loads.
enum class Keep {
    entities,  ///< everything it loads, and whether that is all there is
    singles,   ///< what is asked for one by one; lists are loaded each time
    nothing,   ///< nothing: every read goes to the source
};

struct EntityOptions {
    Keep keep = Keep::entities;
    std::size_t budget_bytes = limits::kCacheBytes;
    std::size_t negatives = 0;  ///< keys remembered, per kind of key, to lead nowhere
};

/// Objects of one type, shared and immutable, found by one or several keys. Thread-safe; a hit
/// takes no lock, allocates nothing and asks the source nothing.
///
/// Traits say what is cached and where it comes from:
///     Value                           what is cached
///     Keys = std::tuple<By…>          the kinds of key; the first identifies the object
///     weight(value) → bytes           beside sizeof(Value): what it holds elsewhere
///     Source: load(By, span of By::Owned, vector of optional values beside them),
///             load_all(vector of values); thread-safe, reading all that was committed before
/// and each kind of key
///     Key, Owned                      as looked up (a view, perhaps) and as kept
///     has(value), of(value) → Key     whether the value has such a key, and which
///     hash(key)
///
/// What makes it right is that a miss always is. An entry answers only in the generation it was
/// read in, which ends when the type is cleared, and not once its object has changed or it had to
/// make room: one word takes an object back under all its keys at once; the tables follow.
template <class Traits>
class EntityCache {
 public:
    using Value = typename Traits::Value;
    using Handle = Shared<Value>;
    using Rows = std::vector<Handle>;
    using Source = typename Traits::Source;
    using ById = std::tuple_element_t<0, typename Traits::Keys>;
    using Id = typename ById::Owned;

    class Reader;

    /// Source and freshness must outlive the cache. Without freshness it is never behind: whoever
    /// writes tells it.
    EntityCache(Source& source, const Freshness* freshness, EntityOptions options)
        : source_(source),
          freshness_(freshness),
          options_(options),
          accesses_(Accesses::make(options.negatives)) {}
    ~EntityCache();
    EntityCache(const EntityCache&) = delete;
    EntityCache& operator=(const EntityCache&) = delete;

    /// Reads what is there, and only that; see Reader.
    Reader read(CommitNumber at_least = {}) const { return Reader(*this, at_least); }

    /// The object, loaded where it is not there; none where there is none. Of state `at_least`,
    /// whichever process wrote that commit. Blocks and throws as the source does.
    template <class By = ById>
    Handle get(const typename By::Key& key, CommitNumber at_least = {});
    /// Beside their keys. Only what is not there is loaded, in one call.
    template <class By = ById>
    void get_many(std::span<const typename By::Owned> keys, Rows& handles,
                  CommitNumber at_least = {});
    /// All there are, in the order of the source.
    std::shared_ptr<const Rows> all(CommitNumber at_least = {});
    template <class By = ById>
    bool exists(const typename By::Key& key, CommitNumber at_least = {}) {
        return get<By>(key, at_least) != nullptr;
    }
    /// Calls `use(value)` on the object without sharing in its ownership; false where there is
    /// none. `use` must be brief: what it may read is kept in memory as long.
    template <class By = ById, class Use>
    bool with(const typename By::Key& key, const Use& use);

    /// These were created, changed or erased. To be told after the commit, in the order of commits.
    void changed(std::span<const Id> ids);
    /// Anything may have changed. O(1): what was there stays in memory until collect() or until its
    /// room is needed.
    void clear() noexcept {
        generation_.fetch_add(1);
        all_.drop();
        CacheTally::add(tally_.clears);
    }
    /// Frees what was cleared, at most so many entries, and what no reader can see any more.
    void collect(std::size_t most);

    CacheCounters counters() const;

 private:
    using Entry = Cached<Value>;
    template <class By>
    struct Pending {
        typename By::Owned key;
        const Lease<Id>* lease;
        std::shared_ptr<Flight<Handle>> flight;
    };
    /// What there is for each kind of key.
    template <class By>
    struct Access {
        explicit Access(std::size_t most_absent) : absent(most_absent) {}
        Index<Entry> index;  ///< read without the lock
        std::vector<Pending<By>> pending;
        Negatives<By> absent;
    };
    template <class Keys>
    struct AccessOf;
    template <class... By>
    struct AccessOf<std::tuple<By...>> {
        using Tuple = std::tuple<std::unique_ptr<Access<By>>...>;
        static Tuple make(std::size_t most_absent) {
            return {std::make_unique<Access<By>>(most_absent)...};
        }
    };
    using Accesses = AccessOf<typename Traits::Keys>;

    /// One call to the source: its keys, and where their objects belong.
    template <class By>
    struct Load {
        std::vector<typename By::Owned> keys;
        std::vector<std::size_t> places;
        std::vector<std::shared_ptr<Flight<Handle>>> flights;
    };
    /// A key that another thread is loading.
    template <class By>
    struct Wait {
        typename By::Owned key;
        std::size_t place;
        std::shared_ptr<Flight<Handle>> flight;
    };
    /// Of each entry beside what its value holds elsewhere: itself, its part of the tables, of the
    /// list of all and of what is remembered of the evicted.
    static constexpr std::size_t kEntryBytes =
        sizeof(Entry) + 16 + std::tuple_size_v<typename Traits::Keys> * 24 + 8 + 32;
    /// What is destroyed after the lock was let go: destructors may do anything.
    using LetGo = std::vector<Garbage::Thing>;

    template <class By>
    Access<By>& access() const {
        return *std::get<std::unique_ptr<Access<By>>>(accesses_);
    }
    template <class Visit>
    void each_access(const Visit& visit) const {
        std::apply([&](const auto&... one) { (visit(*one), ...); }, accesses_);
    }
    template <class By>
    static std::size_t hash_of(const Entry& entry) {
        return By::hash(By::of(entry.value));
    }
    bool usable(CommitNumber at_least) const {
        return freshness_ == nullptr || (freshness_->fresh() && freshness_->position() >= at_least);
    }
    bool valid(const Entry& entry, std::uint64_t generation) const {
        return entry.life.load(std::memory_order_acquire) == generation;
    }
    template <class By>
    Entry* probe(const typename By::Key& key) const;

    // Loading
    template <class By>
    void fetch(std::span<const typename By::Owned> keys, std::span<Handle> handles, bool keep);
    template <class By>
    void sort(std::span<const typename By::Owned> keys, std::span<Handle> handles, Load<By>& load,
              std::vector<Wait<By>>& waits, Lease<Id>& lease);
    template <class By>
    bool join(const typename By::Owned& key, std::size_t place, std::vector<Wait<By>>& waits);
    template <class By>
    void run(const Load<By>& load, Lease<Id>& lease, std::span<Handle> handles, bool keep);
    template <class By>
    void keep_loaded(const Load<By>& load, const Rows& rows, const Lease<Id>& lease, LetGo& let_go);
    template <class By>
    void end(const Lease<Id>& lease);
    template <class By>
    void pass_by(std::span<const typename By::Owned> keys, std::span<Handle> handles);
    template <class By>
    Rows ask(std::span<const typename By::Owned> keys);
    std::shared_ptr<const Rows> ask_all();
    std::shared_ptr<const Rows> load_all(bool& whole);

    // Keeping; under the lock
    bool keep_one(const Handle& handle, const Lease<Id>& lease, LetGo& let_go);
    bool make_room(std::size_t bytes, LetGo& let_go);
    void remove(Entry& entry);
    void sweep(std::size_t most);
    std::size_t table_bytes() const;

    Source& source_;
    const Freshness* const freshness_;
    const EntityOptions options_;
    std::atomic<std::uint64_t> generation_{1};
    mutable CacheTally tally_;
    typename Accesses::Tuple accesses_;
    LoadedOnce<Rows> all_{tally_};  // there is one only while nothing of it has gone

    mutable std::mutex mutex_;  // guards what follows, the accesses, and writing to their indexes
    S3Fifo queue_;
    Garbage garbage_;
    std::vector<Lease<Id>*> leases_;
};

/// Reads several objects with one look at the clock. What it gives stays readable as long as it
/// lives, whatever happens to the cache; so keep it as briefly as a Pin.
template <class Traits>
class EntityCache<Traits>::Reader {
 public:
    Reader(const EntityCache& cache, CommitNumber at_least)
        : cache_(cache), usable_(cache.usable(at_least)) {}
    /// None where it is not there; it may exist nevertheless.
    template <class By = ById>
    const Value* find(const typename By::Key& key) const {
        const Entry* entry = hit<By>(key);
        return entry != nullptr ? &entry->value : nullptr;
    }
    /// The same to keep.
    template <class By = ById>
    Handle share(const typename By::Key& key) const {
        Entry* entry = hit<By>(key);
        return entry != nullptr ? Handle(*entry) : Handle();
    }
    bool usable() const { return usable_; }  ///< else every find() finds nothing

 private:
    template <class By>
    Entry* hit(const typename By::Key& key) const {
        if (!usable_) [[unlikely]]
            return nullptr;
        Entry* entry = cache_.probe<By>(key);
        if (entry == nullptr)
            return nullptr;
        entry->touch();
        cache_.tally_.hits.add(pin_.reader());
        return entry;
    }

    const EntityCache& cache_;
    const Pin pin_;
    const bool usable_;
};

}  // namespace muster

#include "cache/entity_cache_impl.h"
