#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/rules.h"
#include "store/store.h"

namespace muster {

/// What one evaluating thread owns.
struct Worker {
    Rules rules;
    std::unique_ptr<View> view;
    boost::unordered_flat_map<std::string, std::uint32_t>
        provenance;  ///< numbers of patterns seen, by compact key
};

/// Evaluates pages on several threads. Results must not depend on how a page is cut.
class Workers {
 public:
    /// `threads` 0: as many as there are cores. Throws Error(configuration) where an expression
    /// does not compile.
    Workers(const RuleBook& book, Store& store, unsigned threads);

    /// Cuts [0, count) into one consecutive part per thread and runs `work(worker, begin, end)` on
    /// each. Blocks until all are done; rethrows what the first of them threw.
    void run(std::size_t count, const std::function<void(Worker&, std::size_t, std::size_t)>& work);

    /// For what the calling thread does alone.
    Worker& own() { return *workers_.front(); }
    std::size_t size() const { return workers_.size(); }

 private:
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace muster
