#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/configuration.h"

namespace muster::csv {

/// Which rows of a related file count.
struct Condition {
    std::string column;
    std::optional<std::string> equals;
    std::optional<std::string> starts_with;
    std::optional<std::string> ends_with;
    std::optional<std::string> contains;

    bool holds(std::string_view cell) const;
};

/// A file with one row per value of an attribute.
struct Related {
    std::string path;
    std::string key;
    std::string value;
    std::optional<Condition> where;
};

struct Column {
    AttributeId attribute;
    std::string name;
    std::optional<Related> related;
    bool multi = false;
    bool key = false;  ///< part of the anchor, or a reference
    /// References to a type whose anchor is one attribute of another type than text: that type, in
    /// whose canonical spelling the anchor stands.
    std::optional<Type> anchor_type;
};

/// How one object type lies in its file.
struct TypeLayout {
    TypeId type;
    std::string path;
    std::vector<std::string> order;  ///< columns of a file yet to be made
    std::vector<std::string> sort;
    std::vector<Column> columns;      ///< by attribute
    std::vector<std::size_t> anchor;  ///< positions in columns
    /// Muster makes these objects (some rule provisions them, none takes them for a source of
    /// new metaverse objects): no file means no objects, and columns may be missing.
    bool ours = false;

    std::vector<const Column*> related() const;
};

/// The settings of a CSV system, ready for use.
struct Layout {
    std::string folder;
    char delimiter = ',';
    std::string multi_value_delimiter;
    bool trim = false;  ///< blanks around cells, and what is invisible in keys, do not count
    std::vector<TypeLayout> types;

    const TypeLayout& type(TypeId id) const;  ///< asserts that there is one
};

/// Throws Error(configuration) where a setting cannot be used.
Layout read_layout(const Configuration& configuration, SpaceId system);

}  // namespace muster::csv
