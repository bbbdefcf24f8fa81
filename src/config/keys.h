#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/node.h"

namespace muster::config {

/// What the value of a key may be.
enum class Shape : std::uint8_t {
    text,
    path,
    number,  ///< a whole number, not negative
    boolean,
    choice,
    connector,   ///< the name of one
    expression,  ///< Lua
    duration,    ///< "30 days"
    size,        ///< "2 GiB"
    percent,     ///< "25%"
    constant,    ///< text, number or boolean
    limit,       ///< "25%", 100, none, or a mapping of both
    names,       ///< one name or a list of them
    mapping,     ///< a mapping with known keys
    named,       ///< names of the operator's own, each with a mapping with known keys
    rules,       ///< the same, the known keys depending on the rule's direction
    joins,       ///< a list of mappings from metaverse to connector attributes
    settings,    ///< what the connector understands
};

struct MappingSpec;

/// One key of a mapping. The loader, the JSON Schema and the reference all follow these tables.
struct KeySpec {
    std::string_view name;
    Shape shape;
    bool required;
    std::string_view fallback;  ///< the default; empty: none
    std::string_view help;
    std::span<const std::string_view> choices = {};
    const MappingSpec* mapping = nullptr;
};

/// A mapping with known keys.
struct MappingSpec {
    std::string_view path;  ///< "metaverse.<type>.attributes.<attribute>"
    std::string_view help;
    std::span<const KeySpec> keys;
    std::string_view plain = {};  ///< the key that a plain value in place of the mapping stands for
    std::span<const std::string_view> one_of = {};  ///< exactly one of these keys must be there

    const KeySpec* find(std::string_view key) const;
};

extern const MappingSpec kTop;
extern const MappingSpec kInboundRule;
extern const MappingSpec kOutboundRule;
extern const MappingSpec kLimits;  ///< its fallbacks are the limits that hold where nothing is said
extern const MappingSpec kLimit;

/// All mappings, in the order in which they are explained.
std::span<const MappingSpec* const> all_mappings();

/// The keys of a rule: `from` a connected system or `to` one. Null where it is neither or both.
const MappingSpec* rule_mapping(const Node& rule);

}  // namespace muster::config
