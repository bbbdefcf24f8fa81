// A system that keeps its own spelling of values is not written to again and again.

#include <gmock/gmock.h>

#include "base/text.h"
#include "config/load.h"
#include "support/repository.h"
#include "world/world_run.h"

namespace muster::testing {
namespace {

/// A directory that holds one attribute in capitals, whatever it is sent, and says that case does
/// not count there.
class Capitals final : public Connector {
 public:
    Capitals(std::unique_ptr<Connector> inner, MemorySystem& system, AttributeId attribute)
        : inner_(std::move(inner)), system_(system), attribute_(attribute) {}

    ReadResult read(const ReadRequest& request, EntrySink& sink) override {
        auto result = inner_->read(request, sink);
        result.equalities.emplace(attribute_, Equality::case_ignore);
        return result;
    }
    void fetch(std::span<const Locator> objects, EntrySink& sink, std::stop_token stop) override {
        inner_->fetch(objects, sink, std::move(stop));
    }
    void write(OperationStream& stream, std::stop_token stop) override {
        inner_->write(stream, std::move(stop));
        for (auto& row : system_.rows) {
            std::set<std::string> capitals;
            for (const auto& value : row.values[attribute_]) {
                capitals.insert(upper(value));
            }
            row.values[attribute_] = std::move(capitals);
        }
    }
    std::vector<DiscoveredType> discover() override { return inner_->discover(); }

 private:
    std::unique_ptr<Connector> inner_;
    MemorySystem& system_;
    AttributeId attribute_;
};

class SpellingProperty : public ::testing::Test {
 protected:
    void employ(const std::string& name) {
        auto& rows = world.systems().at(hr).rows;
        rows.clear();
        rows.push_back({person,
                        "1",
                        {},
                        {{attribute(person, "id"), {"1"}},
                         {attribute(person, "name"), {name}},
                         {attribute(person, "active"), {"true"}}}});
    }

    /// Runs everything; returns how often the directory was written to.
    std::uint64_t run_all() {
        const auto before = directory().operations;
        RunOptions options;
        options.threads = 1;
        options.connectors = [&](SpaceId system) -> std::unique_ptr<Connector> {
            auto inner = world.connectors()(system);
            if (system != moving) {
                return inner;
            }
            return std::make_unique<Capitals>(std::move(inner), directory(),
                                              attribute(account, "cn"));
        };
        const auto summary = run(configuration, world.store(), options);
        EXPECT_EQ(summary.status, StepStatus::done);
        return directory().operations - before;
    }

    std::set<std::string> held() { return directory().rows.at(0).values[attribute(account, "cn")]; }
    MemorySystem& directory() { return world.systems().at(moving); }
    AttributeId attribute(TypeId type, const char* name) const {
        return configuration.schema.find_attribute(type, name);
    }

    const Loaded loaded =
        load_configuration(testing::repository_path("tests/scenarios/accounts.yaml"));
    const Configuration& configuration = loaded.configuration;
    const SpaceId hr = configuration.schema.find_space("hr");
    const TypeId person = configuration.schema.find_type(hr, "person");
    const SpaceId moving = configuration.schema.find_space("moving");
    const TypeId account = configuration.schema.find_type(moving, "account");
    WorldRun world{configuration};
};

TEST_F(SpellingProperty, AValueThatASystemSpellsOtherwiseIsSentOnce) {
    employ("Ann");
    EXPECT_EQ(run_all(), 1u);
    EXPECT_THAT(held(), ::testing::ElementsAre("ANN"));
    EXPECT_EQ(run_all(), 0u);

    employ("aNN");  // which somebody may want
    EXPECT_EQ(run_all(), 1u);
    EXPECT_EQ(run_all(), 0u);

    employ("Bea");
    EXPECT_EQ(run_all(), 1u);
    EXPECT_THAT(held(), ::testing::ElementsAre("BEA"));
    EXPECT_EQ(run_all(), 0u);
}

}  // namespace
}  // namespace muster::testing
