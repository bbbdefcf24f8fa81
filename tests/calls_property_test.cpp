// Runs ask the store per page, never per object.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>

#include "config/load.h"
#include "store/forwarding_view.h"
#include "support/repository.h"
#include "support/temp_folder.h"
#include "world/world_run.h"

namespace muster::testing {
namespace {

struct Counters {
    std::atomic<int> calls = 0;
    std::atomic<int> whole_spaces = 0;  ///< of the calls, those that read every object of a space
};

class CountingView final : public ForwardingView {
 public:
    CountingView(std::unique_ptr<View> inner, Counters& counters)
        : ForwardingView(std::move(inner)), counters_(counters) {}

    void index(SpaceId space, const std::function<void(const IndexRow&)>& row) override {
        ++counters_.whole_spaces;
        ForwardingView::index(space, row);
    }

 private:
    View& inner() override {
        ++counters_.calls;
        return ForwardingView::inner();
    }
    Counters& counters_;
};

/// A store that counts the calls of its views and its commits.
class CountingStore final : public Store {
 public:
    explicit CountingStore(Store& inner) : inner_(inner) {}

    std::unique_ptr<View> view() override {
        return std::make_unique<CountingView>(inner_.view(), counters_);
    }
    CommitNumber commit(const ChangeSet& changes) override {
        ++counters_.calls;
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

    int take_calls() { return counters_.calls.exchange(0); }
    int take_whole_spaces() { return counters_.whole_spaces.exchange(0); }

 private:
    Store& inner_;
    Counters counters_;
};

/// What the imports of a system with `pages` pages of `page_objects` people cost in calls: the
/// first, one with nothing changed, one with everything changed.
std::vector<int> calls_of_imports(int pages, int page_objects) {
    const auto loaded = load_configuration(testing::repository_path("tests/scenarios/staff.yaml"));
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

/// The staff of tests/scenarios, of whom phones knows the id as well.
std::string staff_with_phones() {
    auto text = read_file(testing::repository_path("tests/scenarios/staff.yaml"));
    const std::string flows = "flows: { phone: phone, tags: tags }";
    const auto at = text.find(flows);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, flows.size(), "flows: { id: id, phone: phone, tags: tags }");
}

/// A staff of which every run is one step, and all fits into one page.
class Staff {
 public:
    explicit Staff(int people) : people_(people) {}

    /// What every step of their lives costs in calls: "hired import 12", "hired sync 40", …
    std::vector<std::string> calls_of_life() {
        each("hired", [](Row&, const std::string&) {});
        each("promoted", [this](Row& row, const std::string& key) {
            row.values[of(person_, "name")] = {"dr " + key};
        });
        each("moved",
             [this](Row& row, const std::string&) { row.values[of(person_, "site")] = {"oslo"}; });
        each("reorganised", [this](Row& row, const std::string& key) {
            row.values[of(person_, "manager")] = {key == "p2" ? "p3" : "p2"};
        });
        dissolve_team();
        give_phones();
        rows("phones").clear();
        each("leaving", [](Row& row, const std::string&) { row.anchor.clear(); });
        now_ += std::chrono::hours(24 * 31);
        steps("gone");
        return std::move(calls_);
    }

 private:
    AttributeId of(TypeId type, const char* name) const {
        return configuration_.schema.find_attribute(type, name);
    }
    std::vector<Row>& rows(const char* system) {
        return world_.systems().at(configuration_.schema.find_space(system)).rows;
    }

    /// Everybody, with one thing changed; a row that loses its anchor is left out.
    void each(const std::string& stage,
              const std::function<void(Row&, const std::string&)>& change) {
        rows("hr").clear();
        Row team{team_, "t", {}, {{of(team_, "id"), {"t"}}}};
        for (int i = 0; i < people_; ++i) {
            const std::string key = fmt::format("p{}", i);
            Row row{person_, key, {}, staff_[key]};
            if (row.values.empty()) {
                row.values = {{of(person_, "key"), {key}},
                              {of(person_, "id"), {key}},
                              {of(person_, "name"), {"Ann"}},
                              {of(person_, "site"), {"rome"}},
                              {of(person_, "manager"), {"p0"}}};
            }
            change(row, key);
            staff_[key] = row.values;
            team.values[of(team_, "members")].insert(key);
            if (!row.anchor.empty()) {
                rows("hr").push_back(std::move(row));
            }
        }
        rows("hr").push_back(std::move(team));
        steps(stage);
    }
    void dissolve_team() {
        rows("hr").back().values.erase(of(team_, "members"));
        steps("team dissolved");
    }
    void give_phones() {
        const auto line = configuration_.schema.find_type(phones_, "line");
        for (int i = 0; i < people_; ++i) {
            const std::string key = fmt::format("p{}", i);
            rows("phones").push_back({line,
                                      key,
                                      {},
                                      {{of(line, "number"), {key}},
                                       {of(line, "id"), {key}},
                                       {of(line, "phone"), {key}}}});
        }
        steps("phoned", true);
    }

    void steps(const std::string& stage, bool full = false) {
        now_ += std::chrono::hours(1);
        for (const char* step : {"import", "sync", "export"}) {
            RunOptions options;
            options.import = step == std::string_view("import");
            options.sync = step == std::string_view("sync");
            options.exports = step == std::string_view("export");
            options.full = full;
            options.threads = 1;
            options.connectors = world_.connectors();
            options.clock = [this] { return now_; };
            store_.take_calls();
            const auto summary = run(configuration_, store_, options);
            EXPECT_EQ(summary.status, StepStatus::done) << stage << ' ' << step;
            calls_.push_back(fmt::format("{} {} {}", stage, step, store_.take_calls()));
            const int whole_spaces = store_.take_whole_spaces();
            EXPECT_EQ(whole_spaces, options.import ? 3 : 0) << stage << ' ' << step;
        }
    }

    const int people_;
    const TempFolder folder_;
    const Loaded loaded_ = load_configuration(folder_.write("staff.yaml", staff_with_phones()));
    const Configuration& configuration_ = loaded_.configuration;
    const SpaceId phones_ = configuration_.schema.find_space("phones");
    const TypeId person_ =
        configuration_.schema.find_type(configuration_.schema.find_space("hr"), "person");
    const TypeId team_ =
        configuration_.schema.find_type(configuration_.schema.find_space("hr"), "team");
    WorldRun world_{configuration_};
    CountingStore store_{world_.store()};
    Instant now_ = muster::now();
    std::map<std::string, std::map<AttributeId, std::set<std::string>>> staff_;
    std::vector<std::string> calls_;
};

TEST(CallsProperty, EveryStepCostsCallsPerPageNotPerObject) {
    EXPECT_EQ(Staff(200).calls_of_life(), Staff(20).calls_of_life());
}

}  // namespace
}  // namespace muster::testing
