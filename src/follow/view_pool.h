#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "store/store.h"

namespace muster {

/// Views that are kept for the next who needs one: opening one opens a connection. Thread-safe.
/// Holds as many as were ever in use at once.
class ViewPool {
 public:
    explicit ViewPool(Store& store) : store_(store) {}

    /// Calls `use(view)`. A view whose use threw is not kept.
    template <class Use>
    void with(const Use& use) {
        std::unique_ptr<View> view = take();
        use(*view);
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(view));
    }

 private:
    std::unique_ptr<View> take() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                std::unique_ptr<View> view = std::move(idle_.back());
                idle_.pop_back();
                return view;
            }
        }
        return store_.view();
    }

    Store& store_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<View>> idle_;
};

}  // namespace muster
