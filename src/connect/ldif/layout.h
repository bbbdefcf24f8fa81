#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connect/ldif/record_reader.h"
#include "model/anchor.h"
#include "model/configuration.h"

namespace muster::ldif {

struct AttributeLayout {
    AttributeId id;
    std::string name;  ///< in the file; compared without regard to case
    Type type = Type::text;
    bool multi = false;
};

/// How one object type lies in its file.
struct TypeLayout {
    TypeId type;
    std::string path;
    std::vector<std::string> classes;  ///< records are recognised by the first; empty: all are ours
    std::vector<AttributeLayout> attributes;  ///< by position in the type
    std::vector<std::size_t> anchor;          ///< positions in attributes; empty: the DN
    bool ours = false;                        ///< made_by_muster
};

struct Layout {
    std::string folder;
    std::vector<TypeLayout> types;

    const TypeLayout& type(TypeId id) const;  ///< asserts that there is one
};

/// Throws Error(configuration) where a setting cannot be used.
Layout read_layout(const Configuration& configuration, SpaceId system);

/// True where the record is one of the type's, as far as it could be read.
bool is_of_type(const Record& record, const TypeLayout& type);

/// True where a field holds values of an attribute: by name, with or without the ";binary" option
/// some certificates are transferred with (RFC 4522).
bool is_of_attribute(std::string_view field, std::string_view attribute);

/// The first value of an attribute; an empty view with no data where there is none.
std::string_view first_value(const Record& record, std::string_view name);

/// The anchor of a record: its DN in the form in which DNs are compared, or what its anchor
/// attributes make. The text is a view of `buffer`.
AnchorResult record_anchor(const Schema& schema, const TypeLayout& type, const Record& record,
                           std::string& buffer);

}  // namespace muster::ldif
