#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <span>
#include <string>

#include "base/hash.h"
#include "store/store.h"

namespace muster {

/// The objects of one connected system as an import needs them: found by anchor or name, with what
/// was last read of them. Either the whole space, loaded at once, or what was looked up for each
/// page. About 60 bytes an object. Written by one thread; readable by several while nobody writes.
class ImportIndex {
 public:
    struct Known {
        ObjectId id;
        Digest payload;  ///< none where it was looked up: to be compared honestly
        TypeId type;
        ObjectState state = ObjectState::normal;
        bool seen = false;     ///< came up in this read
        bool created = false;  ///< by this import
    };

    /// Holds nothing yet. `named`: the system's objects have names. `view` must outlive it.
    ImportIndex(View& view, SpaceId system, bool named)
        : view_(view), system_(system), named_(named) {}

    /// Loads the whole space: one pass over it.
    void load();
    bool whole() const { return whole_; }
    /// Takes in an object at hand.
    void learn(TypeId type, const Identity& identity);
    /// Takes in those that the store has of objects not known yet: at most two calls.
    void look_up(TypeId type, std::span<const std::string> anchors);
    /// The same by names, for find_name() alone: at most one call.
    void look_up_names(std::span<const std::string> names);

    Known* find(TypeId type, std::string_view anchor);
    const Known* find(TypeId type, std::string_view anchor) const;
    Known& add(TypeId type, std::string_view anchor, Known known);
    /// An object that Muster planned under this name and whose anchor is not known yet; it is given
    /// `anchor` now.
    Known* adopt(TypeId type, std::string_view name, std::string_view anchor);

    ObjectId find_name(std::string_view name) const;
    void set_name(std::string_view name, ObjectId id);

    template <class F>
    void each(F&& f) const {
        for (const auto& [key, known] : by_anchor_) {
            f(known);
        }
    }

 private:
    static Digest key(TypeId type, std::string_view anchor);
    static Digest name_key(std::string_view name);
    void file(std::string_view anchor, std::string_view name, const Known& known);

    View& view_;
    SpaceId system_;
    bool named_;
    bool whole_ = false;
    boost::unordered_flat_map<Digest, Known> by_anchor_;
    boost::unordered_flat_map<Digest, ObjectId> by_name_;
    boost::unordered_flat_map<Digest, Known> adoptable_;  ///< by name; objects without an anchor
};

}  // namespace muster
