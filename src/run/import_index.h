#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <span>
#include <string>
#include <vector>

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
    void look_up_names(TypeId type, std::span<const std::string> names);

    Known* find(TypeId type, std::string_view anchor);
    const Known* find(TypeId type, std::string_view anchor) const;
    Known& add(TypeId type, std::string_view anchor, Known known);
    /// Whether any object is in provisioning.
    bool any_planned() const { return any_planned_; }
    /// An object in provisioning under this name whose anchor is not known yet.
    const Known* planned(TypeId type, std::string_view name) const;
    /// Gives that object its anchor: it has turned out to be there.
    Known& adopt(TypeId type, std::string_view name, std::string_view anchor);

    /// The object of that name, of the first of the types that has one. Where several have it, the
    /// one that is spelled so; else none.
    ObjectId find_name(std::span<const TypeId> types, std::string_view name) const;
    void set_name(TypeId type, std::string_view name, ObjectId id);
    /// To be called when everything is read and committed: of the objects that share a name,
    /// forgets those that have another one by now and, where `complete`, those that were not seen.
    void settle_names(bool complete);

    template <class F>
    void each(F&& f) const {
        for (const auto& [key, known] : by_anchor_) {
            f(known);
        }
    }

 private:
    /// An object by one of its names, in one spelling.
    struct Spelled {
        ObjectId id;
        std::uint64_t spelling = 0;
        bool gone = false;
    };
    static Digest key(TypeId type, std::string_view anchor);
    static Digest name_key(TypeId type, std::string_view name);
    void name(TypeId type, std::string_view name, ObjectId id, bool gone);
    void file(std::string_view anchor, std::string_view name, const Known& known);

    View& view_;
    SpaceId system_;
    bool named_;
    bool whole_ = false;
    boost::unordered_flat_map<Digest, Known> by_anchor_;
    bool any_planned_ = false;
    boost::unordered_flat_map<Digest, Spelled> by_name_;
    boost::unordered_flat_map<Digest, std::vector<Spelled>> shared_;  ///< names of several objects
    boost::unordered_flat_map<Digest, Known> adoptable_;  ///< by name; objects without an anchor
};

}  // namespace muster
