#include "run/net_delta.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace muster {
namespace {

/// `first` then `second`, as one: what was in between is forgotten.
template <class T>
void follow(BeforeAfter<T>& first, const BeforeAfter<T>& second) {
    if (!second) {
        return;
    }
    if (!first) {
        first = second;
    } else {
        first->second = second->second;
        if (first->first == first->second) {
            first.reset();
        }
    }
}

void follow_attributes(std::vector<AttributeChange>& first,
                       const std::vector<AttributeChange>& second) {
    for (const auto& change : second) {
        const auto found =
            std::ranges::lower_bound(first, change.attribute, {}, &AttributeChange::attribute);
        if (found == first.end() || found->attribute != change.attribute) {
            first.insert(found, change);
        } else if (found->before == change.after) {
            first.erase(found);
        } else {
            found->after = change.after;
        }
    }
}

void follow_links(std::vector<LinkChange>& first, const std::vector<LinkChange>& second) {
    std::set<LinkChange> net(first.begin(), first.end());
    for (auto change : second) {
        change.opened = !change.opened;
        if (net.erase(change) == 0) {  // it does not take an earlier one back
            change.opened = !change.opened;
            net.insert(std::move(change));
        }
    }
    first.assign(net.begin(), net.end());
}

}  // namespace

void follow(Delta& first, const Delta& second) {
    follow(first.anchor, second.anchor);
    follow(first.name, second.name);
    follow(first.state, second.state);
    follow(first.joined, second.joined);
    follow_attributes(first.attributes, second.attributes);
    follow_links(first.links, second.links);
}

Delta creation(const Object& object, std::span<const Link> links) {
    Delta delta;
    if (!object.anchor.empty()) {
        delta.anchor.emplace("", object.anchor);
    }
    if (!object.name.empty()) {
        delta.name.emplace("", object.name);
    }
    if (object.state != ObjectState::normal) {
        delta.state.emplace(ObjectState::normal, object.state);
    }
    if (object.joined) {
        delta.joined.emplace(ObjectId(), object.joined);
    }
    delta.attributes = diff({}, object.attributes);
    for (const auto& link : links) {
        delta.links.push_back({link.attribute, true, link.target, link.text});
    }
    std::ranges::sort(delta.links);
    return delta;
}

}  // namespace muster
