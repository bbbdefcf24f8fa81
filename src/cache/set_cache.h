#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <tuple>
#include <vector>

#include "base/ids.h"
#include "base/limits.h"
#include "cache/counters.h"
#include "cache/epoch.h"
#include "cache/freshness.h"
#include "cache/key_hash.h"
#include "cache/loaded_once.h"

namespace muster {

/// All objects of one small type as one immutable value: whole, or not there at all. Found by each
/// kind of key, there and not there alike. Traits as for EntityCache; it asks `load_all` alone.
/// Thread-safe; a hit takes no lock.
template <class Traits>
class SetCache {
 public:
    using Value = typename Traits::Value;
    using Handle = std::shared_ptr<const Value>;  ///< keeps the whole set
    using Rows = std::vector<Value>;
    using Source = typename Traits::Source;
    using ById = std::tuple_element_t<0, typename Traits::Keys>;

    /// The objects at one moment: what a unit of work keeps to see but one state.
    class Set {
     public:
        explicit Set(Rows rows);
        const Rows& rows() const { return rows_; }
        /// None where there is none.
        template <class By = ById>
        const Value* find(const typename By::Key& key) const {
            const auto& places = std::get<Places<By>>(places_).map;
            const auto found = places.find(key);
            return found == places.end() ? nullptr : &rows_[found->second];
        }
        std::size_t bytes() const { return bytes_; }

     private:
        template <class By>
        struct Places {
            boost::unordered_flat_map<typename By::Owned, std::uint32_t, KeyHash<By>, KeyEqual<By>>
                map;
        };
        template <class Keys>
        struct PlacesOf;
        template <class... By>
        struct PlacesOf<std::tuple<By...>> {
            using Tuple = std::tuple<Places<By>...>;
        };
        template <class By>
        void place(Places<By>& places, std::uint32_t row);

        Rows rows_;
        typename PlacesOf<typename Traits::Keys>::Tuple places_;
        std::size_t bytes_ = 0;
    };

    /// Source and freshness must outlive the cache; no freshness: never behind. A set of more bytes
    /// than the budget is not kept but loaded each time, and counted as refused.
    SetCache(Source& source, const Freshness* freshness, std::size_t budget_bytes)
        : source_(source), freshness_(freshness), budget_bytes_(budget_bytes) {}

    /// Loaded where it is not there, once for all who ask. Of state `at_least`. Blocks and throws
    /// as the source does.
    std::shared_ptr<const Set> all(CommitNumber at_least = {});
    template <class By = ById>
    Handle get(const typename By::Key& key, CommitNumber at_least = {});
    template <class By = ById>
    bool exists(const typename By::Key& key, CommitNumber at_least = {}) {
        return get<By>(key, at_least) != nullptr;
    }
    /// As EntityCache::with.
    template <class By = ById, class Use>
    bool with(const typename By::Key& key, const Use& use);

    /// Something of it changed. O(1).
    void clear() noexcept {
        set_.drop();
        CacheTally::add(tally_.clears);
    }
    /// Frees what was cleared and no reader can see any more.
    void collect() { set_.collect(); }

    CacheCounters counters() const;

 private:
    std::shared_ptr<const Set> load();
    static Handle share(const std::shared_ptr<const Set>& set, const Value* value) {
        return value != nullptr ? Handle(set, value) : Handle();
    }
    bool usable(CommitNumber at_least) const {
        return freshness_ == nullptr || (freshness_->fresh() && freshness_->position() >= at_least);
    }

    Source& source_;
    const Freshness* const freshness_;
    const std::size_t budget_bytes_;
    mutable CacheTally tally_;
    LoadedOnce<Set> set_{tally_};
};

template <class Traits>
SetCache<Traits>::Set::Set(Rows rows) : rows_(std::move(rows)) {
    bytes_ = sizeof(Set);
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
        bytes_ += sizeof(Value) + Traits::weight(rows_[i]);
        std::apply([&](auto&... places) { (place(places, i), ...); }, places_);
    }
}

template <class Traits>
template <class By>
void SetCache<Traits>::Set::place(Places<By>& places, std::uint32_t row) {
    if (!By::has(rows_[row]))
        return;
    places.map.emplace(typename By::Owned(By::of(rows_[row])), row);
    bytes_ += 2 * (sizeof(typename By::Owned) + sizeof(row));
}

template <class Traits>
auto SetCache<Traits>::load() -> std::shared_ptr<const Set> {
    Rows rows;
    source_.load_all(rows);
    return std::make_shared<const Set>(std::move(rows));
}

template <class Traits>
auto SetCache<Traits>::all(CommitNumber at_least) -> std::shared_ptr<const Set> {
    if (!usable(at_least)) {
        CacheTally::add(tally_.closed);
        CacheTally::add(tally_.loads);
        return load();
    }
    {
        const Pin pin;
        if (const auto* hit = set_.find(pin))
            return *hit;
    }
    return set_.get([this] { return load(); },
                    [this](const Set& set) { return set.bytes() <= budget_bytes_; });
}

template <class Traits>
template <class By>
auto SetCache<Traits>::get(const typename By::Key& key, CommitNumber at_least) -> Handle {
    if (usable(at_least)) {
        const Pin pin;
        if (const auto* set = set_.find(pin))
            return share(*set, (*set)->template find<By>(key));
    }
    const auto set = all(at_least);
    return share(set, set->template find<By>(key));
}

template <class Traits>
template <class By, class Use>
bool SetCache<Traits>::with(const typename By::Key& key, const Use& use) {
    if (usable({})) {
        const Pin pin;
        if (const auto* set = set_.find(pin)) {
            const Value* hit = (*set)->template find<By>(key);
            if (hit != nullptr)
                use(*hit);
            return hit != nullptr;
        }
    }
    const Handle handle = get<By>(key);
    if (handle != nullptr)
        use(*handle);
    return handle != nullptr;
}

template <class Traits>
CacheCounters SetCache<Traits>::counters() const {
    CacheCounters counters = tally_.read();
    const Pin pin;
    if (const auto* set = set_.look(pin)) {
        counters.entries = (*set)->rows().size();
        counters.bytes = (*set)->bytes();
    }
    return counters;
}

}  // namespace muster
