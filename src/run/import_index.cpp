#include "run/import_index.h"

#include <vector>

#include "base/dn.h"

namespace muster {

void ImportIndex::load() {
    whole_ = true;
    view_.index(system_, [&](const IndexRow& row) {
        file(row.anchor, row.name, {row.id, row.payload, row.type, row.state, false, false});
        if (named_ && !row.name.empty()) {
            by_name_.insert_or_assign(name_key(row.name), row.id);  // newer ones come later
        }
    });
}

void ImportIndex::learn(TypeId type, const Identity& identity) {
    file(identity.anchor, identity.name, {identity.id, {}, type, identity.state, false, false});
    if (named_ && !identity.name.empty()) {
        by_name_.emplace(name_key(identity.name), identity.id);
    }
}

void ImportIndex::file(std::string_view anchor, std::string_view name, const Known& known) {
    if (!anchor.empty()) {
        by_anchor_.emplace(key(known.type, anchor), known);
    } else if (!name.empty()) {
        adoptable_.emplace(name_key(name), known);
    }
}

void ImportIndex::look_up(TypeId type, std::span<const std::string> anchors) {
    std::vector<std::string_view> asked;
    for (const auto& anchor : anchors) {
        if (find(type, anchor) == nullptr) {
            asked.push_back(anchor);
        }
    }
    if (asked.empty()) {
        return;
    }
    std::vector<ObjectId> ids(asked.size());
    view_.lookup(type, asked, ids);
    std::erase(ids, ObjectId{});
    std::vector<Identity> identities;
    view_.identify(ids, identities);
    for (const auto& identity : identities) {
        learn(type, identity);
    }
}

void ImportIndex::look_up_names(std::span<const std::string> names) {
    std::vector<std::string> normalised;
    for (const auto& name : names) {
        auto text = normalize_dn(name);
        if (!by_name_.contains(digest(text))) {
            normalised.push_back(std::move(text));
        }
    }
    if (normalised.empty()) {
        return;
    }
    const std::vector<std::string_view> asked(normalised.begin(), normalised.end());
    std::vector<ObjectId> ids(asked.size());
    view_.lookup_names(system_, asked, ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i]) {
            by_name_.emplace(digest(asked[i]), ids[i]);
        }
    }
}

Digest ImportIndex::key(TypeId type, std::string_view anchor) {
    return digest(anchor, type.value);
}

Digest ImportIndex::name_key(std::string_view name) {
    return digest(normalize_dn(name));
}

const ImportIndex::Known* ImportIndex::find(TypeId type, std::string_view anchor) const {
    const auto found = by_anchor_.find(key(type, anchor));
    return found == by_anchor_.end() ? nullptr : &found->second;
}

ImportIndex::Known* ImportIndex::find(TypeId type, std::string_view anchor) {
    const auto found = by_anchor_.find(key(type, anchor));
    return found == by_anchor_.end() ? nullptr : &found->second;
}

ImportIndex::Known& ImportIndex::add(TypeId type, std::string_view anchor, Known known) {
    return by_anchor_.emplace(key(type, anchor), known).first->second;
}

ImportIndex::Known* ImportIndex::adopt(TypeId type, std::string_view name,
                                       std::string_view anchor) {
    if (adoptable_.empty()) {
        return nullptr;
    }
    const auto found = adoptable_.find(name_key(name));
    if (found == adoptable_.end() || found->second.type != type) {
        return nullptr;
    }
    const Known known = found->second;
    adoptable_.erase(found);
    return &add(type, anchor, known);
}

ObjectId ImportIndex::find_name(std::string_view name) const {
    const auto found = by_name_.find(name_key(name));
    return found == by_name_.end() ? ObjectId{} : found->second;
}

void ImportIndex::set_name(std::string_view name, ObjectId id) {
    by_name_.insert_or_assign(name_key(name), id);
}

}  // namespace muster
