#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <span>
#include <vector>

#include "base/hash.h"
#include "store/store.h"

namespace muster {

/// The objects of one connected system as an import needs them: found by anchor or name, with what
/// was last read of them. About 60 bytes an object. Written by one thread; readable by several
/// while nobody writes.
class ImportIndex {
 public:
    struct Known {
        ObjectId id;
        Digest payload;
        TypeId type;
        ObjectState state = ObjectState::normal;
        bool seen = false;     ///< came up in this read
        bool created = false;  ///< by this import
    };

    /// Loads the whole space: one pass over it. `named`: the system's objects have names.
    ImportIndex(View& view, SpaceId system, bool named);

    Known* find(TypeId type, std::string_view anchor);
    const Known* find(TypeId type, std::string_view anchor) const;
    Known& add(TypeId type, std::string_view anchor, Known known);
    /// An object that Muster planned under this name and whose anchor is not known yet; it is given
    /// `anchor` now.
    Known* adopt(TypeId type, std::string_view name, std::string_view anchor);

    ObjectId find_name(std::string_view name) const;
    void set_name(std::string_view name, ObjectId id);
    /// Forgets a name, if it still leads to this object.
    void drop_name(std::string_view name, ObjectId id);

    template <class F>
    void each(F&& f) const {
        for (const auto& [key, known] : by_anchor_) {
            f(known);
        }
    }

 private:
    static Digest key(TypeId type, std::string_view anchor);
    static Digest name_key(std::string_view name);

    boost::unordered_flat_map<Digest, Known> by_anchor_;
    boost::unordered_flat_map<Digest, ObjectId> by_name_;
    boost::unordered_flat_map<Digest, Known> adoptable_;  ///< by name; objects without an anchor
};

}  // namespace muster
