#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "store/resident/memory_cost.h"
#include "store/resident/object_table.h"
#include "store/resident/packed_object.h"

namespace muster::resident {

/// Objects by type and anchor: only their ids, the anchors being read from the table. An object
/// must be in the table as it was added when it is erased.
class AnchorIndex {
 public:
    explicit AnchorIndex(const ObjectTable& objects) : ids_(0, Hash{&objects}, Equal{&objects}) {}

    void add(ObjectId id) { ids_.insert(id); }
    void erase(ObjectId id) { ids_.erase(id); }
    /// None where there is none.
    ObjectId find(TypeId type, std::string_view anchor) const {
        const auto found = ids_.find(Name{type, anchor});
        return found == ids_.end() ? ObjectId{} : *found;
    }
    std::size_t size() const { return ids_.size(); }
    std::size_t bytes() const { return flat_table_cost(ids_); }

 private:
    struct Name {
        TypeId type;
        std::string_view anchor;
    };
    static Name name_of(const ObjectTable& objects, ObjectId id) {
        const PackedObject object = unpack(objects.find(id));
        return {object.type, object.anchor};
    }
    struct Hash {
        using is_transparent = void;
        using is_avalanching = void;
        const ObjectTable* objects;
        std::size_t operator()(const Name& name) const {
            return digest(name.anchor, name.type.value).low;
        }
        std::size_t operator()(ObjectId id) const { return (*this)(name_of(*objects, id)); }
    };
    struct Equal {
        using is_transparent = void;
        const ObjectTable* objects;
        bool operator()(ObjectId a, ObjectId b) const { return a == b; }
        bool operator()(const Name& a, ObjectId b) const {
            const Name name = name_of(*objects, b);
            return a.type == name.type && a.anchor == name.anchor;
        }
        bool operator()(ObjectId a, const Name& b) const { return (*this)(b, a); }
    };
    boost::unordered_flat_set<ObjectId, Hash, Equal> ids_;
};

/// Objects by a key that nearly always has one: the few others stand apart.
template <class Key>
class FewIndex {
 public:
    /// False where it was there already.
    bool add(const Key& key, ObjectId id) {
        const auto [first, added] = first_.emplace(key, id);
        if (added || first->second == id) {
            return added;
        }
        if (find_other(key, id) != others_.end()) {
            return false;
        }
        others_.emplace(key, id);
        return true;
    }
    /// False where it was not there.
    bool erase(const Key& key, ObjectId id) {
        const auto first = first_.find(key);
        if (first == first_.end()) {
            return false;
        }
        const bool is_first = first->second == id;
        const auto other = is_first ? others_.find(key) : find_other(key, id);
        if (other != others_.end()) {
            if (is_first) {
                first->second = other->second;
            }
            others_.erase(other);
            return true;
        }
        if (is_first) {
            first_.erase(first);
        }
        return is_first;
    }
    template <class F>
    void each(const Key& key, F&& f) const {
        if (const auto first = first_.find(key); first != first_.end()) {
            f(first->second);
            auto [other, end] = others_.equal_range(key);
            for (; other != end; ++other) {
                f(other->second);
            }
        }
    }
    bool contains(const Key& key, ObjectId id) const {
        bool found = false;
        each(key, [&](ObjectId other) { found = found || other == id; });
        return found;
    }
    /// Whether everything in here is in `other`.
    bool within(const FewIndex& other) const {
        const auto is_there = [&](const auto& entry) {
            return other.contains(entry.first, entry.second);
        };
        return std::all_of(first_.begin(), first_.end(), is_there) &&
               std::all_of(others_.begin(), others_.end(), is_there);
    }
    std::size_t size() const { return first_.size() + others_.size(); }
    std::size_t bytes() const {
        constexpr std::size_t kListNode = 2 * sizeof(void*);  // next node, kept hash
        return flat_table_cost(first_) + others_.bucket_count() * sizeof(void*) +
               others_.size() * heap_cost(sizeof(std::pair<const Key, ObjectId>) + kListNode);
    }

 private:
    auto find_other(const Key& key, ObjectId id) {
        auto [other, end] = others_.equal_range(key);
        while (other != end && other->second != id) {
            ++other;
        }
        return other == end ? others_.end() : other;
    }

    boost::unordered_flat_map<Key, ObjectId> first_;  // of the objects of a key
    std::unordered_multimap<Key, ObjectId> others_;   // all but that one
};

}  // namespace muster::resident
