#include "cache/garbage.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "cache/epoch.h"

namespace muster {

void Garbage::sort_out(bool now, std::vector<Thing>& free) {
    const bool enough = fresh_.things.size() >= limits::kGarbageBatch;
    if (!enough && !(now && bytes_ > 0))
        return;
    if (!fresh_.things.empty()) {
        fresh_.epoch = end_epoch();
        waiting_.push_back(std::exchange(fresh_, {}));
    }
    const std::uint64_t oldest = oldest_pin();
    while (!waiting_.empty() && waiting_.front().epoch < oldest) {
        bytes_ -= waiting_.front().bytes;
        std::move(waiting_.front().things.begin(), waiting_.front().things.end(),
                  std::back_inserter(free));
        waiting_.pop_front();
    }
}

}  // namespace muster
