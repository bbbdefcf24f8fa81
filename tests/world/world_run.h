#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "run/preview.h"
#include "run/run.h"
#include "store/store.h"
#include "support/temp_folder.h"
#include "world/world.h"

namespace muster::testing {

/// In which way runs are made; none of it may matter for what they do.
struct Knobs {
    std::size_t page_objects = 4'000;
    unsigned threads = 1;
    bool reopen = false;     ///< keep the store in a file, and open it anew for every run
    bool in_file = false;    ///< keep it there anyway: another configuration may come
    unsigned conflicts = 0;  ///< commits of a run that find their objects changed meanwhile
};

/// A configuration with its systems in memory and a store of its own.
class WorldRun {
 public:
    explicit WorldRun(const Configuration& configuration, Knobs knobs = {});
    WorldRun(const WorldRun&) = delete;
    WorldRun& operator=(const WorldRun&) = delete;

    /// Goes on under another configuration, which must outlive this: systems, types and attributes
    /// are known again by their names, and what it does not have waits for one that has.
    void reconfigure(const Configuration& configuration);

    RunSummary run(const Run& run, Instant now);
    /// Previews a run in a store of its own over the same file (needs Knobs::reopen), and shows
    /// that store before it is forgotten.
    void preview(const Run& run, Instant now,
                 const std::function<void(Store&, const Preview&)>& show);
    Systems& systems() { return systems_; }
    Store& store() { return *store_; }
    std::unique_ptr<View> view() { return store_->view(); }
    ConnectorFactory connectors();
    CommitNumber last_commit() { return view()->last_commit(); }
    std::uint64_t operations() const;  ///< writes that reached any system
    std::uint64_t refusals() const;

 private:
    void open();
    RunOptions options(const Run& run, Instant now);

    /// A row whose system, type or attributes may be gone.
    struct ShelvedRow {
        std::string system;
        std::string type;
        std::string anchor;
        std::string name;
        std::map<std::string, std::set<std::string>> values;
    };
    void shelve();
    void unshelve();

    const Configuration* configuration_;
    Knobs knobs_;
    std::vector<ShelvedRow> shelf_;
    TempFolder folder_;
    Systems systems_;
    std::unique_ptr<Store> store_;
    unsigned conflicts_left_ = 0;
};

}  // namespace muster::testing
