#include <algorithm>
#include <memory>

#include "run/exporter.h"

// What operations tell of links: the set of values an attribute gains and loses.

namespace muster {

namespace {

/// Whether a row of the links of an object tells a target's new name to who referred to it.
bool renews(const ExportLink& link) {
    return !link.add && link.target && !link.text.empty();
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

/// The targets of links of one object that are to go altogether in this operation, whatever else is
/// planned of them: it only removes them. Ascending.
std::vector<std::pair<AttributeId, ObjectId>> Exporter::removed_targets(
    std::span<const ExportLink> links) const {
    std::vector<std::pair<AttributeId, ObjectId>> removed;
    for (const auto& link : links) {
        if (!link.add && link.text.empty() && goes_now(link)) {
            removed.emplace_back(link.attribute, link.target);
        }
    }
    std::ranges::sort(removed);
    return removed;
}

void Exporter::add_links(InFlight& flight, Operation& operation) const {
    const auto removed = removed_targets(flight.links);
    const auto goes_altogether = [&](const ExportLink& link) {
        return std::ranges::binary_search(removed, std::pair(link.attribute, link.target));
    };
    const auto left_for_later = [&](const ExportLink& link) {
        const auto& text = link.text.empty() ? spelling_.of(link.target) : link.text;
        if (!goes_now(link) || text.empty()) {
            return true;
        }
        if ((link.add || renews(link)) && holds({link.attribute, link.object, link.target, {}})) {
            return !goes_altogether(link);  // to be renewed once the target has its new name
        }
        auto& change = change_of(operation, link.attribute);
        if (!link.add) {
            change.remove.push_back(text);
        } else if (!goes_altogether(link)) {
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
        if (!link.add) {
            removed.push_back(held_link(link.object, link));
            if (renews(link)) {
                removed.push_back({link.attribute, link.object, link.target, {}});
            }
        }
    }
    look_up(std::move(removed));
}

/// Memberships of what is to be deleted go with it: when it goes, whatever a limit says of them,
/// and not before.
void Exporter::look_up_ends(std::span<const ExportLink> links) {
    std::vector<ObjectId> targets;
    for (const auto& link : links) {
        if (!link.add && link.target) {
            targets.push_back(link.target);
        }
    }
    std::vector<ExportHead> heads;
    view_.export_heads(targets, heads);
    ends_.clear();
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (heads[i].pending && heads[i].kind == ExportKind::erase) {
            const bool sent = heads[i].state == ExportState::sent;
            const bool going = heads[i].state == ExportState::planned && read_whole_;
            ends_.emplace(targets[i], sent || going);
        }
    }
}

bool Exporter::goes_now(const ExportLink& link) const {
    if (!link.add) {
        if (const auto end = ends_.find(link.target); end != ends_.end()) {
            return end->second;
        }
    }
    return link.state == ExportState::planned;
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

}  // namespace muster
