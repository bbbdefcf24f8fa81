#include "run/renamed_links.h"

#include <algorithm>

#include "run/old_names.h"

namespace muster {

RenamedLinks::RenamedLinks(const Step& step, View& view, SpaceId system,
                           std::map<ObjectId, std::string> old_texts)
    : step_(step), old_texts_(std::move(old_texts)) {
    std::vector<ObjectId> renamed;
    renamed.reserve(old_texts_.size());
    for (const auto& [id, text] : old_texts_) {
        renamed.push_back(id);
    }
    view.referrers(renamed, links_);
    std::erase_if(
        links_, [&](const Link& link) { return step.schema().space_of(link.attribute) != system; });
    std::ranges::sort(links_, {}, &Link::source);
    for (const auto& link : links_) {
        if (sources_.empty() || sources_.back() != link.source) {
            sources_.push_back(link.source);
        }
    }
    view.export_links(sources_, pending_);
    std::ranges::stable_sort(pending_, {}, &ExportLink::object);
    view.export_heads(sources_, heads_);
}

std::vector<LinkChange> RenamedLinks::changes_of(ObjectId source) const {
    std::vector<LinkChange> changes;
    for (const auto& link : std::ranges::equal_range(links_, source, {}, &Link::source)) {
        changes.push_back({link.attribute, false, link.target, {}});
        changes.push_back({link.attribute, true, {}, old_texts_.at(link.target)});
    }
    std::ranges::sort(changes);
    return changes;
}

bool RenamedLinks::goes(ObjectId source) const {
    const auto at = std::ranges::lower_bound(sources_, source) - sources_.begin();
    const auto& head = heads_[static_cast<std::size_t>(at)];
    return head.pending && head.kind == ExportKind::erase;
}

bool RenamedLinks::is_renewed(const Link& link) const {
    return !goes(link.source) &&
           is_written(step_.context().configuration, step_.schema(), link.attribute);
}

void RenamedLinks::plan_renewal(ChangeSet& changes) const {
    const auto pending = [&](const Link& link, bool add, const std::string& text) {
        const auto own = std::ranges::equal_range(pending_, link.source, {}, &ExportLink::object);
        return std::ranges::any_of(own, [&](const ExportLink& row) {
            return row.attribute == link.attribute && row.add == add && row.target == link.target &&
                   row.text == text;
        });
    };
    for (const auto& link : links_) {
        const auto& text = old_texts_.at(link.target);
        if (!is_renewed(link)) {
            continue;
        }
        if (!pending(link, false, text)) {
            changes.export_links.push_back(
                {{link.source, link.attribute, false, link.target, text}, false});
        }
        if (!pending(link, true, {}) && !pending(link, false, {})) {
            changes.export_links.push_back(
                {{link.source, link.attribute, true, link.target, {}}, false});
        }
    }
}

}  // namespace muster
