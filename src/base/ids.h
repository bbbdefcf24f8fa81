#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace muster {

/// A strong integer id: two kinds of id never mix. Zero means "none".
template <class Tag, class Rep = std::int64_t>
struct Id {
    Rep value = 0;

    constexpr Id() = default;
    constexpr explicit Id(Rep v) : value(v) {}
    constexpr explicit operator bool() const { return value != 0; }
    friend constexpr auto operator<=>(Id, Id) = default;
    friend std::size_t hash_value(Id id) noexcept { return std::hash<Id>{}(id); }
};

using ObjectId = Id<struct ObjectTag>;      ///< an object, in any space; unique in the whole store
using CommitNumber = Id<struct CommitTag>;  ///< position in the one total order of changes
using ActivityId = Id<struct ActivityTag>;  ///< a run or one step of it

// Positions in the Schema (model/schema.h), in the order of the configuration. They live as long as
// the loaded configuration; what is stored is the name. Position 0 is never used.
using SpaceId = Id<struct SpaceTag, std::uint16_t>;  ///< the metaverse or a connected system
using TypeId = Id<struct TypeTag, std::uint16_t>;    ///< an object type of one space
using AttributeId = Id<struct AttributeTag, std::uint16_t>;  ///< an attribute of one object type
using KeyId = Id<struct KeyTag, std::uint16_t>;              ///< a matching key of a metaverse type

}  // namespace muster

template <class Tag, class Rep>
struct std::hash<muster::Id<Tag, Rep>> {
    std::size_t operator()(muster::Id<Tag, Rep> id) const noexcept {
        // Fibonacci hashing: ids are handed out in sequence, tables want them spread.
        return static_cast<std::size_t>(static_cast<std::uint64_t>(id.value) * 0x9E3779B97F4A7C15u);
    }
};
