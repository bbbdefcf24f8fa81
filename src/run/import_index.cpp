#include "run/import_index.h"

#include "base/dn.h"

namespace muster {

ImportIndex::ImportIndex(View& view, SpaceId system, bool named) {
    view.index(system, [&](const IndexRow& row) {
        const Known known{row.id, row.payload, row.type, row.state, false, false};
        if (!row.anchor.empty()) {
            by_anchor_.emplace(key(row.type, row.anchor), known);
        } else if (!row.name.empty()) {
            adoptable_.emplace(name_key(row.name), known);
        }
        if (named && !row.name.empty()) {
            by_name_.insert_or_assign(name_key(row.name), row.id);
        }
    });
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

void ImportIndex::drop_name(std::string_view name, ObjectId id) {
    const auto found = by_name_.find(name_key(name));
    if (found != by_name_.end() && found->second == id) {
        by_name_.erase(found);
    }
}

}  // namespace muster
