#include "run/exporter.h"

#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
#include "engine/plan.h"
#include "model/connector_settings.h"

namespace muster {

namespace {

constexpr std::size_t kOperationsPerPage = 1'000;

/// Rank of each type: those that others refer to come first.
std::uint32_t rank_of(const Schema& schema, TypeId type, std::vector<TypeId>& visiting) {
    if (std::ranges::count(visiting, type) > 0) {
        return 0;
    }
    visiting.push_back(type);
    std::uint32_t rank = 0;
    for (const auto& attribute : schema.attributes(type)) {
        if (attribute.type == Type::reference && attribute.target && attribute.target != type) {
            rank = std::max(rank, rank_of(schema, attribute.target, visiting) + 1);
        }
    }
    visiting.pop_back();
    return rank;
}

std::uint32_t depth_of(std::string_view name) {
    const auto dn = parse_dn(name);
    return dn ? static_cast<std::uint32_t>(dn->size()) : 0;
}

}  // namespace

Exporter::Exporter(Step& step, View& view, SpaceId system)
    : step_(step),
      view_(view),
      system_(system),
      named_(find_connector_spec(step.context().configuration.system(system).connector)->named) {
    collect();
    stage_ = Stage::renames;
    group_end_ = 0;
}

void Exporter::collect() {
    std::map<TypeId, std::uint32_t> ranks;
    for (const auto type : step_.schema().space(system_).types) {
        std::vector<TypeId> visiting;
        ranks[type] = rank_of(step_.schema(), type, visiting);
    }
    constexpr ExportState kPlanned = ExportState::planned;
    view_.exports(system_, std::span(&kPlanned, 1), [&](const Export& row) {
        Ref ref{row.object, ranks[row.type], 0};
        ++total_;
        switch (row.kind) {
            case ExportKind::create:
                ref.depth = row.delta.name ? depth_of(row.delta.name->second) : 0;
                refs(Stage::creations).push_back(ref);
                break;
            case ExportKind::update:
            case ExportKind::disable:
                if (row.delta.name) {
                    ref.depth = depth_of(row.delta.name->second);
                    refs(Stage::renames).push_back(ref);
                }
                refs(Stage::changes).push_back(ref);
                break;
            case ExportKind::erase:
                refs(Stage::erasures).push_back(ref);
                break;
        }
    });
    std::vector<Object> objects;
    auto& erasures = refs(Stage::erasures);
    for (auto& ref : erasures) {  // the depth of what goes is that of its present name
        view_.hydrate(std::span(&ref.object, 1), objects);
        ref.depth = ~depth_of(objects.front().name);  // children first
        ref.rank = ~ref.rank;                         // what refers before what is referred to
    }
    const auto order = [](const Ref& ref) { return std::tie(ref.rank, ref.depth, ref.object); };
    for (auto& stage : refs_) {
        std::ranges::sort(stage, {}, order);
    }
    for (auto& ref : refs(Stage::changes)) {
        ref.rank = ref.depth = 0;  // changes need no order among themselves
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
    while (group_end_ < all.size() && all[group_end_].rank == all[at_].rank &&
           all[group_end_].depth == all[at_].depth) {
        ++group_end_;
    }
}

bool Exporter::barrier() {
    return group_is_exhausted();
}

std::optional<Operation> Exporter::next() {
    if (outcomes_.size() >= kOperationsPerPage) {
        write_outcomes();
    }
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
    ChangeSet intents = step_.changes();
    const auto before = next_id_;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto own = std::ranges::equal_range(links, ids[i], {}, &ExportLink::object);
        if (rows[i] && rows[i]->state == ExportState::planned && objects[i].id) {
            prepare(std::move(*rows[i]), std::move(objects[i]), {own.begin(), own.end()});
        }
    }
    for (auto id = before; id < next_id_; ++id) {
        auto& row = in_flight_.at(id).row;
        row.state = ExportState::sent;
        ++row.attempts;
        intents.exports.push_back({row, false});
    }
    step_.context().store.commit(intents);  // intents are durable before anything of them leaves
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

Operation Exporter::build(InFlight& flight) {
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

/// Spells references as the system does: names or anchors, empty where the target is not there
/// (yet). In pages, so that a large group does not bring all its members into memory.
std::vector<std::string> Exporter::spell(std::span<const ObjectId> targets) {
    std::vector<std::string> texts;
    texts.reserve(targets.size());
    std::vector<Object> objects;
    for (std::size_t begin = 0; begin < targets.size(); begin += limits::kPageObjects) {
        view_.hydrate(
            targets.subspan(begin, std::min(limits::kPageObjects, targets.size() - begin)),
            objects);
        for (auto& object : objects) {
            const bool there = object.id && object.state != ObjectState::provisioning;
            texts.push_back(!there   ? std::string{}
                            : named_ ? std::move(object.name)
                                     : std::move(object.anchor));
        }
    }
    return texts;
}

void Exporter::add_links(InFlight& flight, Operation& operation) {
    std::vector<ObjectId> targets;
    for (const auto& link : flight.links) {
        targets.push_back(link.target);
    }
    auto texts = spell(targets);
    std::map<AttributeId, ValueChange> by_attribute;
    std::vector<ExportLink> carried;
    for (std::size_t i = 0; i < flight.links.size(); ++i) {
        auto& link = flight.links[i];
        auto& text = link.text.empty() ? texts[i] : link.text;
        if (link.state != ExportState::planned || text.empty()) {
            flight.more = true;
            continue;
        }
        auto& change = by_attribute[link.attribute];
        change.attribute = link.attribute;
        (link.add ? change.add : change.remove).push_back(text);
        carried.push_back(std::move(link));
    }
    flight.links = std::move(carried);
    for (auto& [attribute, change] : by_attribute) {
        const auto held = view_.count_links(flight.object.id, attribute, change.remove.size() + 1);
        change.was_empty = held == 0;
        change.becomes_empty = change.add.empty() && held <= change.remove.size();
        operation.changes.push_back(std::move(change));
    }
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
