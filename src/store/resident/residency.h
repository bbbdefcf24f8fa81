#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>

#include "store/resident/resident_spaces.h"

namespace muster::resident {

/// The spaces in memory, where they are: shared by a store, which writes them, and its views. Reads
/// take sets, so one lock a call costs little beside the answer.
class Residency {
 public:
    /// Keeps writers out while it lives. A thread holds one at a time and calls nobody back.
    class Reading {
     public:
        explicit Reading(const Residency& residency)
            : lock_(residency.mutex_), spaces_(residency.spaces_.get()) {}
        explicit operator bool() const { return spaces_ != nullptr; }
        const ResidentSpaces& operator*() const { return *spaces_; }
        const ResidentSpaces* operator->() const { return spaces_; }

     private:
        std::shared_lock<std::shared_mutex> lock_;
        const ResidentSpaces* spaces_;
    };
    Reading read() const { return Reading(*this); }

    /// Puts spaces in place of those it has; null: there are none any more, and all is direct.
    void hold(std::unique_ptr<ResidentSpaces> spaces) {
        {
            const std::unique_lock lock(mutex_);
            spaces_.swap(spaces);
        }  // what there was before is taken apart without the lock
    }
    /// Runs `change(spaces)` without readers; not at all where all is direct.
    template <class F>
    void change(F&& change) {
        const std::unique_lock lock(mutex_);
        if (spaces_) {
            change(*spaces_);
        }
    }

 private:
    mutable std::shared_mutex mutex_;
    std::unique_ptr<ResidentSpaces> spaces_;
};

}  // namespace muster::resident
