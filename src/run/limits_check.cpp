#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "run/import.h"
#include "run/sync_state.h"

namespace muster {

namespace {

/// How many there are of what a limit is a share of: what the system has, not what is planned.
std::uint64_t population_of(const Schema& schema, std::span<const Population> population,
                            std::span<const View::PlannedCount> planned, TypeId type,
                            LimitKind kind) {
    std::uint64_t total = 0;
    for (const auto& row : population) {
        const bool links = static_cast<bool>(row.attribute);
        if (row.type == type && links == (kind == LimitKind::removals) &&
            (!links || schema.attribute(row.attribute).owner == type)) {
            total += row.count;
        }
    }
    for (const auto& count : planned) {
        if (count.type == type && count.kind == LimitKind::creates && kind != LimitKind::removals) {
            total -= std::min(total, count.pending);
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
    if (planned <= limit.at_least) {
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
void weigh(const Configuration& configuration, std::span<const View::PlannedCount> counts,
           std::span<const Population> population, F&& verdict) {
    for (const auto& count : counts) {
        const auto& limit =
            configuration.type_settings(count.type).limits[static_cast<std::size_t>(count.kind)];
        const auto of =
            population_of(configuration.schema, population, counts, count.type, count.kind);
        verdict(count, limit, of, exceeds(limit, count.planned, of));
    }
}

std::uint64_t sweep(Store& store, SpaceId system, TypeId type, LimitKind kind, ExportSweep::To to) {
    const auto view = store.view();
    std::uint64_t held = 0;
    for (const auto& count : view->planned(system)) {
        if (count.type == type && count.kind == kind) {
            held += count.held + (to == ExportSweep::To::released ? count.discarded : 0);
        }
    }
    ChangeSet changes;
    changes.time = now();
    changes.sweeps.push_back({system, type, kind, to});
    store.commit(changes);
    return held;
}

/// Whether a type never had objects in its system, as far as is known: it is loaded for the first
/// time, and is as long as creations wait that were planned for that. The store remembers what was,
/// so that a target which is suddenly empty is none of them.
class FirstLoads {
 public:
    FirstLoads(Step& step, View& view) : step_(step), view_(view) {}

    bool is_one(const View::PlannedCount& creates, std::uint64_t population) const {
        const bool under_way = creates.pending > creates.planned + creates.discarded;
        return population == 0 && (under_way || view_.meta(name(creates.type)).empty());
    }
    bool may_begin(TypeId type) const {
        return incomplete_read(view_, step_.schema(), step_.schema().space_of(type)).empty();
    }
    void note(TypeId type, ChangeSet& changes) const {
        changes.meta.emplace_back(name(type), "yes");
    }
    /// Notes which types have objects.
    void note_what_is_there(SpaceId system, std::span<const Population> population,
                            std::span<const View::PlannedCount> counts, ChangeSet& changes) const {
        for (const auto type : step_.schema().space(system).types) {
            if (population_of(step_.schema(), population, counts, type, LimitKind::creates) > 0 &&
                view_.meta(name(type)).empty()) {
                note(type, changes);
            }
        }
    }

 private:
    std::string name(TypeId type) const {
        const auto& of = step_.schema().type(type);
        return "loaded " + step_.schema().space(of.space).name + "/" + of.name;
    }

    Step& step_;
    View& view_;
};

}  // namespace

std::uint64_t apply_limits(Step& step, View& view) {
    std::uint64_t held = 0;
    ChangeSet changes = step.changes();
    const FirstLoads first_loads(step, view);
    for (const auto& connected : step.context().configuration.systems) {
        const auto system = connected.space;
        const auto counts = view.planned(system);
        const auto objects = view.population(system);
        first_loads.note_what_is_there(system, objects, counts, changes);
        weigh(step.context().configuration, counts, objects,
              [&](const View::PlannedCount& count, const Limit&, std::uint64_t population,
                  bool over) {
                  if (count.kind == LimitKind::creates && count.planned > 0 &&
                      first_loads.is_one(count, population)) {
                      if (first_loads.may_begin(count.type)) {
                          changes.sweeps.push_back(
                              {system, count.type, count.kind, ExportSweep::To::planned});
                          changes.sweeps.push_back(
                              {system, count.type, count.kind, ExportSweep::To::excused});
                          first_loads.note(count.type, changes);
                      }
                      return;
                  }
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
        const auto counts = view.planned(system.space);
        weigh(
            configuration, counts, view.population(system.space),
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
