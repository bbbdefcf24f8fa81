#include <algorithm>

#include "engine/plan.h"
#include "run/exporter.h"

namespace muster {

/// What the outcomes so far change.
ChangeSet Exporter::take_outcomes() {
    ChangeSet changes = step_.changes();
    std::vector<Link> told;
    for (const auto& outcome : outcomes_) {
        const auto& flight = in_flight_.at(outcome.id);
        if (flight.kind == Operation::Kind::modify) {
            for (const auto& link : flight.links) {
                told.push_back(held_link(flight.object.id, link));
            }
        }
    }
    look_up(std::move(told));
    for (const auto& outcome : outcomes_) {
        const auto at = in_flight_.find(outcome.id);
        apply(outcome, at->second, changes);
        in_flight_.erase(at);
    }
    outcomes_.clear();
    auto noted = step_.changes();
    changes.items.insert(changes.items.end(), noted.items.begin(), noted.items.end());
    return changes;
}

void Exporter::write_outcomes() {
    if (!outcomes_.empty()) {
        step_.context().store.commit(take_outcomes());
    }
}

void Exporter::apply(const Outcome& outcome, InFlight& flight, ChangeSet& changes) {
    switch (outcome.result) {
        case Outcome::Result::done:
            apply_done(outcome, flight, changes);
            return;
        case Outcome::Result::refused:
            apply_refused(outcome, flight, changes);
            return;
        case Outcome::Result::unknown:
            step_.count("of unknown fate");
            result_.failure = outcome.message;
            return;  // stays sent: the next read of the system tells
        case Outcome::Result::unsent:
            step_.count("not sent");
            result_.failure = result_.failure.empty() ? outcome.message : result_.failure;
            flight.row.state = ExportState::planned;
            --flight.row.attempts;
            changes.exports.push_back({.row = flight.row, .delta_changed = false});
            return;
    }
}

void Exporter::apply_refused(const Outcome& outcome, InFlight& flight, ChangeSet& changes) {
    auto& row = flight.row;
    row.error = outcome.message;
    row.state =
        row.attempts >= limits::kExportAttempts ? ExportState::failed : ExportState::planned;
    changes.exports.push_back({.row = row, .delta_changed = false});
    step_.item(flight.object, {outcome.code, outcome.message});
}

namespace {

void move_link(Link link, bool open, Delta& delta, ChangeSet& changes) {
    delta.links.push_back({link.attribute, open, link.target, link.text});
    changes.links.push_back({std::move(link), open});
}

constexpr std::string_view kDoneNames[] = {"added", "modified", "moved", "removed"};

}  // namespace

void Exporter::apply_done(const Outcome& outcome, InFlight& flight, ChangeSet& changes) {
    step_.count(kDoneNames[static_cast<std::size_t>(flight.kind)]);
    Object& object = flight.object;
    ObjectWrite write;
    Delta delta;
    if (flight.kind == Operation::Kind::erase) {
        delta.state = {object.state, ObjectState::gone};
        object.state = ObjectState::gone;
        write.attributes_changed = write.identity_changed = false;
        changes.exports.push_back({flight.row, true});
    } else {
        const Object before = object;
        auto& planned = flight.row.delta;
        if (flight.kind == Operation::Kind::rename) {
            object.name = planned.name->second;
            planned.name.reset();
        } else {
            muster::apply(planned, object);
            planned = {};
        }
        if (flight.kind == Operation::Kind::create) {
            object.anchor = outcome.anchor.empty() ? object.anchor : outcome.anchor;
            object.state = object.anchor.empty() ? ObjectState::provisioning : ObjectState::normal;
            flight.row.kind = ExportKind::update;
        }
        delta.attributes = diff(before.attributes, object.attributes);
        if (before.name != object.name) {
            delta.name = {before.name, object.name};
        }
        if (before.anchor != object.anchor) {
            delta.anchor = {before.anchor, object.anchor};
        }
        if (before.state != object.state) {
            delta.state = {before.state, object.state};
        }
        if (flight.kind == Operation::Kind::create) {
            apply_first_links(flight, delta, changes);
        } else {
            apply_links(flight, delta, changes);
        }
        object.unconfirmed = true;
        result_.sent.push_back(object.id);
        if (flight.more) {
            flight.row.state = ExportState::planned;
            if (flight.kind == Operation::Kind::create) {
                refs(Stage::changes).push_back({object.id});
            }
        }
        changes.exports.push_back({flight.row, !flight.more});
        write.attributes_changed = !delta.attributes.empty();
    }
    object.payload = {};  // to be compared honestly with what the system shows next
    if (!delta.empty()) {
        encode(delta, step_.schema(), write.delta);
    }
    write.object = std::move(object);
    changes.objects.push_back(std::move(write));
}

/// What was sent is what the system holds now.
void Exporter::apply_links(InFlight& flight, Delta& delta, ChangeSet& changes) {
    std::map<Link, bool> after;  // what is both added and removed (renewed, and to go) ends removed
    for (auto& link : flight.links) {
        const auto [at, first] = after.emplace(held_link(flight.object.id, link), link.add);
        at->second = at->second && link.add;
        changes.export_links.push_back({std::move(link), true});
    }
    for (const auto& [link, open] : after) {
        if (holds(link) != open) {
            move_link(link, open, delta, changes);
        }
    }
    std::ranges::sort(delta.links);
}

/// What was created held nothing before.
void Exporter::apply_first_links(InFlight& flight, Delta& delta, ChangeSet& changes) {
    for (auto& link : flight.links) {
        move_link(held_link(flight.object.id, link), true, delta, changes);
        changes.export_links.push_back({std::move(link), true});
    }
    std::ranges::sort(delta.links);
}

ExportResult export_system(Step& step, Workers& workers, Connector& connector, SpaceId system) {
    Exporter exporter(step, *workers.own().view, system);
    connector.write(exporter, step.context().options.stop);
    exporter.finish();
    auto result = std::move(exporter).result();
    std::ranges::sort(result.sent);
    const auto repeated =
        std::ranges::unique(result.sent);  // created first, given its late links after
    result.sent.erase(repeated.begin(), repeated.end());
    return result;
}

}  // namespace muster
