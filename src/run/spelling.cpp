#include "run/spelling.h"

#include <algorithm>

#include "base/error.h"

namespace muster {

void Spelling::learn(View& view, std::span<const ExportLink> links) {
    targets_.clear();
    for (const auto& link : links) {
        if (link.target) {
            targets_.push_back(link.target);
        }
    }
    std::ranges::sort(targets_);
    const auto repeated = std::ranges::unique(targets_);
    targets_.erase(repeated.begin(), repeated.end());
    std::vector<Identity> identities;
    view.identify(targets_, identities);
    texts_.clear();
    for (auto& identity : identities) {
        const bool there = identity.id && identity.state != ObjectState::provisioning;
        texts_.push_back(!there   ? std::string{}
                         : named_ ? std::move(identity.name)
                                  : std::move(identity.anchor));
    }
}

const std::string& Spelling::of(ObjectId target) const {
    const auto at = std::ranges::lower_bound(targets_, target);
    MUSTER_ASSERT(at != targets_.end() && *at == target, "target {} not learnt", target.value);
    return texts_[static_cast<std::size_t>(at - targets_.begin())];
}

}  // namespace muster
