#include "run/exporter.h"

#include <algorithm>

#include "base/error.h"
#include "engine/plan.h"
#include "model/connector_settings.h"

namespace muster {

namespace {

constexpr std::size_t kOperationsPerPage = 2'000;

}  // namespace

Exporter::Exporter(Step& step, View& view, SpaceId system)
    : step_(step),
      view_(view),
      system_(system),
      spelling_(find_connector_spec(step.context().configuration.system(system).connector)->named) {
    collect();
    stage_ = Stage::renames;
    group_end_ = 0;
}

void Exporter::collect() {
    const auto ranks = type_ranks(step_.schema(), system_);
    constexpr ExportState kPlanned = ExportState::planned;
    view_.exports(system_, std::span(&kPlanned, 1), [&](const Export& row) {
        ExportRef ref{row.object, ranks.at(row.type)};
        ++total_;
        switch (row.kind) {
            case ExportKind::create:
                ref.depth = row.delta.name ? name_depth(row.delta.name->second) : 0;
                refs(Stage::creations).push_back(ref);
                break;
            case ExportKind::update:
            case ExportKind::disable:
                refs(Stage::changes).push_back({row.object});  // need no order among themselves
                if (row.delta.name) {
                    ref.depth = name_depth(row.delta.name->second);
                    refs(Stage::renames).push_back(ref);
                }
                break;
            case ExportKind::erase:
                refs(Stage::erasures).push_back(ref);
                break;
        }
    });
    set_levels(view_, refs(Stage::creations));
    set_depths_of_erasures();
    for (auto& stage : refs_) {
        sort_exports(stage);
    }
}

/// What goes has the depth of its present name, and everything in reverse: children before their
/// parents, what refers before what is referred to.
void Exporter::set_depths_of_erasures() {
    std::vector<ObjectId> ids;
    std::vector<Object> objects;
    const std::span<ExportRef> all = refs(Stage::erasures);
    for (std::size_t begin = 0; begin < all.size(); begin += limits::kPageObjects) {
        const auto page = all.subspan(begin, std::min(limits::kPageObjects, all.size() - begin));
        ids.clear();
        for (const auto& ref : page) {
            ids.push_back(ref.object);
        }
        view_.hydrate(ids, objects);
        for (std::size_t i = 0; i < page.size(); ++i) {
            page[i].depth = ~name_depth(objects[i].name);
            page[i].rank = ~page[i].rank;
        }
    }
}

bool Exporter::group_is_exhausted() const {
    return ready_.empty() && at_ >= group_end_;
}

void Exporter::enter_next_group() {
    while (stage_ != Stage::done && at_ >= refs(stage_).size()) {
        stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
        at_ = 0;
    }
    if (stage_ == Stage::done) {
        return;
    }
    const auto& all = refs(stage_);
    group_end_ = at_;
    while (group_end_ < all.size() && all[group_end_].goes_with(all[at_])) {
        ++group_end_;
    }
}

bool Exporter::barrier() {
    return group_is_exhausted();
}

std::optional<Operation> Exporter::next() {
    while (ready_.empty()) {
        if (step_.stopping()) {
            return std::nullopt;  // what is planned stays planned
        }
        if (at_ >= group_end_) {
            if (!in_flight_.empty() && outcomes_.size() < in_flight_.size()) {
                return std::nullopt;  // the connector went on although something is unanswered: it
                                      // has given up
            }
            write_outcomes();
            enter_next_group();
            if (stage_ == Stage::done) {
                return std::nullopt;
            }
        }
        load_page();
    }
    Operation operation = std::move(ready_.front());
    ready_.pop_front();
    return operation;
}

void Exporter::load_page() {
    std::vector<ObjectId> ids;
    for (; at_ < group_end_ && ids.size() < kOperationsPerPage; ++at_) {
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
    if (stage_ == Stage::renames) {
        write_outcomes();  // what has been renamed may be loosened below
    }
    ChangeSet intents = take_outcomes();  // one wait for the disk instead of two
    look_up_removed(links);
    const auto before = next_id_;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto own = std::ranges::equal_range(links, ids[i], {}, &ExportLink::object);
        if (rows[i] && rows[i]->state == ExportState::planned && objects[i].id) {
            prepare(std::move(*rows[i]), std::move(objects[i]),
                    {std::move_iterator(own.begin()), std::move_iterator(own.end())});
        }
    }
    weigh_links();
    for (auto id = before; id < next_id_; ++id) {
        auto& row = in_flight_.at(id).row;
        row.state = ExportState::sent;
        ++row.attempts;
        intents.exports.push_back({.row = row, .delta_changed = false});
    }
    const auto loosened =
        stage_ == Stage::renames ? loosen_referrers(before, intents) : std::vector<ObjectId>{};
    const auto number =
        step_.context().store.commit(intents);  // durable before anything of them leaves
    for (auto& [id, flight] : in_flight_) {
        if (std::ranges::binary_search(loosened, flight.object.id)) {
            flight.object.commit = number;
        }
    }
}

/// A rename leaves the old name behind in every value that refers to the object, unless the server
/// mends them: what refers to it is taken for unresolved until it has been told the new name or
/// read again. Returns what refers to the renamed, ascending.
std::vector<ObjectId> Exporter::loosen_referrers(std::uint64_t first, ChangeSet& intents) {
    std::map<ObjectId, const std::string*> names;
    for (auto id = first; id < next_id_; ++id) {
        const auto& object = in_flight_.at(id).object;
        names.emplace(object.id, &object.name);
    }
    std::vector<ObjectId> renamed;
    renamed.reserve(names.size());
    for (const auto& [id, name] : names) {
        renamed.push_back(id);
    }
    std::vector<Link> links;
    view_.referrers(renamed, links);
    std::map<ObjectId, Delta> deltas;
    for (const auto& link : links) {
        if (step_.schema().space_of(link.attribute) != system_) {
            continue;
        }
        const auto& name = *names.at(link.target);
        auto& changes = deltas[link.source].links;
        changes.push_back({link.attribute, false, link.target, {}});
        changes.push_back({link.attribute, true, {}, name});
        intents.links.push_back({link, false});
        intents.links.push_back({{link.attribute, link.source, {}, name}, true});
    }
    std::vector<ObjectId> sources;
    sources.reserve(deltas.size());
    for (const auto& [source, delta] : deltas) {
        sources.push_back(source);
    }
    std::vector<Object> objects;
    view_.hydrate(sources, objects);
    for (auto& object : objects) {
        auto& delta = deltas.at(object.id);
        std::ranges::sort(delta.links);
        ObjectWrite write;
        write.attributes_changed = write.identity_changed = false;
        encode(delta, step_.schema(), write.delta);
        object.payload = {};
        write.object = std::move(object);
        intents.objects.push_back(std::move(write));
    }
    return sources;
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
    flight.links = std::move(links);
    switch (stage_) {
        case Stage::renames:
            flight.kind = Operation::Kind::rename;
            break;
        case Stage::creations:
            flight.kind = Operation::Kind::create;
            break;
        case Stage::changes:
            flight.kind = Operation::Kind::modify;
            break;
        case Stage::erasures:
            flight.kind = Operation::Kind::erase;
            break;
        case Stage::done:
            return;
    }
    if (flight.kind == Operation::Kind::modify && flight.row.delta.name) {
        return;  // its rename did not go through
    }
    Operation operation = build(flight);
    if (operation.kind == Operation::Kind::modify && operation.changes.empty() &&
        operation.new_anchor.empty()) {
        return;  // all of it is held, or waits for what it refers to
    }
    operation.id = next_id_++;
    in_flight_.emplace(operation.id, std::move(flight));
    ready_.push_back(std::move(operation));
}

Operation Exporter::build(InFlight& flight) const {
    Operation operation;
    operation.kind = flight.kind;
    operation.type = flight.row.type;
    operation.name = flight.object.name;
    const auto& delta = flight.row.delta;
    switch (flight.kind) {
        case Operation::Kind::create:
            operation.new_name = delta.name ? delta.name->second : std::string{};
            operation.new_anchor = delta.anchor ? delta.anchor->second : std::string{};
            add_scalars(flight, operation);
            add_links(flight, operation);
            break;
        case Operation::Kind::modify:
            operation.anchor = flight.object.anchor;
            operation.new_anchor = delta.anchor ? delta.anchor->second : std::string{};
            add_scalars(flight, operation);
            add_links(flight, operation);
            break;
        case Operation::Kind::rename:
            operation.anchor = flight.object.anchor;
            operation.new_name = delta.name->second;
            flight.more =
                !delta.attributes.empty() || !flight.links.empty() || delta.anchor.has_value();
            flight.links.clear();
            break;
        case Operation::Kind::erase:
            operation.anchor = flight.object.anchor;
            flight.links.clear();
            break;
    }
    return operation;
}

void Exporter::add_scalars(const InFlight& flight, Operation& operation) const {
    for (const auto& change : flight.row.delta.attributes) {
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

namespace {

/// The targets of links of one object that are to be renewed after a rename and are to go
/// altogether, too: the operation only removes them. Ascending.
std::vector<std::pair<AttributeId, ObjectId>> removed_targets(std::span<const ExportLink> links) {
    std::vector<std::pair<AttributeId, ObjectId>> removed;
    for (const auto& link : links) {
        if (!link.add && link.text.empty() && link.state == ExportState::planned) {
            removed.emplace_back(link.attribute, link.target);
        }
    }
    std::ranges::sort(removed);
    return removed;
}

/// The change of an attribute in an operation; links come with those of one attribute together.
ValueChange& change_of(Operation& operation, AttributeId attribute) {
    if (operation.changes.empty() || operation.changes.back().attribute != attribute) {
        operation.changes.emplace_back().attribute = attribute;
    }
    return operation.changes.back();
}

}  // namespace

Link held_link(ObjectId holder, const ExportLink& link) {
    return {link.attribute, holder, link.text.empty() ? link.target : ObjectId{}, link.text};
}

void Exporter::add_links(InFlight& flight, Operation& operation) const {
    const auto removed = removed_targets(flight.links);
    const auto left_for_later = [&](const ExportLink& link) {
        const auto& text = link.text.empty() ? spelling_.of(link.target) : link.text;
        if (link.state != ExportState::planned || text.empty()) {
            return true;
        }
        auto& change = change_of(operation, link.attribute);
        if (!link.add) {
            change.remove.push_back(text);
        } else if (!std::ranges::binary_search(removed, std::pair(link.attribute, link.target))) {
            change.add.push_back(text);
        }
        return false;
    };
    flight.more = std::erase_if(flight.links, left_for_later) > 0 || flight.more;
}

/// Says of the reference attributes of a page's operations whether they were empty, and will be.
void Exporter::weigh_links() {
    std::vector<ValueChange*> changes;
    std::vector<LinkCount> asked;
    std::vector<std::uint64_t> removed;
    for (auto& operation : ready_) {
        const auto& flight = in_flight_.at(operation.id);
        for (auto& change : operation.changes) {
            if (step_.schema().attribute(change.attribute).type != Type::reference) {
                continue;
            }
            if (flight.kind == Operation::Kind::create) {
                change.was_empty = true;
                change.becomes_empty = change.add.empty();
                continue;
            }
            changes.push_back(&change);
            removed.push_back(links_removed(flight, change.attribute));
            asked.push_back({flight.object.id, change.attribute, removed.back() + 1});
        }
    }
    std::vector<std::uint64_t> held(asked.size());
    view_.count_links(asked, held);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        changes[i]->was_empty = held[i] == 0;
        changes[i]->becomes_empty = changes[i]->add.empty() && held[i] <= removed[i];
    }
}

/// How many links an operation takes from an attribute. Values that are removed only because they
/// may be there, under a name their target no longer has, do not count.
std::uint64_t Exporter::links_removed(const InFlight& flight, AttributeId attribute) const {
    return static_cast<std::uint64_t>(std::ranges::count_if(flight.links, [&](const auto& link) {
        return !link.add && link.attribute == attribute && holds(held_link(flight.object.id, link));
    }));
}

void Exporter::look_up_removed(std::span<const ExportLink> links) {
    std::vector<Link> removed;
    for (const auto& link : links) {
        if (!link.add && link.state == ExportState::planned) {
            removed.push_back(held_link(link.object, link));
        }
    }
    look_up(std::move(removed));
}

/// Asks the store once for all links of a page.
void Exporter::look_up(std::vector<Link>&& links) {
    const auto exist = std::make_unique<bool[]>(links.size());
    view_.exist(links, {exist.get(), links.size()});
    std::size_t i = 0;
    std::erase_if(links, [&](const Link&) { return !exist[i++]; });
    held_ = std::move(links);
    std::ranges::sort(held_);
}

bool Exporter::holds(const Link& link) const {
    return std::ranges::binary_search(held_, link);
}

void Exporter::outcome(Outcome outcome) {
    MUSTER_ASSERT(in_flight_.contains(outcome.id), "outcome of unknown operation {}", outcome.id);
    outcomes_.push_back(std::move(outcome));
    step_.progress(++answered_, total_, "operations");
}

void Exporter::finish() {
    write_outcomes();
}

}  // namespace muster
