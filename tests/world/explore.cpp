#include "world/explore.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <exception>

#include "store/store.h"

namespace muster::testing {

namespace {

std::string try_property(const World& world, const Property& property) {
    try {
        return property(world);
    } catch (const std::exception& error) {
        return std::string("it threw: ") + error.what();
    } catch (const Conflict& conflict) {
        return "it threw a conflict on object " + std::to_string(conflict.object.value);
    }
}

/// Leaves out steps and edits as long as the property is missing without them.
World shrink(World world, const Property& property) {
    const auto fails = [&](const World& smaller) {
        return !try_property(smaller, property).empty();
    };
    for (bool smaller = true; smaller;) {
        smaller = false;
        for (std::size_t s = world.steps.size(); s-- > 0;) {
            World without = world;
            if (s + 1 < world.steps.size()) {  // its edits may still be needed
                auto& next = without.steps[s + 1].edits;
                const auto& edits = world.steps[s].edits;
                next.insert(next.begin(), edits.begin(), edits.end());
                without.steps.erase(without.steps.begin() + static_cast<std::ptrdiff_t>(s));
                if (fails(without)) {
                    world = without;
                    smaller = true;
                    continue;
                }
            }
            for (std::size_t e = world.steps[s].edits.size(); e-- > 0;) {
                without = world;
                auto& edits = without.steps[s].edits;
                edits.erase(edits.begin() + static_cast<std::ptrdiff_t>(e));
                if (fails(without)) {
                    world = without;
                    smaller = true;
                }
            }
        }
    }
    for (auto& step : world.steps) {
        for (auto& edit : step.edits) {
            const auto all = edit.row.values;
            for (const auto& [attribute, values] : all) {
                auto kept = edit.row.values.extract(attribute);
                if (!fails(world)) {
                    edit.row.values.insert(std::move(kept));
                }
            }
        }
    }
    return world;
}

std::uint64_t number_from(const char* variable, std::uint64_t fallback) {
    const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

}  // namespace

void explore(Manner manner, std::uint64_t first_seed, std::size_t count, const Property& property) {
    const auto only = number_from("MUSTER_SEED", 0);
    const auto worlds = only != 0 ? 1 : number_from("MUSTER_WORLDS", count);
    for (std::uint64_t i = 0; i < worlds; ++i) {
        const auto seed = only != 0 ? only : first_seed + i;
        const auto world = random_world(seed, manner);
        if (!try_property(world, property).empty()) {
            const auto small = shrink(world, property);
            ADD_FAILURE() << "MUSTER_SEED=" << seed << "\n"
                          << describe(small) << "\n"
                          << try_property(small, property);
            return;
        }
    }
}

}  // namespace muster::testing
