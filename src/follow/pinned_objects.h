#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>

#include "follow/object_cache.h"

namespace muster {

/// A unit of work that sees all objects as of one commit, whatever is written meanwhile: from the
/// cache where what is there was the state then too, else from a view that keeps to that state.
/// One thread's; brief, as it holds the view and every object it has read.
class PinnedObjects {
 public:
    /// Pins the last commit there is. Both must outlive it. Throws Error(store), also where the
    /// store cannot keep to one state.
    PinnedObjects(Store& store, ObjectCache& cache);

    CommitNumber commit() const { return commit_; }
    /// None where there was none. Throws Error(store).
    Shared<Object> get(ObjectId id);

 private:
    ObjectCache& cache_;
    std::unique_ptr<View> view_;
    std::unique_ptr<ViewHold> hold_;
    CommitNumber commit_;
    boost::unordered_flat_map<ObjectId, Shared<Object>> read_;
};

}  // namespace muster
