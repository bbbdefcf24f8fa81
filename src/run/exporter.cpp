#include "run/exporter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/plan.h"
#include "model/connector_settings.h"
#include "run/names_taken.h"
#include "run/naming.h"
#include "run/unread.h"

namespace muster {

namespace {

constexpr std::size_t kOperationsPerPage = 2'000;
constexpr std::size_t kNotLeft = SIZE_MAX;

/// The names of the attributes that make the first component of a DN, folded.
void add_naming_attributes(std::string_view name, std::vector<std::string>& names) {
    const auto dn = parse_dn(name);
    if (dn && !dn->empty()) {
        for (const auto& part : dn->front()) {
            names.push_back(fold(part.type));
        }
    }
}

}  // namespace

Exporter::Exporter(Step& step, View& view, const Connector& connector, SpaceId system,
                   bool read_whole)
    : step_(step),
      view_(view),
      connector_(connector),
      system_(system),
      read_whole_(read_whole),
      spelling_(find_connector_spec(step.context().configuration.system(system).connector)->named),
      named_(find_connector_spec(step.context().configuration.system(system).connector)->named),
      left_at_(kNotLeft),
      mended_(step, view) {
    collect();
}

void Exporter::collect() {
    const auto ranks = type_ranks(step_.schema(), system_);
    constexpr ExportState kPlanned = ExportState::planned;
    view_.exports(system_, std::span(&kPlanned, 1), [&](const Export& row) {
        if (!read_whole_ && needs_complete_read(row)) {
            step_.count("waiting");
            if (goes_without_its_name(row)) {
                refs(Stage::disables).push_back({row.object, 0, 0, 0, !row.error.empty()});
                ++total_;
            }
            return;
        }
        ExportRef ref{row.object, ranks.at(row.type)};
        ref.refused = !row.error.empty();
        ++total_;
        collect(row, ref);
    });
    set_levels(view_, refs(Stage::creations));
    for (const auto stage : {Stage::renames, Stage::anchors}) {
        set_levels(refs(stage), moves_[static_cast<std::size_t>(stage)]);
    }
    order_erasures(refs(Stage::erasures).empty() ? std::vector<Digest>{} : wanted_identities());
    for (auto& stage : refs_) {
        sort_exports(stage);
    }
    for (auto& moves : moves_) {
        moves = {};
    }
}

void Exporter::collect(const Export& row, ExportRef ref) {
    const auto& delta = row.delta;
    const auto add_move = [&](Stage stage, const BeforeAfter<std::string>& name,
                              const BeforeAfter<std::string>& anchor) {
        if (name || anchor) {
            moves_[static_cast<std::size_t>(stage)].push_back(
                {identity(row.type, name ? name->first : "", anchor ? anchor->first : ""),
                 identity(row.type, name ? name->second : "", anchor ? anchor->second : "")});
        }
    };
    const ExportRef unordered{row.object, 0, 0, 0, ref.refused};
    switch (row.kind) {
        case ExportKind::create:
            ref.depth = delta.name ? name_depth(delta.name->second) : 0;
            refs(Stage::creations).push_back(ref);
            add_move(Stage::creations, named_ ? delta.name : std::nullopt, {});
            add_move(Stage::creations, {}, delta.anchor);
            break;
        case ExportKind::update:
        case ExportKind::disable:
            refs(delta.anchor ? Stage::anchors : Stage::changes).push_back(unordered);
            add_move(Stage::anchors, {}, delta.anchor);
            if (delta.name) {
                if (row.kind == ExportKind::disable && !delta.attributes.empty()) {
                    refs(Stage::disables).push_back(unordered);
                }
                ref.rank = 0;  // what lies below comes along, whatever type it is of
                ref.depth = name_depth(delta.name->second);
                refs(Stage::renames).push_back(ref);
                add_move(Stage::renames, delta.name, {});
            }
            break;
        case ExportKind::erase:
            refs(Stage::erasures).push_back(ref);
            break;
    }
}

/// What tells two objects of a system apart: their names, or where there are none their anchors.
Digest Exporter::identity(TypeId type, std::string_view name, std::string_view anchor) const {
    return name.empty() ? digest(anchor, type.value) : digest(normalize_dn(name));
}

/// The names and anchors that objects are about to get, ascending.
std::vector<Digest> Exporter::wanted_identities() const {
    std::vector<Digest> wanted;
    for (const auto& moves : moves_) {
        for (const auto& move : moves) {
            wanted.push_back(move.to);
        }
    }
    std::ranges::sort(wanted);
    return wanted;
}

/// What goes has the depth of its present name, and everything in reverse: children before their
/// parents, what refers before what is referred to. What is in the way of others goes first.
void Exporter::order_erasures(std::span<const Digest> wanted) {
    std::vector<ObjectId> ids;
    std::vector<Object> objects;
    std::vector<ExportRef> rest;
    const std::span<ExportRef> all = refs(Stage::erasures);
    for (std::size_t begin = 0; begin < all.size(); begin += limits::kPageObjects) {
        const auto page = all.subspan(begin, std::min(limits::kPageObjects, all.size() - begin));
        ids.clear();
        for (const auto& ref : page) {
            ids.push_back(ref.object);
        }
        view_.hydrate(ids, objects);
        for (std::size_t i = 0; i < page.size(); ++i) {
            const auto& object = objects[i];
            page[i].depth = ~name_depth(object.name);
            page[i].rank = ~page[i].rank;
            const bool in_the_way =
                std::ranges::binary_search(wanted, identity(object.type, object.name, {})) ||
                std::ranges::binary_search(wanted, identity(object.type, {}, object.anchor));
            (in_the_way ? refs(Stage::freeing) : rest).push_back(page[i]);
        }
    }
    refs(Stage::erasures) = std::move(rest);
}

void Exporter::go_on() {
    write_outcomes();
    freed_ = true;
}

bool Exporter::looks_for_mended() const {
    return stage_ == Stage::renames && result_.failure.empty() &&
           at_ >= refs_[static_cast<std::size_t>(stage_)].size() && !mended_.empty();
}

void Exporter::look_for_mended(Connector& connector) {
    mended_.look(connector);
}

bool Exporter::group_is_exhausted() const {
    return ready_.empty() && at_ >= group_end_;
}

void Exporter::enter_next_group() {
    while (stage_ != Stage::done && at_ >= refs(stage_).size()) {
        if (frees_first() || looks_for_mended()) {
            return;
        }
        stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
        at_ = 0;
    }
    left_at_ = kNotLeft;
    group_end_ = at_;
    if (stage_ == Stage::done) {
        return;
    }
    const auto& all = refs(stage_);
    while (group_end_ < all.size() && all[group_end_].goes_with(all[at_])) {
        ++group_end_;
    }
}

/// Leaves the rest of a group to a later run, or for when something goes through after all.
void Exporter::leave_group() {
    if (group_is_exhausted()) {
        return;
    }
    left_at_ = at_;
    if (!ready_.empty()) {
        const auto first = in_flight_.at(ready_.front().id).object.id;
        const auto& all = refs(stage_);
        do {
            --left_at_;
        } while (left_at_ > 0 && all[left_at_].object != first);
    }
    for (const auto& operation : ready_) {
        Outcome outcome;
        outcome.id = operation.id;
        outcome.result = Outcome::Result::unsent;
        outcomes_.push_back(std::move(outcome));
    }
    ready_.clear();
    at_ = group_end_;
}

bool Exporter::barrier() {
    if (streak_.everything()) {
        leave_group();
    }
    return group_is_exhausted();
}

std::optional<Operation> Exporter::next() {
    if (streak_.everything() && outcomes_.size() + ready_.size() == in_flight_.size()) {
        leave_group();
    }
    while (ready_.empty()) {
        if (step_.stopping() || !result_.failure.empty()) {
            return std::nullopt;  // what is planned stays planned
        }
        if (at_ >= group_end_) {
            if (!in_flight_.empty() && outcomes_.size() < in_flight_.size()) {
                return std::nullopt;  // the connector went on although something is unanswered: it
                                      // has given up
            }
            write_outcomes();
            if (left_at_ != kNotLeft && !streak_.everything()) {
                at_ = std::exchange(left_at_, kNotLeft);
                continue;
            }
            gave_up_ = gave_up_ || left_at_ != kNotLeft;
            enter_next_group();
            if (at_ >= group_end_) {
                return std::nullopt;  // all is done, or what was in the way
            }
        }
        load_page();
    }
    Operation operation = std::move(ready_.front());
    ready_.pop_front();
    return operation;
}

void Exporter::load_page() {
    if (stage_ == Stage::renames || stage_ == Stage::anchors) {
        write_outcomes();  // they may change what refers to the renamed
    }
    // While the system refuses everything one operation tells whether it still does.
    const std::size_t most = streak_.everything() ? 1 : kOperationsPerPage;
    std::vector<ObjectId> ids;
    for (; at_ < group_end_ && ids.size() < most; ++at_) {
        ids.push_back(refs(stage_)[at_].object);
    }
    std::vector<std::optional<Export>> rows;
    view_.exports(ids, rows);
    std::vector<Object> objects;
    view_.hydrate(ids, objects);
    std::vector<ExportLink> links;
    view_.export_links(ids, links);
    std::ranges::stable_sort(links, {}, &ExportLink::object);
    spelling_.learn(view_, links);
    ChangeSet intents = take_outcomes();  // one wait for the disk instead of two
    look_up_removed(links);
    look_up_ends(links);
    const auto before = next_id_;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto own = std::ranges::equal_range(links, ids[i], {}, &ExportLink::object);
        if (rows[i] && rows[i]->state == ExportState::planned && objects[i].id) {
            prepare(std::move(*rows[i]), std::move(objects[i]),
                    {std::move_iterator(own.begin()), std::move_iterator(own.end())});
        }
    }
    skip_taken(before);
    weigh_links();
    for (auto id = before; id < next_id_; ++id) {
        const auto flight = in_flight_.find(id);
        if (flight == in_flight_.end()) {
            continue;
        }
        auto& row = flight->second.row;
        row.state = ExportState::sent;
        ++row.attempts;
        intents.exports.push_back({.row = row, .delta_changed = false});
    }
    step_.context().store.commit(intents);  // durable before anything of them leaves
}

/// What is to be called as somebody else is not sent: a sync says so.
void Exporter::skip_taken(std::uint64_t first) {
    if (stage_ != Stage::renames && stage_ != Stage::creations) {
        return;
    }
    std::vector<NameClaim> claims;
    std::vector<std::uint64_t> ids;
    for (auto id = first; id < next_id_; ++id) {
        const auto& flight = in_flight_.at(id);
        if (flight.row.delta.name && !flight.row.delta.name->second.empty()) {
            claims.push_back({flight.object.id, flight.row.delta.name->second});
            ids.push_back(id);
        }
    }
    const auto holders = name_holders(view_, system_, claims);
    if (!step_.context().options.sync) {
        tell_names_taken(step_, view_, system_, claims, holders);
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (holders[i]) {
            const auto& flight = in_flight_.at(ids[i]);
            refused_[static_cast<std::size_t>(flight.kind)].insert(flight.object.id);
            in_flight_.erase(ids[i]);
            std::erase_if(ready_, [&](const Operation& ready) { return ready.id == ids[i]; });
            std::erase_if(outcomes_, [&](const Outcome& done) { return done.id == ids[i]; });
        }
    }
}

void Exporter::prepare(Export&& row, Object&& object, std::vector<ExportLink>&& links) {
    const bool planned_here = object.state == ObjectState::provisioning;
    if ((row.kind == ExportKind::create) != planned_here && row.kind != ExportKind::erase) {
        return;  // the target turned out to hold it already, or its creation failed: the next sync
                 // plans anew
    }
    InFlight flight;
    flight.row = std::move(row);
    flight.object = std::move(object);
    flight.stored_name = flight.object.name;
    if (!moved_.empty()) {
        flight.object.name = moved_.follow(std::move(flight.object.name));
    }
    flight.links = std::move(links);
    switch (stage_) {
        case Stage::renames:
            flight.kind = Operation::Kind::rename;
            break;
        case Stage::creations:
            flight.kind = Operation::Kind::create;
            break;
        case Stage::disables:
        case Stage::anchors:
        case Stage::changes:
            flight.kind = Operation::Kind::modify;
            break;
        case Stage::freeing:
        case Stage::erasures:
            flight.kind = Operation::Kind::erase;
            break;
        case Stage::done:
            return;
    }
    if (!may_go(flight) || waits_for_parent(flight)) {
        return;
    }
    choose_part(flight);
    leave_unread_values(flight);
    if ((stage_ == Stage::renames || stage_ == Stage::creations) && !is_read(flight)) {
        refused_[static_cast<std::size_t>(flight.kind)].insert(flight.object.id);
        return;
    }
    Operation operation = build(flight);
    if (operation.kind == Operation::Kind::rename && same_dn(operation.name, operation.new_name) &&
        !respells_first_component(operation.name, operation.new_name)) {
        take_for_done(std::move(flight));  // it came along with what is above it
        return;
    }
    if (operation.kind == Operation::Kind::modify && operation.changes.empty() &&
        operation.new_anchor.empty()) {
        return;  // all of it is held, or waits for what it refers to
    }
    operation.id = next_id_++;
    in_flight_.emplace(operation.id, std::move(flight));
    ready_.push_back(std::move(operation));
}

/// Nothing can get a name below one that the entry above it has not got.
bool Exporter::waits_for_parent(const InFlight& flight) const {
    const bool gets_name =
        flight.kind == Operation::Kind::rename || flight.kind == Operation::Kind::create;
    if (!gets_name || not_moved_.empty() || !flight.row.delta.name) {
        return false;
    }
    for (auto above = parent_dn(flight.row.delta.name->second); !above.empty();
         above = parent_dn(above)) {
        if (not_moved_.contains(normalize_dn(above))) {
            return true;
        }
    }
    return false;
}

void Exporter::take_for_done(InFlight&& flight) {
    Outcome outcome;
    outcome.id = next_id_++;
    in_flight_.emplace(outcome.id, std::move(flight));
    outcomes_.push_back(std::move(outcome));
    step_.progress(++answered_, total_, "operations");
}

/// What would not be read again would be taken for deleted as soon as it is there.
bool Exporter::is_read(const InFlight& flight) {
    auto problem = unread_name(connector_, flight.row);
    if (!problem && flight.kind == Operation::Kind::create) {
        problem = left_out(step_, connector_, flight.row, flight.object);
    }
    tell_once(flight, problem);
    return !problem;
}

/// The same for values: of an object that is there they alone are left.
void Exporter::leave_unread_values(InFlight& flight) {
    if (flight.kind == Operation::Kind::modify && !flight.sent.attributes.empty()) {
        if (const auto problem = left_out(step_, connector_, flight.row, flight.object)) {
            flight.sent.attributes.clear();
            flight.more = true;
            tell_once(flight, problem);
        }
    }
}

/// What a sync of this run has told already is not told again.
void Exporter::tell_once(const InFlight& flight, const std::optional<ObjectProblem>& problem) {
    if (problem && !step_.context().options.sync) {
        step_.item(flight.object, *problem);
    }
}

/// Whether an operation has a chance yet that it did not have before in this run.
bool Exporter::may_go(const InFlight& flight) const {
    const auto id = flight.object.id;
    if (flight.kind == Operation::Kind::modify && flight.row.kind == ExportKind::erase) {
        return false;  // what it refers to was renamed; it goes all the same
    }
    if (flight.kind == Operation::Kind::modify && flight.row.delta.name &&
        stage_ != Stage::disables && !refused(Operation::Kind::rename).contains(id)) {
        return false;  // nobody tried to rename it: the system refuses everything
    }
    return !refused(flight.kind).contains(id);
}

/// What of its export one operation carries.
void Exporter::choose_part(InFlight& flight) const {
    const auto& delta = flight.row.delta;
    auto& sent = flight.sent;
    switch (flight.kind) {
        case Operation::Kind::create:
            sent = delta;
            return;
        case Operation::Kind::rename:
            sent.name = delta.name;
            return;
        case Operation::Kind::erase:
            return;
        case Operation::Kind::modify:
            break;
    }
    sent.anchor = delta.anchor;
    sent.attributes = delta.attributes;
    if (delta.name) {  // the values it is named by change with its name
        std::vector<std::string> naming;
        add_naming_attributes(flight.object.name, naming);
        add_naming_attributes(delta.name->second, naming);
        std::erase_if(sent.attributes, [&](const AttributeChange& change) {
            const auto& attribute = step_.schema().attribute(change.attribute);
            return std::ranges::count(naming, fold(attribute.name)) > 0;
        });
    }
}

Operation Exporter::build(InFlight& flight) const {
    Operation operation;
    operation.kind = flight.kind;
    operation.type = flight.row.type;
    operation.name = flight.object.name;
    const auto& sent = flight.sent;
    switch (flight.kind) {
        case Operation::Kind::create:
            operation.new_name = sent.name ? sent.name->second : std::string{};
            break;
        case Operation::Kind::rename:
            operation.new_name = sent.name->second;
            operation.kept =
                kept_in_name(step_.context().configuration, flight.object, flight.row.delta);
            [[fallthrough]];
        case Operation::Kind::modify:
        case Operation::Kind::erase:
            operation.anchor = flight.object.anchor;
            break;
    }
    operation.new_anchor = sent.anchor ? sent.anchor->second : std::string{};
    add_scalars(flight, operation);
    if (stage_ == Stage::creations || stage_ == Stage::changes) {
        add_links(flight, operation);
    } else {
        flight.more = !flight.links.empty();
        flight.links.clear();
    }
    return operation;
}

void Exporter::add_scalars(const InFlight& flight, Operation& operation) const {
    for (const auto& change : flight.sent.attributes) {
        ValueChange value;
        value.attribute = change.attribute;
        std::ranges::set_difference(change.before, change.after, std::back_inserter(value.remove));
        std::ranges::set_difference(change.after, change.before, std::back_inserter(value.add));
        value.clear = change.after.empty();
        if (flight.kind == Operation::Kind::create && value.add.empty()) {
            continue;
        }
        operation.changes.push_back(std::move(value));
    }
}

void Exporter::outcome(Outcome outcome) {
    MUSTER_ASSERT(in_flight_.contains(outcome.id), "outcome of unknown operation {}", outcome.id);
    if (streak_.note(outcome)) {  // said once, as the system's trouble
        outcome.result = Outcome::Result::unsent;
        outcome.message.clear();
        gave_up_ = true;
    }
    outcomes_.push_back(std::move(outcome));
    step_.progress(++answered_, total_, "operations");
}

void Exporter::finish() {
    write_outcomes();
    end_refusals();
}

}  // namespace muster
