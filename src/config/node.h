#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster::config {

/// Where a node begins; the file by its number in Complaints. Line and column count from 1, columns
/// in bytes.
struct Place {
    std::uint16_t file = 0;
    int line = 0;
    int column = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
};

struct Entry;

/// A piece of a configuration file: what YAML means, without how it was written.
struct Node {
    enum class Kind : std::uint8_t { null, scalar, list, map };
    Kind kind = Kind::null;
    Place where;  ///< of a block scalar: its first line
    std::string text;
    std::vector<Node> items;     ///< list
    std::vector<Entry> entries;  ///< map; in the order of the file, keys differ

    bool is_scalar() const { return kind == Kind::scalar; }
    bool is_list() const { return kind == Kind::list; }
    bool is_map() const { return kind == Kind::map; }
    /// The value of a key of a map; null where there is none.
    const Node* find(std::string_view key) const;
    const Entry* find_entry(std::string_view key) const;
};

/// One key of a map and its value.
struct Entry {
    std::string key;
    Place where;  ///< of the key
    Node value;
};

}  // namespace muster::config
