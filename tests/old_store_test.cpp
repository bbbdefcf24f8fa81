// A store that the first version of Muster made (tests/stores/first), taken over by this one.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include "base/time.h"
#include "config/load.h"
#include "run/run.h"
#include "store/open_store.h"
#include "store/sqlite/connection.h"
#include "support/repository.h"
#include "support/temp_folder.h"

namespace muster::testing {
namespace {

using ::testing::IsEmpty;

/// What an object is, without its number: what it is called, whether it leaves, and who it is
/// joined to.
struct Known {
    std::string what;
    ObjectId joined;
    std::optional<Instant> due;
    friend bool operator==(const Known&, const Known&) = default;
};

class OldStoreTest : public ::testing::Test {
 protected:
    OldStoreTest() {
        for (const auto& file :
             std::filesystem::directory_iterator(repository_path("tests/stores/first"))) {
            std::filesystem::copy(file.path(), folder_.file(file.path().filename().string()));
        }
        sqlite::Connection(folder_.file("muster.db"), sqlite::Connection::Open::write)
            .execute(read_file(folder_.file("store.sql")));
        configuration_ = load_configuration(folder_.file("muster.yaml")).configuration;
        open();
    }

    /// As a process that starts.
    void open() {
        store_.reset();
        store_ = open_store(folder_.file("muster.db"), configuration_.schema, StoreAccess::write);
    }

    std::map<ObjectId, Known> objects() {
        std::map<ObjectId, Known> result;
        const auto view = store_->view();
        for (const auto& type : configuration_.schema.types()) {
            std::vector<ObjectId> ids;
            view->objects(type.id, {}, 1'000, ids);
            std::vector<Object> of_type;
            view->hydrate(ids, of_type);
            for (const auto& object : of_type) {
                std::string what = type.name + " " + std::string(state_name(object.state));
                for (const auto& value : object.attributes) {
                    what += " " + std::string(value.text);
                }
                result.emplace(object.id, Known{what, object.joined, object.due});
            }
        }
        return result;
    }

    std::vector<Link> links() {
        std::vector<Link> all;
        store_->view()->scan_links([&](const Link& link) { all.push_back(link); });
        std::ranges::sort(all);
        return all;
    }

    std::vector<std::string> pending() {
        std::vector<std::string> rows;
        for (const auto& system : configuration_.systems) {
            store_->view()->exports(system.space, {}, [&](const Export& row) {
                rows.push_back(std::string(export_kind_name(row.kind)) + " " +
                               std::string(export_state_name(row.state)));
            });
        }
        return rows;
    }

    /// One day after the last run of the old program, when nobody's grace is over.
    RunSummary run() {
        RunOptions options;
        options.clock = [] { return *parse_instant("2026-11-29T04:00:00Z"); };
        return muster::run(configuration_, *store_, options);
    }

    std::string targets() const {
        return read_file(folder_.file("directory.ldif")) + read_file(folder_.file("groups.ldif"));
    }

    TempFolder folder_;
    Configuration configuration_;
    std::unique_ptr<Store> store_;
};

/// Whom no deletion source had ever had left, in that version, before it got any value.
bool is_nobody(const Known& known) {
    return known.what == "person leaving";
}

TEST_F(OldStoreTest, KeepsEverybodyAndSendsNothing) {
    const auto before = objects();
    const auto links_before = links();
    const auto targets_before = targets();
    EXPECT_EQ(before.size(), 19u);
    EXPECT_EQ(links_before.size(), 21u);
    EXPECT_EQ(pending(), std::vector<std::string>{"delete held"});

    const auto summary = run();
    EXPECT_EQ(summary.exit_code(), 3) << "what was held is held";
    for (const auto& step : summary.steps) {
        EXPECT_NE(step.kind, "export");
        EXPECT_THAT(step.items, IsEmpty());
    }
    EXPECT_EQ(targets(), targets_before);
    EXPECT_EQ(links(), links_before);
    EXPECT_EQ(pending(), std::vector<std::string>{"delete held"});
    const auto after = objects();
    for (const auto& [id, known] : before) {
        const bool of_nobody = known.joined && is_nobody(before.at(known.joined));
        if (!is_nobody(known) && !of_nobody) {
            ASSERT_TRUE(after.contains(id)) << known.what;
            EXPECT_EQ(after.at(id), known) << known.what << " / " << after.at(id).what;
        }
    }

    open();
    const auto commits = store_->view()->last_commit();
    EXPECT_EQ(run().exit_code(), 3);
    EXPECT_EQ(store_->view()->last_commit(), commits);
}

TEST_F(OldStoreTest, MendsWhoWasLeftWithoutValues) {
    const auto before = objects();
    const auto nobody =
        std::ranges::find_if(before, [](const auto& o) { return is_nobody(o.second); });
    ASSERT_NE(nobody, before.end());
    run();
    const auto after = objects();
    EXPECT_FALSE(after.contains(nobody->first));
    const auto badge = std::ranges::find_if(
        before, [&](const auto& o) { return o.second.joined == nobody->first; });
    ASSERT_NE(badge, before.end());
    const auto& owner = after.at(after.at(badge->first).joined);
    EXPECT_EQ(owner.what, "person unclaimed 9 Zed Oak");
    EXPECT_FALSE(owner.due);
}

}  // namespace
}  // namespace muster::testing
