#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/session.h"

namespace muster {

/// The store of a run, processed in memory where the configuration says so, and what became of
/// that.
class RunStore {
 public:
    /// Opens the store, and reads all of it where it is to be held in memory. Blocks.
    RunStore(const Configuration& configuration, StoreAccess access);
    RunStore(const RunStore&) = delete;
    RunStore& operator=(const RunStore&) = delete;

    Store& operator*() const { return *store_; }
    Store* operator->() const { return store_.get(); }

    /// Prints what was said of processing in memory on `console.err`, a line each.
    void print_notes(const Console& console);

 private:
    std::mutex mutex_;  // guards notes_: whoever commits may add one
    std::vector<std::string> notes_;
    std::unique_ptr<Store> store_;
};

}  // namespace muster
