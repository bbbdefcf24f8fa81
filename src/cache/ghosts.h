#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace muster {

/// The fingerprints of what was evicted last, oldest forgotten first. About 32 bytes each.
class Ghosts {
 public:
    /// Remembers one, and of all no more than `most` (or a few where that is less).
    void put(std::uint64_t fingerprint, std::size_t most);
    /// Whether it is remembered; it is not any more.
    bool take(std::uint64_t fingerprint);

 private:
    std::deque<std::uint64_t> order_;  ///< may hold what was taken since
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> times_;  ///< each stands in order_
};

}  // namespace muster
