#include "store/resident/changed_since.h"

#include <algorithm>

#include "base/limits.h"

namespace muster::resident {
namespace {

/// Adds the present state of a page of objects; ids ascending.
void read_page(View& view, std::span<const ObjectId> ids, std::vector<Present>& present) {
    std::vector<Object> objects;
    view.hydrate(ids, objects);
    std::vector<Link> links;
    view.links(ids, {}, links);
    auto link = links.begin();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto end =
            std::find_if(link, links.end(), [&](const Link& l) { return l.source != ids[i]; });
        present.push_back({ids[i], std::move(objects[i]), {link, end}});
        link = end;
    }
}

}  // namespace

std::optional<Changed> changed_since(View& view, const Schema& schema, CommitNumber after,
                                     std::vector<ObjectId> ids) {
    Changed changed;
    changed.last = view.last_commit();
    if (changed.last > after && !view.commit(CommitNumber(after.value + 1))) {
        return std::nullopt;
    }
    for (const auto& space : schema.spaces()) {
        view.changed_since(space.id, after, [&](const Change& change) {
            if (ids.size() <= limits::kCatchUpObjects) {
                ids.push_back(change.object);
            }
        });
    }
    if (ids.size() > limits::kCatchUpObjects) {
        return std::nullopt;
    }
    std::ranges::sort(ids);
    const auto repeated = std::ranges::unique(ids);
    ids.erase(repeated.begin(), repeated.end());
    for (std::size_t begin = 0; begin < ids.size(); begin += limits::kPageObjects) {
        const std::size_t count = std::min(limits::kPageObjects, ids.size() - begin);
        read_page(view, std::span(ids).subspan(begin, count), changed.objects);
    }
    changed.keys = read_keys(view);
    return changed;
}

}  // namespace muster::resident
