#include "run/target_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace muster {

void TargetPlanner::write(Work& work, Work::Target& target, ChangeSet& changes) {
    switch (target.plan.kind) {
        case TargetPlan::Kind::nothing:
            drop_export(target, changes);
            return;
        case TargetPlan::Kind::create:
            if (target.actual == nullptr) {
                create_target(work, target, changes);
            } else {
                replan_creation(work, target, changes);
            }
            return;
        case TargetPlan::Kind::update:
            if (target.plan.delta.name) {
                state_.target_links.renamed.emplace(target.actual->id, target.actual->name);
            }
            if (target.plan.delta.anchor &&
                !anchor_is_free(work, target.actual->type, target.plan.delta.anchor->second,
                                target.actual->id)) {
                return;
            }
            write_export(work, target, target.actual->id, ExportKind::update, changes);
            return;
        case TargetPlan::Kind::disable:
            if (target.plan.delta.name) {
                state_.target_links.renamed.emplace(target.actual->id, target.actual->name);
            }
            write_export(work, target, target.actual->id, ExportKind::disable, changes);
            return;
        case TargetPlan::Kind::erase:
            state_.target_links.targets_changed.insert(work.id);
            if (never_sent(*target.actual, target.pending)) {
                erase_at_home(work, target, changes);
            } else {
                write_export(work, target, target.actual->id, ExportKind::erase, changes);
            }
            return;
        case TargetPlan::Kind::disconnect:
            drop_export(target, changes);
            disconnect(work, target, changes);
            return;
    }
}

namespace {

/// Whether writing a target starts from the links that are pending for it.
bool takes_back_links(const Work::Target& target) {
    switch (target.plan.kind) {
        case TargetPlan::Kind::nothing:
        case TargetPlan::Kind::disconnect:
            return target.pending != nullptr && target.pending->state != ExportState::sent;
        case TargetPlan::Kind::erase:
            return never_sent(*target.actual, target.pending);
        case TargetPlan::Kind::create:
        case TargetPlan::Kind::update:
        case TargetPlan::Kind::disable:
            break;
    }
    return false;
}

}  // namespace

void TargetPlanner::look_up(std::span<const Work> page) {
    look_up_anchors(page);
    look_up_links(page);
}

void TargetPlanner::look_up_links(std::span<const Work> page) {
    std::vector<ObjectId> targets;
    for (const auto& work : page) {
        for (const auto& target : work.targets) {
            if (takes_back_links(target)) {
                targets.push_back(target.actual->id);
            }
        }
    }
    pending_links_.clear();
    if (!targets.empty()) {
        state_.view.export_links(targets, pending_links_);
        std::ranges::stable_sort(pending_links_, {}, &ExportLink::object);
    }
}

std::span<const ExportLink> TargetPlanner::pending_links(ObjectId object) const {
    const auto own = std::ranges::equal_range(pending_links_, object, {}, &ExportLink::object);
    return {own.begin(), own.end()};
}

void TargetPlanner::look_up_anchors(std::span<const Work> page) {
    std::map<TypeId, std::vector<std::string_view>> anchors;
    for (const auto& work : page) {
        for (const auto& target : work.targets) {
            if (target.plan.delta.anchor) {
                const auto& rule = state_.book.configuration().outbound[target.outbound];
                anchors[rule.target].push_back(target.plan.delta.anchor->second);
            }
        }
    }
    anchor_holders_.clear();
    for (const auto& [type, of_type] : anchors) {
        std::vector<ObjectId> holders(of_type.size());
        state_.view.lookup(type, of_type, holders);
        for (std::size_t i = 0; i < holders.size(); ++i) {
            if (holders[i]) {
                anchor_holders_.emplace(digest(of_type[i], type.value), holders[i]);
            }
        }
    }
}

bool TargetPlanner::anchor_is_free(const Work& work, TypeId type, const std::string& anchor,
                                   ObjectId self) {
    const auto key = digest(anchor, type.value);
    const auto holder = anchor_holders_.find(key);
    const auto [staged, first] = state_.anchors_taken.try_emplace(key, work.id);
    if ((first || staged->second == work.id) &&
        (holder == anchor_holders_.end() || holder->second == self)) {
        return true;
    }
    const auto& of = schema_.type(type);
    state_.step.item(work.connectors.front(),
                     {"anchor-taken",
                      fmt::format("the {} of {} that it ought to have, '{}', is another object's",
                                  of.name, schema_.space(of.space).name, anchor)});
    return false;
}

void TargetPlanner::create_target(Work& work, Work::Target& target, ChangeSet& changes) {
    const auto& rule = state_.book.configuration().outbound[target.outbound];
    const std::string anchor =
        target.plan.delta.anchor ? target.plan.delta.anchor->second : std::string{};
    if (!anchor.empty() && !anchor_is_free(work, rule.target, anchor, {})) {
        return;
    }
    ObjectWrite write;
    write.kind = ChangeKind::create;
    auto& object = write.object;
    object.id = state_.ids.next();
    object.type = rule.target;
    object.state = ObjectState::provisioning;
    object.joined = work.id;
    object.anchor = anchor;
    object.name = target.plan.delta.name->second;
    std::string document;
    encode(object.attributes, schema_, document);
    const auto d = digest(document);
    write.delta = fmt::format("{:016x}{:016x}", d.high, d.low);
    state_.step.count("provisioned");
    state_.target_links.targets_changed.insert(work.id);
    if (!state_.book.metaverse_type(work.self.type).target_references.empty()) {
        state_.target_links.all.insert(work.id);
    }
    write_export(work, target, object.id, ExportKind::create, changes);
    changes.objects.push_back(std::move(write));
}

ObjectWrite& TargetPlanner::connector_write(const Work& work, const Object& connector,
                                            ChangeSet& changes) {
    for (auto& write : std::span(changes.objects).subspan(work.first_write)) {
        if (write.object.id == connector.id) {
            return write;
        }
    }
    auto& write = changes.objects.emplace_back();
    write.attributes_changed = write.identity_changed = false;
    write.object = connector;
    return write;
}

void TargetPlanner::replan_creation(Work& work, Work::Target& target, ChangeSet& changes) {
    const Object& actual = *target.actual;
    const auto& delta = target.plan.delta;
    const std::string anchor = delta.anchor ? delta.anchor->second : std::string{};
    if (anchor != actual.anchor && !anchor.empty() &&
        !anchor_is_free(work, actual.type, anchor, actual.id)) {
        return;
    }
    if (delta.name->second != actual.name || anchor != actual.anchor) {
        auto& write = connector_write(work, actual, changes);
        Delta own;
        own.name = {actual.name, delta.name->second};
        if (anchor != actual.anchor) {
            own.anchor = {actual.anchor, anchor};
        }
        write.object.name = delta.name->second;
        write.object.anchor = anchor;
        write.identity_changed = true;
        write.delta.clear();
        encode(own, schema_, write.delta);
    }
    write_export(work, target, actual.id, ExportKind::create, changes);
}

void TargetPlanner::write_export(const Work& work, const Work::Target& target, ObjectId object,
                                 ExportKind kind, ChangeSet& changes) {
    const Export* pending = target.pending;
    const bool same =
        pending != nullptr && pending->kind == kind && pending->delta == target.plan.delta;
    if (same && pending->state != ExportState::sent) {
        return;
    }
    ExportWrite write;
    auto& row = write.row;
    row.object = object;
    row.type = state_.book.configuration().outbound[target.outbound].target;
    row.kind = kind;
    row.delta = target.plan.delta;
    row.attempts = same ? pending->attempts : 0;
    if (row.attempts >= limits::kExportAttempts) {
        row.state = ExportState::failed;
        row.error = "sent " + std::to_string(row.attempts) +
                    " times, and the system still shows something else";
    }
    row.cause = work.job.cause;
    changes.exports.push_back(std::move(write));
    state_.step.count("exports planned");
}

void TargetPlanner::drop_export(const Work::Target& target, ChangeSet& changes) const {
    if (!takes_back_links(target)) {
        return;  // sent ones are for the next read to confirm
    }
    if (pending_links(target.actual->id).empty()) {
        changes.exports.push_back({*target.pending, true});
        return;
    }
    if (target.pending->kind == ExportKind::update && target.pending->delta.empty()) {
        return;
    }
    Export row = *target.pending;
    row.kind = ExportKind::update;
    row.delta = {};
    row.attempts = 0;
    changes.exports.push_back({std::move(row), false});
}

void TargetPlanner::erase_at_home(const Work& work, const Work::Target& target,
                                  ChangeSet& changes) const {
    const Object& actual = *target.actual;
    if (target.pending != nullptr) {
        changes.exports.push_back({*target.pending, true});
    }
    for (const auto& link : pending_links(actual.id)) {
        changes.export_links.push_back({link, true});
    }
    auto& write = connector_write(work, actual, changes);
    write.kind = ChangeKind::erase;
    write.delta = erase_delta(schema_, actual, {});
}

void TargetPlanner::disconnect(Work& work, const Work::Target& target, ChangeSet& changes) {
    const Object& actual = *target.actual;
    auto& write = connector_write(work, actual, changes);
    Delta delta;
    delta.joined = {actual.joined, ObjectId{}};
    write.object.joined = {};
    write.delta.clear();
    encode(delta, schema_, write.delta);
    state_.parted.emplace(actual.id, work.id);
    if (state_.book.connector_type(actual.type).joins) {
        state_.unjoined.push_back(actual.id);  // to wait for whoever matches it next
    }
    state_.target_links.targets_changed.insert(work.id);
    state_.step.count("disconnected");
}

}  // namespace muster
