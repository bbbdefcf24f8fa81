#include "follow/pinned_objects.h"

#include <utility>
#include <vector>

#include "base/error.h"

namespace muster {

PinnedObjects::PinnedObjects(Store& store, ObjectCache& cache)
    : cache_(cache), view_(store.view()), hold_(view_->hold()) {
    if (!hold_)
        throw Error(ErrorCode::store, "the store cannot keep to one state");
    commit_ = view_->last_commit();
}

// A cache that has been told of everything up to the commit has no object older than it; an object
// that is not newer by its own number was the same then.
Shared<Object> PinnedObjects::get(ObjectId id) {
    if (const auto known = read_.find(id); known != read_.end())
        return known->second;
    Shared<Object> object = cache_.read(commit_).share(id);
    if (!object || object->commit > commit_) {
        std::vector<Object> objects;
        view_->hydrate(std::span(&id, 1), objects);
        object = objects.front().id ? Shared<Object>::make(std::move(objects.front())) : nullptr;
    }
    return read_.emplace(id, std::move(object)).first->second;
}

}  // namespace muster
