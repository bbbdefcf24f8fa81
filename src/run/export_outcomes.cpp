#include <fmt/format.h>

#include <algorithm>

#include "base/dn.h"
#include "engine/kept_values.h"
#include "engine/plan.h"
#include "run/exporter.h"
#include "run/key_rows.h"
#include "run/naming.h"
#include "run/refusals.h"
#include "run/renamed_links.h"

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
    tell_referrers(changes);
    write_objects(changes);
    auto noted = step_.changes();
    changes.items.insert(changes.items.end(), noted.items.begin(), noted.items.end());
    return changes;
}

/// A rename leaves the old name behind in every value that refers to the object, unless the server
/// mends them: what refers to it is taken for unresolved until it has been told the new name or
/// read again.
void Exporter::tell_referrers(ChangeSet& changes) {
    loosened_.clear();
    if (renamed_.empty()) {
        return;
    }
    const RenamedLinks links(step_, view_, system_, std::exchange(renamed_, {}));
    links.plan_renewal(changes);
    if (connector_.may_mend_links()) {
        mended_.add(links);
    }
    loosened_ = links.sources();
    std::vector<ObjectId> others;
    std::ranges::copy_if(loosened_, std::back_inserter(others),
                         [this](ObjectId id) { return !written_.contains(id); });
    std::vector<Object> objects;
    view_.hydrate(others, objects);
    for (auto& object : objects) {
        auto& write = written_[object.id].write;
        write.attributes_changed = write.identity_changed = false;
        write.object = std::move(object);
    }
    for (const auto source : loosened_) {
        auto& [write, delta] = written_.at(source);
        write.object.payload = {};
        const auto of_source = links.changes_of(source);
        for (const auto& link : of_source) {
            changes.links.push_back(
                {{link.attribute, source, link.target, link.text}, link.opened});
        }
        delta.links.insert(delta.links.end(), of_source.begin(), of_source.end());
        std::ranges::sort(delta.links);
    }
}

void Exporter::write_objects(ChangeSet& changes) {
    for (auto& [id, written] : written_) {
        if (!written.delta.empty()) {
            encode(written.delta, step_.schema(), written.write.delta);
        }
        changes.objects.push_back(std::move(written.write));
    }
    written_.clear();
}

/// An object that has something left to be told joins those that are still to be sent, once.
void Exporter::send_later(ObjectId id) {
    if (!changing_) {
        changing_.emplace();
        for (const auto& ref : refs(Stage::changes)) {
            changing_->insert(ref.object);
        }
    }
    if (changing_->insert(id).second) {
        refs(Stage::changes).push_back({id});
        ++total_;
    }
}

void Exporter::write_outcomes() {
    if (outcomes_.empty()) {
        return;
    }
    const auto number = step_.context().store.commit(take_outcomes());
    for (auto& [id, flight] : in_flight_) {
        if (std::ranges::binary_search(loosened_, flight.object.id)) {
            flight.object.commit = number;
        }
    }
    for (const auto id : std::exchange(loosened_, {})) {
        send_later(id);
    }
}

void Exporter::apply(const Outcome& outcome, InFlight& flight, ChangeSet& changes) {
    switch (outcome.result) {
        case Outcome::Result::done:
            apply_done(outcome, flight, changes);
            return;
        case Outcome::Result::refused:
            if (outcome.partly && flight.kind == Operation::Kind::create) {
                flight.links.clear();  // it is there; what of them it holds, reading it shows
                flight.more = true;
                step_.item(flight.object, {outcome.code, outcome.message});
                apply_done(outcome, flight, changes);
            } else {
                apply_refused(outcome, flight, changes);
            }
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
    row.error = outcome.message.empty() ? outcome.code : outcome.message;
    row.state = ExportState::planned;
    if (outcome.partly) {
        result_.sent.push_back(flight.object.id);  // reading it shows what is left to do
    }
    changes.exports.push_back({.row = row, .delta_changed = false});
    changes.meta.emplace_back(refused_meta(step_.schema(), system_), "yes");
    refused_[static_cast<std::size_t>(flight.kind)].insert(flight.object.id);
    if (flight.kind == Operation::Kind::rename && outcome.tree) {
        not_moved_.insert(normalize_dn(flight.sent.name->second));
    }
    step_.item(flight.object, {outcome.code, outcome.message});
}

/// Says once what a system refused to all alike, and notes where nothing is refused any more.
void Exporter::end_refusals() {
    const auto& schema = step_.schema();
    if (gave_up_) {
        std::uint64_t waiting = 0;
        constexpr ExportState kPlanned = ExportState::planned;
        view_.exports(system_, std::span(&kPlanned, 1), [&](const Export&) { ++waiting; });
        step_.item({{},
                    {},
                    schema.space(system_).name,
                    {},
                    {},
                    "system-refuses",
                    fmt::format("it refuses everything with {}: {}; {} exports wait and are sent "
                                "in the next run",
                                streak_.code(), streak_.message(), waiting),
                    {}});
    }
    const auto meta = refused_meta(schema, system_);
    if (!view_.meta(meta).empty() && view_.refused(system_).count == 0) {
        ChangeSet changes = step_.changes();
        changes.meta.emplace_back(meta, std::string{});
        step_.context().store.commit(changes);
    }
}

namespace {

void move_link(Link link, bool open, Delta& delta, ChangeSet& changes) {
    delta.links.push_back({link.attribute, open, link.target, link.text});
    changes.links.push_back({std::move(link), open});
}

constexpr std::string_view kDoneNames[] = {"added", "modified", "moved", "removed"};

/// Takes from what is planned what was sent.
void subtract(const Delta& sent, Delta& planned) {
    if (sent.name) {
        planned.name.reset();
    }
    if (sent.anchor) {
        planned.anchor.reset();
    }
    std::erase_if(planned.attributes, [&](const AttributeChange& change) {
        return std::ranges::binary_search(sent.attributes, change.attribute, {},
                                          &AttributeChange::attribute);
    });
}

}  // namespace

void Exporter::apply_done(const Outcome& outcome, InFlight& flight, ChangeSet& changes) {
    step_.count(kDoneNames[static_cast<std::size_t>(flight.kind)]);
    const bool disabled =
        flight.kind == Operation::Kind::modify && flight.row.kind == ExportKind::disable;
    step_.count("disabled", disabled ? 1 : 0);
    Object& object = flight.object;
    // What one object is told in several pieces is one change of it.
    const bool first = told_.insert(object.id).second;
    step_.count("completed", !first && flight.kind == Operation::Kind::modify && !disabled ? 1 : 0);
    ObjectWrite write;
    Delta delta;
    if (flight.kind == Operation::Kind::erase) {
        delta.state = {object.state, ObjectState::gone};
        object.state = ObjectState::gone;
        write.attributes_changed = write.identity_changed = false;
        changes.exports.push_back({flight.row, true});
    } else {
        Object before = object;
        const auto name = std::exchange(before.name, flight.stored_name);
        muster::apply(flight.sent, object);
        for (const auto& change : flight.sent.attributes) {
            if (step_.context().book.write_only(change.attribute)) {
                note_given(step_.schema(), object, change.attribute, change.after);
            }
        }
        object.anchor = outcome.anchor.empty() ? object.anchor : outcome.anchor;
        if (flight.kind == Operation::Kind::rename) {
            if (outcome.tree) {
                moved_.note(name, object.name);
            }
            take_brought(step_.schema(), outcome.brought, object, flight.row.delta);
        }
        if (flight.kind == Operation::Kind::create) {
            object.state = object.anchor.empty() ? ObjectState::provisioning : ObjectState::normal;
            flight.row.kind = ExportKind::update;
            apply_first_links(flight, delta, changes);
        } else {
            apply_links(flight, delta, changes);
            note_renamed(before, object);
        }
        delta.attributes = diff(before.attributes, object.attributes);
        const Keyed old_keys{before.attributes, before.waiting};
        const Keyed new_keys{object.attributes, object.waiting};
        write_keys(step_.context().book, object.type, object.id, &old_keys, &new_keys,
                   changes.keys);
        if (before.name != object.name) {
            delta.name = {before.name, object.name};
        }
        if (before.anchor != object.anchor) {
            delta.anchor = {before.anchor, object.anchor};
        }
        if (before.state != object.state) {
            delta.state = {before.state, object.state};
        }
        object.unconfirmed = true;
        result_.sent.push_back(object.id);
        write_rest(flight, changes);
        write.attributes_changed = !delta.attributes.empty();
    }
    object.payload = {};  // to be compared honestly with what the system shows next
    write.object = std::move(object);
    written_.insert_or_assign(write.object.id, Written{std::move(write), std::move(delta)});
}

/// Those who refer to an object do so by its name, or by its anchor where there are no names.
void Exporter::note_renamed(const Object& before, const Object& after) {
    const auto& old_text = named_ ? before.name : before.anchor;
    const auto& new_text = named_ ? after.name : after.anchor;
    if (!old_text.empty() && old_text != new_text && !(named_ && same_dn(old_text, new_text))) {
        renamed_.emplace(before.id, old_text);
    }
}

/// What of an export is left once an operation was done.
void Exporter::write_rest(InFlight& flight, ChangeSet& changes) {
    auto& row = flight.row;
    subtract(flight.sent, row.delta);
    const bool more = flight.more || !row.delta.empty();
    if (more) {
        row.state = ExportState::planned;
        if (!refused(Operation::Kind::rename).contains(row.object)) {
            row.error.clear();
        }
        if (stage_ == Stage::creations || stage_ == Stage::anchors) {
            send_later(row.object);
        }
    }
    changes.exports.push_back({row, !more});
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

ExportResult export_system(Step& step, Workers& workers, Connector& connector, SpaceId system,
                           bool read_whole, const std::function<void()>& take_down_erased) {
    Exporter exporter(step, *workers.own().view, connector, system, read_whole);
    try {
        if (exporter.frees_first()) {
            connector.write(exporter, step.context().options.stop);
            exporter.go_on();
            take_down_erased();
        }
        connector.write(exporter, step.context().options.stop);
        if (exporter.looks_for_mended() && !step.stopping()) {
            exporter.look_for_mended(connector);
            connector.write(exporter, step.context().options.stop);
        }
    } catch (const Error&) {
        exporter.finish();  // what was told before it failed
        throw;
    }
    exporter.finish();
    auto result = std::move(exporter).result();
    std::ranges::sort(result.sent);
    const auto repeated =
        std::ranges::unique(result.sent);  // created first, given its late links after
    result.sent.erase(repeated.begin(), repeated.end());
    return result;
}

}  // namespace muster
