#include "cache/ghosts.h"

#include <algorithm>

namespace muster {
namespace {

constexpr std::size_t kLeast = 16;

}  // namespace

void Ghosts::put(std::uint64_t fingerprint, std::size_t most) {
    order_.push_back(fingerprint);
    ++times_[fingerprint];
    while (order_.size() > std::max(most, kLeast)) {
        const auto oldest = times_.find(order_.front());
        order_.pop_front();
        if (oldest != times_.end() && --oldest->second == 0)
            times_.erase(oldest);
    }
}

// Its place in the order stays behind: found in no map, it is dropped when it is the oldest.
bool Ghosts::take(std::uint64_t fingerprint) {
    return times_.erase(fingerprint) != 0;
}

}  // namespace muster
