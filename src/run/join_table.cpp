#include "run/join_table.h"

#include <algorithm>

namespace muster {

JoinTable::JoinTable(View& view) {
    view.scan_joins([this](const Join& join) { joins_.push_back(join); });
    std::ranges::sort(joins_);
    metaverse_of_.reserve(joins_.size());
    for (const auto& join : joins_) {
        metaverse_of_.emplace(join.connector, join.metaverse);
    }
}

ObjectId JoinTable::joined(ObjectId connector) const {
    const auto at = metaverse_of_.find(connector);
    return at == metaverse_of_.end() ? ObjectId{} : at->second;
}

void JoinTable::connectors(View& view, std::span<const ObjectId> metaverse,
                           std::vector<Join>& joins) const {
    std::vector<ObjectId> moved;
    std::ranges::copy_if(metaverse, std::back_inserter(moved),
                         [this](ObjectId id) { return moved_.contains(id); });
    std::vector<Join> asked;  // grouped in the order of `moved`
    if (!moved.empty()) {
        view.connectors(moved, asked);
    }
    auto next = asked.begin();
    for (const auto& id : metaverse) {
        if (moved_.contains(id)) {
            for (; next != asked.end() && next->metaverse == id; ++next) {
                joins.push_back(*next);
            }
            continue;
        }
        const auto own = std::ranges::equal_range(joins_, id, {}, &Join::metaverse);
        joins.insert(joins.end(), own.begin(), own.end());
    }
}

void JoinTable::note(const ChangeSet& changes) {
    for (const auto& write : changes.objects) {
        const auto at = metaverse_of_.find(write.object.id);
        const auto before = at == metaverse_of_.end() ? ObjectId{} : at->second;
        const auto after = write.kind == ChangeKind::erase ? ObjectId{} : write.object.joined;
        if (before == after) {
            continue;
        }
        moved_.insert(before ? before : after);
        moved_.insert(after ? after : before);
        if (after) {
            metaverse_of_.insert_or_assign(write.object.id, after);
        } else {
            metaverse_of_.erase(at);
        }
    }
}

}  // namespace muster
