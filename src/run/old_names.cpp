#include "run/old_names.h"

#include <algorithm>
#include <map>

#include "base/dn.h"
#include "base/limits.h"
#include "model/delta.h"
#include "run/target_link_plan.h"

namespace muster {

namespace {

/// The names that an object once had, as the log tells.
std::vector<std::string> names_before(const Step& step, View& view, ObjectId object) {
    std::vector<std::string> names;
    for (const auto& change : view.history(object, limits::kPageObjects)) {
        if (change.kind == ChangeKind::update) {
            const auto delta = decode_delta(change.delta, change.type, step.schema());
            if (delta.name) {
                names.push_back(delta.name->first);
            }
        }
    }
    return names;
}

}  // namespace

bool is_written(const Configuration& configuration, const Schema& schema, AttributeId attribute) {
    const auto type = schema.attribute(attribute).owner;
    return std::ranges::any_of(configuration.outbound, [&](const OutboundRule& rule) {
        return rule.target == type && std::ranges::any_of(rule.flows, [&](const Flow& flow) {
                   return flow.target == attribute && !flow.initial_only;
               });
    });
}

void plan_old_names(const Step& step, View& view, std::span<const LostValue> values,
                    ChangeSet& changes) {
    std::map<ObjectId, std::vector<std::string>> names;  // of what was lost
    std::map<ObjectId, TargetWanted> wanted;
    for (const auto& value : values) {
        if (!is_written(step.context().configuration, step.schema(), value.attribute)) {
            continue;
        }
        for (const auto id : value.lost) {
            const auto [of_lost, first] = names.try_emplace(id);
            if (first) {
                of_lost->second = names_before(step, view, id);
            }
            if (std::ranges::any_of(of_lost->second,
                                    [&](const auto& name) { return same_dn(name, value.text); })) {
                auto& target = wanted[value.source];
                target.target = value.source;
                target.type = value.type;
                target.wanted.push_back({value.attribute, false, id, value.text});
            }
        }
    }
    std::vector<ObjectId> sources;
    for (const auto& [source, target] : wanted) {
        sources.push_back(source);
    }
    std::vector<ExportLink> pending;
    view.export_links(sources, pending);
    for (auto& row : pending) {
        auto& target = wanted.at(row.object);
        target.wanted.push_back({row.attribute, row.add, row.target, row.text});
        target.pending.push_back(std::move(row));
    }
    std::vector<TargetWanted> targets;
    for (auto& [source, target] : wanted) {
        std::ranges::sort(target.wanted);
        const auto repeated = std::ranges::unique(target.wanted);
        target.wanted.erase(repeated.begin(), repeated.end());
        targets.push_back(std::move(target));
    }
    LinkPlans plans;
    settle(view, targets, plans);
    std::ranges::move(plans.links, std::back_inserter(changes.export_links));
    std::ranges::move(plans.exports, std::back_inserter(changes.exports));
}

}  // namespace muster
