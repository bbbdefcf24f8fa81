#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connector.h"
#include "model/equality.h"

namespace muster {

/// The part of a directory's schema (RFC 4512 4.1) that Muster needs. Names are looked up without
/// regard to case, by any of their synonyms or their OID.
class LdapDirectorySchema {
 public:
    /// Says that the directory is an Active Directory, whose definitions name no matching rules.
    void compare_by_syntax() { by_syntax_ = true; }

    // Definitions as the subschema entry has them; those that cannot be parsed are left out, as a
    // directory may well hold what this library does not know.
    void add_attribute_type(const std::string& definition);
    void add_object_class(const std::string& definition);

    bool knows_attributes() const { return !attribute_types_.empty(); }
    bool knows_classes() const { return !object_classes_.empty(); }
    bool has_attribute(std::string_view name) const { return find_attribute(name) != nullptr; }
    /// An attribute description by the name the directory itself uses, options kept: "surname;x-a"
    /// is "sn;x-a". As it is where it is unknown.
    std::string canonical(std::string_view description) const;

    /// True where its values are DNs.
    bool refers(std::string_view name) const;
    /// How values of the attribute are told apart, if they are text.
    Equality equality(std::string_view description) const;

    /// The most derived structural class among those an entry names; empty where none is known.
    std::string most_derived(const std::set<std::string>& object_classes) const;
    /// What entries of these classes must or may hold, by name.
    std::vector<DiscoveredAttribute> attributes(const std::set<std::string>& object_classes) const;

 private:
    struct AttributeType {
        std::string name;
        std::string superior;
        std::string syntax;
        std::string equality;
        bool single = false;
        bool operational = false;
    };
    struct ObjectClass {
        std::string name;
        bool structural = false;
        std::vector<std::string> superiors;
        std::vector<std::string> attributes;
    };

    const AttributeType* find_attribute(std::string_view name) const;
    const ObjectClass* find_class(std::string_view name) const;
    /// A property that types have from their superiors where they have none of their own.
    std::string inherited(const AttributeType& type, std::string AttributeType::* property) const;
    DiscoveredAttribute describe(const AttributeType& type) const;
    /// The class and all it inherits from.
    void collect_ancestors(std::string_view name, std::set<const ObjectClass*>& out) const;

    bool by_syntax_ = false;
    std::vector<AttributeType> attribute_types_;
    std::vector<ObjectClass> object_classes_;
    std::map<std::string, std::size_t, std::less<>> attribute_names_;  ///< lower case → position
    std::map<std::string, std::size_t, std::less<>> class_names_;
};

}  // namespace muster
