#include "run/target_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/dn.h"
#include "model/connector_settings.h"

namespace muster {

namespace {

/// Whether what refers to the object by its name has to be told. Another spelling is the same name.
bool loses_name(const Delta& planned) {
    return planned.name && normalize_dn(planned.name->first) != normalize_dn(planned.name->second);
}

}  // namespace

/// Those who refer to an object say its name, or its anchor where there are no names: they are told
/// when it gets another one, and need not be where it is not to get one any more.
void TargetPlanner::note_rename(const Work::Target& target) {
    const Object& actual = *target.actual;
    const auto& system = state_.book.configuration().system(schema_.space_of(actual.type));
    const bool named = find_connector_spec(system.connector)->named;
    const auto renames = [&](const Delta& delta) {
        return named ? loses_name(delta) : delta.anchor.has_value();
    };
    if (renames(target.plan.delta)) {
        state_.target_links.renamed.emplace(actual.id, named ? actual.name : actual.anchor);
    } else if (target.pending != nullptr && renames(target.pending->delta)) {
        state_.target_links.kept_names.insert(actual.id);
    }
}

void TargetPlanner::write(Work& work, Work::Target& target, ChangeSet& changes) {
    if (target.actual != nullptr && target.actual->state != ObjectState::provisioning) {
        note_rename(target);
    }
    switch (target.plan.kind) {
        case TargetPlan::Kind::undecided:
            return;
        case TargetPlan::Kind::nothing:
            drop_export(work, target, changes);
            return;
        case TargetPlan::Kind::create:
            if (target.actual == nullptr) {
                create_target(work, target, changes);
            } else {
                replan_creation(work, target, changes);
            }
            return;
        case TargetPlan::Kind::update:
            update_target(work, target, changes);
            return;
        case TargetPlan::Kind::disable:
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
            drop_export(work, target, changes);
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
            return target.actual != nullptr && target.plan.delta.anchor &&
                   target.plan.delta.anchor->second != target.actual->anchor;
        case TargetPlan::Kind::update:
            return target.plan.delta.anchor && target.pending != nullptr &&
                   target.pending->state != ExportState::sent;
        case TargetPlan::Kind::disable:
        case TargetPlan::Kind::undecided:
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
        std::vector<std::optional<Export>> rows;
        state_.view.exports(holders, rows);
        for (std::size_t i = 0; i < holders.size(); ++i) {
            if (holders[i]) {
                const bool leaves = rows[i] && rows[i]->state == ExportState::planned &&
                                    (rows[i]->kind == ExportKind::erase || rows[i]->delta.anchor);
                anchor_holders_.emplace(digest(of_type[i], type.value),
                                        AnchorHolder{holders[i], leaves});
            }
        }
    }
}

TargetPlanner::AnchorUse TargetPlanner::use_of(const Work& work, TypeId type,
                                               const std::string& anchor, ObjectId self) {
    const auto key = digest(anchor, type.value);
    const auto holder = anchor_holders_.find(key);
    const auto [staged, first] = state_.anchors_taken.try_emplace(key, work.id);
    if (!first && staged->second != work.id) {
        return AnchorUse::taken;
    }
    if (holder == anchor_holders_.end() || holder->second.id == self) {
        return AnchorUse::free;
    }
    // What is planned for the holder is known once everything else is planned.
    return holder->second.leaves && state_.anchor_looks > 0 ? AnchorUse::leaves : AnchorUse::taken;
}

/// Who may get the anchor yet looks again in this sync; who does not, in the next.
void TargetPlanner::anchor_is_taken(Work& work, TypeId type, const std::string& anchor,
                                    ChangeSet& changes) {
    if (!state_.last_anchor_look) {
        state_.wanting_anchor.try_emplace(work.id, Job{work.job.cause, false, {}});
        return;
    }
    const auto& of = schema_.type(type);
    const auto holder = anchor_holders_.find(digest(anchor, type.value));
    const auto& system = schema_.space(of.space).name;
    state_.step.item(
        work.connectors.front(),
        {"anchor-taken",
         fmt::format("the {} of {} that it ought to have, '{}', is {}; it is tried again in every "
                     "run. Give one of them another key, or let a join rule say that they are one",
                     of.name, system, anchor,
                     holder == anchor_holders_.end()
                         ? "to be another object's, too"
                         : fmt::format("another object's (muster show {}/{}/{})", system, of.name,
                                       anchor))});
    look_again(work, changes);
}

void TargetPlanner::update_target(Work& work, Work::Target& target, ChangeSet& changes) {
    const auto& actual = *target.actual;
    auto& delta = target.plan.delta;
    if (delta.anchor &&
        use_of(work, actual.type, delta.anchor->second, actual.id) == AnchorUse::taken) {
        anchor_is_taken(work, actual.type, delta.anchor->second, changes);
        delta.anchor.reset();  // everything else goes out all the same
        const auto& parts = schema_.type(actual.type).anchor;
        std::erase_if(delta.attributes, [&](const AttributeChange& change) {
            return std::ranges::count(parts, change.attribute) > 0;
        });
    }
    if (delta.empty()) {
        drop_export(work, target, changes);
    } else {
        write_export(work, target, actual.id, ExportKind::update, changes);
    }
}

void TargetPlanner::create_target(Work& work, Work::Target& target, ChangeSet& changes) {
    const auto& rule = state_.book.configuration().outbound[target.outbound];
    const std::string anchor =
        target.plan.delta.anchor ? target.plan.delta.anchor->second : std::string{};
    const auto use =
        anchor.empty() ? AnchorUse::free : use_of(work, rule.target, anchor, ObjectId{});
    if (use == AnchorUse::taken) {
        anchor_is_taken(work, rule.target, anchor, changes);
        return;
    }
    ObjectWrite write;
    write.kind = ChangeKind::create;
    auto& object = write.object;
    object.id = state_.ids.next();
    object.type = rule.target;
    object.state = ObjectState::provisioning;
    object.joined = work.id;
    object.anchor = use == AnchorUse::free ? anchor : std::string{};  // while it is another's
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
    std::string anchor = delta.anchor ? delta.anchor->second : std::string{};
    const auto use = anchor.empty() || anchor == actual.anchor
                         ? AnchorUse::free
                         : use_of(work, actual.type, anchor, actual.id);
    if (use == AnchorUse::taken) {
        anchor_is_taken(work, actual.type, anchor, changes);
        if (never_sent(actual, target.pending)) {
            erase_at_home(work, target, changes);
            state_.target_links.targets_changed.insert(work.id);
        }
        return;
    }
    if (use == AnchorUse::leaves) {
        anchor.clear();  // while it is another's
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

void TargetPlanner::write_export(Work& work, const Work::Target& target, ObjectId object,
                                 ExportKind kind, ChangeSet& changes) {
    const Export* pending = target.pending;
    if (pending != nullptr && pending->state == ExportState::sent) {
        look_again(work, changes);  // nobody knows yet what became of it
        return;
    }
    if (pending != nullptr && pending->kind == kind && pending->delta == target.plan.delta) {
        return;
    }
    ExportWrite write;
    auto& row = write.row;
    row.object = object;
    row.type = state_.book.configuration().outbound[target.outbound].target;
    row.kind = kind;
    row.delta = target.plan.delta;
    row.cause = work.job.cause;
    for (const auto& remark : target.plan.remarks) {
        state_.step.item(target.actual == nullptr ? work.self : *target.actual, remark);
    }
    changes.exports.push_back(std::move(write));
    state_.step.count("exports planned");
}

/// Has the metaverse object worked on in the next sync whatever changes.
void TargetPlanner::look_again(Work& work, ChangeSet& changes) {
    if (work.write) {
        if (work.write->kind != ChangeKind::erase) {
            work.write->object.retry = true;
        }
        return;
    }
    if (work.self.retry || !work.exists) {
        return;
    }
    ObjectWrite write;
    write.attributes_changed = write.identity_changed = false;
    write.object = work.self;
    write.object.retry = work.self.retry = true;
    changes.objects.push_back(std::move(write));
}

void TargetPlanner::drop_export(Work& work, const Work::Target& target, ChangeSet& changes) {
    if (!takes_back_links(target)) {
        if (target.pending != nullptr) {
            look_again(work, changes);  // nobody knows yet what became of it
        }
        return;
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
    row.state = ExportState::planned;
    row.delta = {};
    row.attempts = 0;
    row.error.clear();
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
        state_.newcomers.insert(actual.type);
    }
    state_.target_links.targets_changed.insert(work.id);
    state_.step.count("disconnected");
}

}  // namespace muster
