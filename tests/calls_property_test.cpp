// An import asks the store per page, never per object.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>

#include "config/load.h"
#include "store/forwarding_view.h"
#include "support/temp_folder.h"
#include "world/world_run.h"

namespace muster::testing {
namespace {

class CountingView final : public ForwardingView {
 public:
    CountingView(std::unique_ptr<View> inner, std::atomic<int>& calls)
        : ForwardingView(std::move(inner)), calls_(calls) {}

 private:
    View& inner() override {
        ++calls_;
        return ForwardingView::inner();
    }
    std::atomic<int>& calls_;
};

/// A store that counts the calls of its views and its commits.
class CountingStore final : public Store {
 public:
    explicit CountingStore(Store& inner) : inner_(inner) {}

    std::unique_ptr<View> view() override {
        return std::make_unique<CountingView>(inner_.view(), calls_);
    }
    CommitNumber commit(const ChangeSet& changes) override {
        ++calls_;
        return inner_.commit(changes);
    }
    ObjectId reserve_ids(std::size_t count) override { return inner_.reserve_ids(count); }
    ActivityId reserve_activity() override { return inner_.reserve_activity(); }
    std::uint32_t intern(const std::string& pattern) override { return inner_.intern(pattern); }
    std::unique_ptr<StoreLock> lock(std::string_view name) override { return inner_.lock(name); }
    std::uint64_t forget(Instant moment) override { return inner_.forget(moment); }
    StoreStatus status() override { return inner_.status(); }
    std::vector<std::string> check(
        std::size_t every_nth,
        const std::function<void(std::uint64_t, std::uint64_t)>& progress) override {
        return inner_.check(every_nth, progress);
    }

    int take_calls() { return calls_.exchange(0); }

 private:
    Store& inner_;
    std::atomic<int> calls_ = 0;
};

/// What the imports of a system with `pages` pages of `page_objects` people cost in calls: the
/// first, one with nothing changed, one with everything changed.
std::vector<int> calls_of_imports(int pages, int page_objects) {
    const auto loaded = load_configuration(MUSTER_ROOT "/tests/scenarios/staff.yaml");
    const Configuration& configuration = loaded.configuration;
    const Schema& schema = configuration.schema;
    const SpaceId hr = schema.find_space("hr");
    const TypeId person = schema.find_type(hr, "person");
    const auto attribute = [&](const char* name) { return schema.find_attribute(person, name); };
    WorldRun world(configuration);
    CountingStore store(world.store());
    std::vector<int> calls;
    for (const char* name : {"Ann", "Ann", "Bea"}) {
        for (int i = 0; i < pages * page_objects; ++i) {
            const std::string key = fmt::format("p{:06}", i);
            const std::string boss = fmt::format("p{:06}", i * 7 % (pages * page_objects));
            world.systems().at(hr).put({person,
                                        key,
                                        {},
                                        {{attribute("key"), {key}},
                                         {attribute("id"), {key}},
                                         {attribute("name"), {name}},
                                         {attribute("manager"), {boss}}}});
        }
        RunOptions options;
        options.systems = {hr};
        options.sync = options.exports = false;
        options.page_objects = static_cast<std::size_t>(page_objects);
        options.threads = 1;
        options.connectors = world.connectors();
        store.take_calls();
        const auto summary = run(configuration, store, options);
        EXPECT_EQ(summary.status, StepStatus::done);
        calls.push_back(store.take_calls());
    }
    return calls;
}

TEST(CallsProperty, AnImportCostsCallsPerPageNotPerObject) {
    const auto small = calls_of_imports(4, 20);
    EXPECT_EQ(calls_of_imports(4, 400), small) << "twenty times the objects in as many pages";
    const auto more_pages = calls_of_imports(8, 20);
    EXPECT_EQ(more_pages[1], small[1]) << "what did not change is not asked for";
    constexpr int kCallsPerPage = 8;
    EXPECT_LE(more_pages[0] - small[0], 4 * kCallsPerPage);
    EXPECT_LE(more_pages[2] - small[2], 4 * kCallsPerPage);
}

}  // namespace
}  // namespace muster::testing
