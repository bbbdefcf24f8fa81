#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/limits.h"

namespace muster {

/// Taken before a load begins; tells after it whether what was loaded may be kept. Guarded by the
/// cache's lock: changes are noted on every lease that is out (after the leases of Nishtala et al.,
/// Scaling Memcache at Facebook, NSDI 2013).
template <class Id>
class Lease {
 public:
    explicit Lease(std::uint64_t generation) : generation_(generation) {}

    void note(const Id& id) {
        if (changed_.size() < limits::kLeaseChanges)
            changed_.push_back(id);
        else
            everything_ = true;
    }
    /// The cache's generation when it was taken.
    std::uint64_t generation() const { return generation_; }
    /// Whether the object may have changed since.
    bool overtaken(const Id& id) const {
        return everything_ || std::find(changed_.begin(), changed_.end(), id) != changed_.end();
    }
    /// Whether anything has.
    bool overtaken() const { return !changed_.empty(); }

 private:
    std::uint64_t generation_;
    std::vector<Id> changed_;
    bool everything_ = false;
};

}  // namespace muster
