#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/value.h"

namespace muster {

/// An attribute of one object type of one space.
struct Attribute {
    AttributeId id;
    TypeId owner;
    std::string name;
    Type type = Type::text;
    bool multi = false;  ///< holds a set of values, else at most one
    /// References: the types referred to, of the same space. Where a text could mean objects of
    /// several of them, the first one that answers is meant.
    std::vector<TypeId> targets;

    bool refers_to(TypeId other) const;
};

/// An object type of one space. Its attributes have consecutive ids in ascending order of name.
struct ObjectType {
    TypeId id;
    SpaceId space;
    std::string name;
    AttributeId first;
    std::uint16_t count = 0;
    std::vector<AttributeId>
        anchor;  ///< connector types: the attributes that make the anchor; may be empty
    // Connector types: what Muster notes about an object beside what its system says. Texts in its
    // document, stored and logged like other attributes, that no configuration can name.
    AttributeId kept;        ///< values that the system keeps although others were sent
    AttributeId unreadable;  ///< values of the last read that could not be understood
};

/// The metaverse or one connected system.
struct Space {
    SpaceId id;
    std::string name;
    std::vector<TypeId> types;
};

/// What values of a matching key are kept for.
enum class KeyUse : std::uint8_t {
    joining,        ///< they identify an object
    joining_exact,  ///< they do, compared by their bytes
    unique,         ///< nobody else may have them: also kept of what targets hold, joined or not
};

/// A matching key: the metaverse attributes whose values together identify an object.
struct MatchingKey {
    KeyId id;
    TypeId type;                          ///< metaverse type
    std::vector<AttributeId> attributes;  ///< metaverse attributes
    std::string name;                     ///< "person(govtrack)": under this name it is stored
    KeyUse use = KeyUse::joining;
};

inline constexpr SpaceId kMetaverse{1};

/// All spaces, types, attributes and keys of a configuration. Built once while loading, immutable
/// and shared after. Ids are positions (1, 2, …) valid for this Schema only; stores keep names.
class Schema {
 public:
    struct NewAttribute {
        std::string name;
        Type type = Type::text;
        bool multi = false;
    };

    /// Spaces come in the order of addition; the first one is the metaverse.
    SpaceId add_space(std::string name);
    /// Attribute names must differ; they are sorted here. At most 65,535 attributes in all
    /// (asserted).
    TypeId add_type(SpaceId space, std::string name, std::vector<NewAttribute> attributes);
    void set_targets(AttributeId reference, std::vector<TypeId> targets);
    void set_anchor(TypeId type, std::vector<AttributeId> attributes);
    /// The same attributes in the same order for the same use give the same key.
    KeyId add_key(TypeId type, std::vector<AttributeId> attributes, KeyUse use = KeyUse::joining);

    const Space& space(SpaceId id) const { return spaces_[id.value - 1u]; }
    const ObjectType& type(TypeId id) const { return types_[id.value - 1u]; }
    const Attribute& attribute(AttributeId id) const { return attributes_[id.value - 1u]; }
    const MatchingKey& key(KeyId id) const { return keys_[id.value - 1u]; }
    std::span<const Space> spaces() const { return spaces_; }
    std::span<const ObjectType> types() const { return types_; }
    std::span<const Attribute> attributes() const { return attributes_; }
    std::span<const Attribute> attributes(TypeId type) const;
    /// Those and the notes, as documents hold them, in ascending order of name and id.
    std::span<const Attribute> stored_attributes(TypeId type) const;
    std::span<const MatchingKey> keys() const { return keys_; }

    // By name; a zero id where there is none. Names are compared exactly.
    SpaceId find_space(std::string_view name) const;
    TypeId find_type(SpaceId space, std::string_view name) const;
    AttributeId find_attribute(TypeId type, std::string_view name) const;
    AttributeId find_stored_attribute(TypeId type, std::string_view name) const;

    SpaceId space_of(TypeId id) const { return type(id).space; }
    SpaceId space_of(AttributeId id) const { return type(attribute(id).owner).space; }

 private:
    std::vector<Space> spaces_;
    std::vector<ObjectType> types_;
    std::vector<Attribute> attributes_;
    std::vector<MatchingKey> keys_;
};

}  // namespace muster
