#include "world/world_run.h"

#include "world/disturbed_store.h"
#include "world/test_store.h"

namespace muster::testing {

WorldRun::WorldRun(const Configuration& configuration, Knobs knobs)
    : configuration_(&configuration), knobs_(knobs), systems_(make_systems(configuration)) {
    open();
}

void WorldRun::open() {
    store_.reset();  // before the lock is taken again
    store_ = open_test_store(
        folder_.file("store.db"), configuration_->schema,
        knobs_.reopen || knobs_.in_file ? StoreAccess::write : StoreAccess::preview);
    if (knobs_.conflicts > 0) {
        store_ = std::make_unique<DisturbedStore>(std::move(store_), conflicts_left_);
    }
}

void WorldRun::reconfigure(const Configuration& configuration) {
    shelve();
    configuration_ = &configuration;
    systems_ = make_systems(configuration);
    unshelve();
    open();
}

void WorldRun::shelve() {
    const auto& schema = configuration_->schema;
    for (const auto& [space, system] : systems_) {
        for (const auto& row : system.rows) {
            ShelvedRow shelved{schema.space(space).name, schema.type(row.type).name, row.anchor,
                               row.name, row.unnamed};
            for (const auto& [attribute, values] : row.values) {
                shelved.values[schema.attribute(attribute).name] = values;
            }
            shelf_.push_back(std::move(shelved));
        }
    }
}

void WorldRun::unshelve() {
    const auto& schema = configuration_->schema;
    std::erase_if(shelf_, [&](const ShelvedRow& shelved) {
        const auto space = schema.find_space(shelved.system);
        const auto type = space ? schema.find_type(space, shelved.type) : TypeId{};
        if (!type) {
            return false;
        }
        Row row{type, shelved.anchor, shelved.name, {}};
        for (const auto& [name, values] : shelved.values) {
            if (const auto attribute = schema.find_attribute(type, name)) {
                row.values[attribute] = values;
            } else {
                row.unnamed[name] = values;
            }
        }
        systems_.at(space).rows.push_back(std::move(row));
        systems_.at(space).anchors_given += 1'000;
        return true;
    });
}

ConnectorFactory WorldRun::connectors() {
    return [this](SpaceId system) { return connect(*configuration_, systems_.at(system)); };
}

RunOptions WorldRun::options(const Run& run, Instant now) {
    RunOptions options;
    options.systems = run.systems;
    options.accept_incomplete = run.accept_incomplete;
    options.import = run.import;
    options.sync = run.sync;
    options.exports = run.exports;
    options.full = run.full ? std::optional(true) : std::nullopt;
    options.page_objects = knobs_.page_objects;
    options.threads = knobs_.threads;
    options.connectors = connectors();
    options.clock = [now] { return now; };
    return options;
}

RunSummary WorldRun::run(const Run& run, Instant now) {
    if (knobs_.reopen) {
        open();
    }
    conflicts_left_ = knobs_.conflicts;
    const Truncation truncation(run.truncated, configuration_->schema, systems_);
    auto summary = muster::run(*configuration_, *store_, options(run, now));
    require_agreement(*store_);
    return summary;
}

void WorldRun::preview(const Run& run, Instant now,
                       const std::function<void(Store&, const Preview&)>& show) {
    store_.reset();
    const Truncation truncation(run.truncated, configuration_->schema, systems_);
    {
        const auto store =
            open_test_store(folder_.file("store.db"), configuration_->schema, StoreAccess::preview);
        show(*store, muster::preview(*configuration_, *store, options(run, now)));
    }
    open();
}

std::uint64_t WorldRun::operations() const {
    std::uint64_t sum = 0;
    for (const auto& [space, system] : systems_) {
        sum += system.operations;
    }
    return sum;
}

std::uint64_t WorldRun::refusals() const {
    std::uint64_t sum = 0;
    for (const auto& [space, system] : systems_) {
        sum += system.refusals;
    }
    return sum;
}

}  // namespace muster::testing
