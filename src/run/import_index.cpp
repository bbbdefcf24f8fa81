#include "run/import_index.h"

#include <algorithm>

#include "base/dn.h"

namespace muster {

void ImportIndex::load() {
    whole_ = true;
    view_.index(system_, [&](const IndexRow& row) {
        file(row.anchor, row.name, {row.id, row.payload, row.type, row.state, false, false});
        if (named_ && !row.name.empty()) {
            name(row.type, row.name, row.id, row.state == ObjectState::gone);
        }
    });
}

void ImportIndex::learn(TypeId type, const Identity& identity) {
    file(identity.anchor, identity.name, {identity.id, {}, type, identity.state, false, false});
    if (named_ && !identity.name.empty()) {
        name(type, identity.name, identity.id, identity.state == ObjectState::gone);
    }
}

void ImportIndex::file(std::string_view anchor, std::string_view name, const Known& known) {
    any_planned_ = any_planned_ || known.state == ObjectState::provisioning;
    if (!anchor.empty()) {
        by_anchor_.emplace(key(known.type, anchor), known);
    } else if (!name.empty()) {
        adoptable_.emplace(name_key(known.type, name), known);
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

void ImportIndex::look_up_names(TypeId type, std::span<const std::string> names) {
    std::vector<std::string> normalised;
    for (const auto& name : names) {
        auto text = normalize_dn(name);
        if (!by_name_.contains(digest(text, type.value))) {
            normalised.push_back(std::move(text));
        }
    }
    if (normalised.empty()) {
        return;
    }
    const std::vector<std::string_view> asked(normalised.begin(), normalised.end());
    view_.named(system_, asked, [this](std::size_t, const Named& object) {
        name(object.type, object.name, object.id, object.state == ObjectState::gone);
    });
}

Digest ImportIndex::key(TypeId type, std::string_view anchor) {
    return digest(anchor, type.value);
}

Digest ImportIndex::name_key(TypeId type, std::string_view name) {
    return digest(normalize_dn(name), type.value);
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

const ImportIndex::Known* ImportIndex::planned(TypeId type, std::string_view name) const {
    if (adoptable_.empty() || name.empty()) {
        return nullptr;
    }
    const auto found = adoptable_.find(name_key(type, name));
    return found == adoptable_.end() ? nullptr : &found->second;
}

ImportIndex::Known& ImportIndex::adopt(TypeId type, std::string_view name,
                                       std::string_view anchor) {
    const auto found = adoptable_.find(name_key(type, name));
    const Known known = found->second;
    adoptable_.erase(found);
    return add(known.type, anchor, known);
}

ObjectId ImportIndex::find_name(std::span<const TypeId> types, std::string_view name) const {
    const auto normalised = normalize_dn(name);
    for (const auto type : types) {
        const auto key = digest(normalised, type.value);
        if (const auto shared = shared_.find(key); shared != shared_.end()) {
            const auto own =
                std::ranges::find(shared->second, digest(name).low, &Spelled::spelling);
            return own == shared->second.end() ? ObjectId{} : own->id;
        }
        if (const auto found = by_name_.find(key); found != by_name_.end()) {
            return found->second.id;
        }
    }
    return {};
}

void ImportIndex::set_name(TypeId type, std::string_view name_text, ObjectId id) {
    name(type, name_text, id, false);
}

/// Of several objects in one spelling the last one counts: the others had that name before.
void ImportIndex::name(TypeId type, std::string_view text, ObjectId id, bool gone) {
    const auto key = name_key(type, text);
    const Spelled own{id, digest(text).low, gone};
    const auto [at, first] = by_name_.try_emplace(key, own);
    if (first) {
        return;
    }
    const auto before = at->second;
    if (gone && !before.gone) {
        return;
    }
    at->second = own;
    if (const auto shared = shared_.find(key); shared != shared_.end()) {
        std::erase_if(shared->second, [&](const Spelled& other) {
            return other.id == id || other.spelling == own.spelling;
        });
        shared->second.push_back(own);
    } else if (!before.gone && before.id != id && before.spelling != own.spelling) {
        shared_[key] = {before, own};
    }
}

void ImportIndex::settle_names(bool complete) {
    if (shared_.empty()) {
        return;
    }
    std::vector<ObjectId> ids;
    for (const auto& [key, all] : shared_) {
        for (const auto& one : all) {
            ids.push_back(one.id);
        }
    }
    boost::unordered_flat_map<ObjectId, Digest> names;
    std::vector<Identity> identities;
    view_.identify(ids, identities);
    for (const auto& identity : identities) {
        if (identity.id && identity.state != ObjectState::gone) {
            names.emplace(identity.id, name_key(identity.type, identity.name));
        }
    }
    if (complete) {
        each([&](const Known& known) {
            if (!known.seen) {
                names.erase(known.id);
            }
        });
    }
    for (auto& [key, all] : shared_) {
        std::erase_if(all, [&](const Spelled& one) {
            const auto name = names.find(one.id);
            return name == names.end() || !(name->second == key);
        });
        if (!all.empty()) {
            by_name_.insert_or_assign(key, all.back());
        }
    }
    erase_if(shared_, [](const auto& entry) { return entry.second.size() < 2; });
}

}  // namespace muster
