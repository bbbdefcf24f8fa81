#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "cache/key_hash.h"

namespace muster {

/// Keys known to lead nowhere, at most so many, the oldest forgotten first. Guarded by the cache.
template <class By>
class Negatives {
 public:
    explicit Negatives(std::size_t most) : most_(most) {}

    /// `generation` is the cache's: what another one knew does not count.
    bool contains(const typename By::Key& key, std::uint64_t generation) const {
        const auto found = known_.find(key);
        return found != known_.end() && found->second == Stamp{generation, era_};
    }
    void put(const typename By::Owned& key, std::uint64_t generation) {
        if (most_ == 0)
            return;
        if (known_.insert_or_assign(key, Stamp{generation, era_}).second)
            order_.push_back(key);
        while (order_.size() > most_) {
            known_.erase(order_.front());
            order_.pop_front();
        }
    }
    /// The key may lead somewhere now. It keeps its place, so that order_ names each key once.
    void doubt(const typename By::Key& key) {
        if (const auto found = known_.find(key); found != known_.end())
            found->second = Stamp{};
    }
    /// Any key may.
    void doubt_all() { ++era_; }
    std::size_t size() const { return order_.size(); }

 private:
    struct Stamp {
        std::uint64_t generation = 0;
        std::uint64_t era = 0;
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };

    std::size_t most_;
    std::uint64_t era_ = 1;
    boost::unordered_flat_map<typename By::Owned, Stamp, KeyHash<By>, KeyEqual<By>> known_;
    std::deque<typename By::Owned> order_;
};

}  // namespace muster
