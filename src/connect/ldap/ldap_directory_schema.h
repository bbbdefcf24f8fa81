#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connector.h"

namespace muster {

/// The part of a directory's schema (RFC 4512 4.1) that discovery needs. Names are looked up
/// without regard to case, by any of their synonyms or their OID.
class LdapDirectorySchema {
 public:
    // Definitions as the subschema entry has them; those that cannot be parsed are left out, as a
    // directory may well hold what this library does not know.
    void add_attribute_type(const std::string& definition);
    void add_object_class(const std::string& definition);

    /// The most derived structural class among those an entry names; empty where none is known.
    std::string most_derived(const std::set<std::string>& object_classes) const;
    /// What entries of these classes must or may hold, by name.
    std::vector<DiscoveredAttribute> attributes(const std::set<std::string>& object_classes) const;

 private:
    struct AttributeType {
        std::string name;
        std::string superior;
        std::string syntax;
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
    DiscoveredAttribute describe(const AttributeType& type) const;
    /// The class and all it inherits from.
    void collect_ancestors(std::string_view name, std::set<const ObjectClass*>& out) const;

    std::vector<AttributeType> attribute_types_;
    std::vector<ObjectClass> object_classes_;
    std::map<std::string, std::size_t, std::less<>> attribute_names_;  ///< lower case → position
    std::map<std::string, std::size_t, std::less<>> class_names_;
};

}  // namespace muster
