#include <fmt/format.h>

#include <cmath>

#include "run/sync_state.h"

namespace muster {

namespace {

/// How many there are of what a limit is a share of.
std::uint64_t population_of(const Schema& schema, std::span<const Population> population,
                            TypeId type, LimitKind kind) {
    std::uint64_t total = 0;
    for (const auto& row : population) {
        const bool links = static_cast<bool>(row.attribute);
        if (row.type == type && links == (kind == LimitKind::removals) &&
            (!links || schema.attribute(row.attribute).owner == type)) {
            total += row.count;
        }
    }
    return total;
}

std::string grouped(std::uint64_t n) {
    auto text = fmt::format("{}", n);
    for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return text;
}

std::string reason_of(const Limit& limit, LimitKind kind, std::uint64_t planned,
                      std::uint64_t population) {
    const double share =
        population == 0 ? 100.0
                        : 100.0 * static_cast<double>(planned) / static_cast<double>(population);
    std::string allowed = limit.count ? grouped(*limit.count) : "";
    if (limit.percent) {
        allowed += fmt::format("{}{} %", allowed.empty() ? "" : " or ", *limit.percent);
    }
    return fmt::format("{} planned {} of {} ({:.1f} %) exceed the limit of {}", grouped(planned),
                       limit_kind_name(kind), grouped(population), share, allowed);
}

bool exceeds(const Limit& limit, std::uint64_t planned, std::uint64_t population) {
    if (planned == 0) {
        return false;
    }
    if (limit.count && planned > *limit.count) {
        return true;
    }
    return limit.percent && static_cast<double>(planned) >
                                std::ceil(static_cast<double>(population) * *limit.percent / 100.0);
}

/// Calls `verdict(count, limit, population, over)` for every kind of planned change of a system.
template <class F>
void weigh(const Configuration& configuration, View& view, SpaceId system, F&& verdict) {
    const auto counts = view.planned(system);
    if (counts.empty()) {
        return;
    }
    const auto population = view.population(system);
    for (const auto& count : counts) {
        const auto& limit =
            configuration.type_settings(count.type).limits[static_cast<std::size_t>(count.kind)];
        const auto of = population_of(configuration.schema, population, count.type, count.kind);
        verdict(count, limit, of, exceeds(limit, count.planned, of));
    }
}

std::uint64_t sweep(Store& store, SpaceId system, TypeId type, LimitKind kind, ExportSweep::To to) {
    const auto view = store.view();
    std::uint64_t held = 0;
    for (const auto& count : view->planned(system)) {
        held += count.type == type && count.kind == kind ? count.held : 0;
    }
    ChangeSet changes;
    changes.time = now();
    changes.sweeps.push_back({system, type, kind, to});
    store.commit(changes);
    return held;
}

}  // namespace

std::uint64_t apply_limits(Step& step, View& view) {
    std::uint64_t held = 0;
    ChangeSet changes = step.changes();
    for (const auto& connected : step.context().configuration.systems) {
        const auto system = connected.space;
        weigh(step.context().configuration, view, system,
              [&](const View::PlannedCount& count, const Limit&, std::uint64_t, bool over) {
                  if (over && count.held < count.planned) {
                      changes.sweeps.push_back(
                          {system, count.type, count.kind, ExportSweep::To::held});
                  } else if (!over && count.held > 0) {
                      changes.sweeps.push_back(
                          {system, count.type, count.kind, ExportSweep::To::planned});
                  }
                  held += over ? count.planned : 0;
              });
    }
    step.context().store.commit(changes);
    return held;
}

std::vector<Hold> holds(const Configuration& configuration, View& view) {
    std::vector<Hold> result;
    for (const auto& system : configuration.systems) {
        weigh(
            configuration, view, system.space,
            [&](const View::PlannedCount& count, const Limit& limit, std::uint64_t population,
                bool) {
                if (count.held > 0) {
                    result.push_back({system.space, count.type, count.kind, count.held, population,
                                      reason_of(limit, count.kind, count.held, population)});
                }
            });
    }
    return result;
}

std::uint64_t release(const Configuration&, Store& store, SpaceId system, TypeId type,
                      LimitKind kind) {
    return sweep(store, system, type, kind, ExportSweep::To::released);
}

std::uint64_t discard(const Configuration&, Store& store, SpaceId system, TypeId type,
                      LimitKind kind) {
    return sweep(store, system, type, kind, ExportSweep::To::discarded);
}

}  // namespace muster
