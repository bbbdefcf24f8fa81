#include "run/moved_names.h"

#include <algorithm>
#include <utility>

#include "base/dn.h"

namespace muster {

void MovedNames::note(const std::string& before, std::string after) {
    if (!same_dn(before, after)) {
        moves_[normalize_dn(before)].push_back({count_++, std::move(after)});
    }
}

const MovedNames::Move* MovedNames::first_since(const std::string& dn, std::size_t order) const {
    const auto found = moves_.find(normalize_dn(dn));
    if (found == moves_.end()) {
        return nullptr;
    }
    const auto move =
        std::ranges::find_if(found->second, [&](const Move& m) { return m.order >= order; });
    return move == found->second.end() ? nullptr : &*move;
}

std::string MovedNames::follow(std::string name) const {
    for (std::size_t order = 0;;) {
        const Move* next = nullptr;
        std::size_t below = 0;  // bytes of the name that stay
        for (auto above = parent_dn(name); !above.empty(); above = parent_dn(above)) {
            const auto* move = first_since(above, order);
            if (move != nullptr && (next == nullptr || move->order < next->order)) {
                next = move;
                below = name.size() - above.size();
            }
        }
        if (next == nullptr) {
            return name;
        }
        order = next->order + 1;
        name = name.substr(0, below) + next->after;
    }
}

}  // namespace muster
