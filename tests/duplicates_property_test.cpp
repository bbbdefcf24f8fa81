// An anchor that comes twice takes nothing back that a synchronisation has seen.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "config/load.h"
#include "support/repository.h"
#include "world/world_run.h"

namespace muster::testing {
namespace {

/// Reads what another connector reads, and calls `between` after every entry.
class ObservedConnector final : public Connector {
 public:
    using Between = std::function<void(int entries)>;
    ObservedConnector(std::unique_ptr<Connector> inner, Between between)
        : inner_(std::move(inner)), between_(std::move(between)) {}

    ReadResult read(const ReadRequest& request, EntrySink& sink) override {
        Sink observed(sink, between_);
        return inner_->read(request, observed);
    }
    void fetch(std::span<const Locator> objects, EntrySink& sink, std::stop_token stop) override {
        inner_->fetch(objects, sink, std::move(stop));
    }
    void write(OperationStream& stream, std::stop_token stop) override {
        inner_->write(stream, std::move(stop));
    }
    std::vector<DiscoveredType> discover() override { return inner_->discover(); }

 private:
    class Sink final : public EntrySink {
     public:
        Sink(EntrySink& inner, const Between& between) : inner_(inner), between_(between) {}
        void entry(const Entry& entry) override {
            inner_.entry(entry);
            between_(++entries_);
        }
        void problem(ReadProblem problem) override { inner_.problem(std::move(problem)); }

     private:
        EntrySink& inner_;
        const Between& between_;
        int entries_ = 0;
    };

    std::unique_ptr<Connector> inner_;
    Between between_;
};

/// The staff of tests/scenarios, read one entry a page.
class DuplicatesProperty : public ::testing::Test {
 protected:
    std::vector<Row>& rows() { return world.systems().at(hr).rows; }
    void employ(const std::string& key, const std::string& name) {
        rows().push_back({person,
                          key,
                          {},
                          {{attribute("key"), {key}},
                           {attribute("id"), {"p" + key}},
                           {attribute("name"), {name}},
                           {attribute("site"), {"rome"}}}});
    }

    /// Two rows of an anchor, and both say something new.
    void employ_twice(const std::string& key, const std::string& name, const std::string& other) {
        std::erase_if(rows(), [&](const Row& row) { return row.anchor == key; });
        employ(key, name);
        employ(key, other);
    }

    RunSummary import(const ObservedConnector::Between& between) {
        RunOptions options = one_step();
        options.systems = {hr};
        options.import = true;
        options.connectors = [&](SpaceId system) -> std::unique_ptr<Connector> {
            return std::make_unique<ObservedConnector>(world.connectors()(system), between);
        };
        return run(configuration, world.store(), options);
    }
    RunSummary import() {
        return import([](int) {});
    }
    RunSummary cut_short_import(int after) {
        return import([after](int entries) {
            if (entries == after) {
                throw Error(ErrorCode::connection, "the connection was lost");
            }
        });
    }
    RunSummary synchronise() {
        RunOptions options = one_step();
        options.sync = true;
        return run(configuration, world.store(), options);
    }

    /// What the store holds of a person, as "name state".
    std::string stored(std::string_view key) {
        ObjectId id;
        std::vector<Object> objects;
        const auto view = world.view();
        view->lookup(person, std::span(&key, 1), std::span(&id, 1));
        view->hydrate(std::span(&id, 1), objects);
        if (!objects.front().id) {
            return "none";
        }
        return fmt::format("{} {}", objects.front().attributes.first(attribute("name")),
                           objects.front().state == ObjectState::gone ? "gone" : "there");
    }

    AttributeId attribute(const char* name) const {
        return configuration.schema.find_attribute(person, name);
    }
    RunOptions one_step() {
        RunOptions options;
        options.import = options.sync = options.exports = false;
        options.page_objects = options.threads = 1;
        options.connectors = world.connectors();
        return options;
    }

    const Loaded loaded =
        load_configuration(testing::repository_path("tests/scenarios/staff.yaml"));
    const Configuration& configuration = loaded.configuration;
    const SpaceId hr = configuration.schema.find_space("hr");
    const TypeId person = configuration.schema.find_type(hr, "person");
    WorldRun world{configuration};
};

std::vector<std::string> codes(const RunSummary& summary) {
    std::vector<std::string> result;
    for (const auto& step : summary.steps) {
        for (const auto& item : step.items) {
            result.push_back(item.code);
        }
    }
    return result;
}

const std::vector<std::string> kDuplicate{"duplicate-anchor"};

TEST_F(DuplicatesProperty, WhatNobodyHasSeenIsTakenBackToBeforeTheImportThatWasCutShort) {
    employ("1", "Ann");
    employ("2", "Bea");
    EXPECT_EQ(cut_short_import(1).status, StepStatus::failed);
    EXPECT_EQ(stored("1"), "Ann there");
    employ("1", "Amy");
    EXPECT_EQ(codes(import()), kDuplicate);
    EXPECT_EQ(stored("1"), "Ann gone");
    EXPECT_EQ(stored("2"), "Bea there");
}

TEST_F(DuplicatesProperty, WhatWasSynchronisedAfterAnImportWasCutShortStays) {
    employ("1", "Ann");
    employ("2", "Bea");
    EXPECT_EQ(cut_short_import(1).status, StepStatus::failed);
    EXPECT_EQ(synchronise().status, StepStatus::done);
    employ_twice("1", "Amy", "Ada");
    EXPECT_EQ(codes(import()), kDuplicate);
    EXPECT_EQ(stored("1"), "Ann there");
    EXPECT_EQ(stored("2"), "Bea there");
    rows().pop_back();
    EXPECT_EQ(import().status, StepStatus::done);
    EXPECT_EQ(stored("1"), "Amy there");
}

TEST_F(DuplicatesProperty, WhatWasJoinedWhileTheImportWentOnStays) {
    employ("1", "Ann");
    employ("2", "Bea");
    employ("1", "Amy");
    const auto before = world.last_commit();
    const auto summary = import([&](int entries) {
        if (entries == 2) {
            world.store().wait_beyond(before, std::chrono::seconds(30));
            EXPECT_EQ(synchronise().status, StepStatus::done);
        }
    });
    EXPECT_EQ(codes(summary), kDuplicate);
    EXPECT_EQ(stored("1"), "Ann there");
}

}  // namespace
}  // namespace muster::testing
