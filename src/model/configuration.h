#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "model/schema.h"

namespace muster {

/// Where in the configuration something is said; line and column count from 1.
struct Location {
    std::string file;
    int line = 0;
    int column = 0;
};

/// Lua source of an expression (docs/expressions.md). Attributes of the object are variables in it.
struct Expression {
    std::string source;
    Location where;
};

/// One attribute mapping of a rule.
struct Flow {
    enum class Kind : std::uint8_t { direct, constant, expression };
    AttributeId target;
    Kind kind = Kind::direct;
    AttributeId source;     ///< direct
    std::string constant;   ///< constant: canonical text
    Expression expression;  ///< expression
    bool assert_null =
        false;  ///< inbound: "no value" is itself a contribution and stops the search
    bool initial_only = false;  ///< outbound: sent when the object is created, never after
    Location where;
};

/// How connector objects find their metaverse object: equal folded values, attribute by attribute.
struct MatchingRule {
    KeyId key;                           ///< names the metaverse attributes
    std::vector<AttributeId> connector;  ///< beside each of them the connector attribute
    Location where;
};

struct InboundRule {
    std::string name;
    SpaceId system;
    TypeId source;  ///< connector type
    TypeId target;  ///< metaverse type
    std::optional<Expression> scope;
    std::vector<MatchingRule> join;  ///< in order; the first that finds anything decides
    bool project = false;
    std::vector<Flow> flows;
    Location where;
};

enum class DeprovisionAction : std::uint8_t { disconnect, disable, erase, move_and_disable };

struct OutboundRule {
    std::string name;
    TypeId source;  ///< metaverse type
    SpaceId system;
    TypeId target;  ///< connector type
    std::optional<Expression> scope;
    bool provision = false;
    std::optional<Expression>
        object_name;  ///< gives the name (DN); absent where the system has none
    std::vector<Flow> flows;
    DeprovisionAction deprovision = DeprovisionAction::disconnect;
    std::vector<Flow> disable_flows;          ///< disable, move_and_disable: what to set
    std::optional<Expression> disabled_name;  ///< move_and_disable: where to
    Location where;
};

/// One contribution in an attribute's order of precedence: a flow of an inbound rule.
struct FlowRef {
    std::uint16_t rule = 0;  ///< position in Configuration::inbound
    std::uint16_t flow = 0;  ///< position in its flows
};

/// What the metaverse adds to an attribute of the schema.
struct MetaverseAttribute {
    std::vector<FlowRef> contributions;  ///< best first
    bool merge_union = false;  ///< multi-valued: all contribute, else the first that offers
    /// A unique value handed out once: the expression is tried with count = 0, 1, 2, … until its
    /// result is free.
    std::optional<Expression> generate;
    AttributeId generate_for;  ///< its value identifies the owner for ever
    /// Connector attributes of which the first value that nobody else has is taken instead.
    std::vector<AttributeId> generate_keep;
    Location where;
};

/// When a metaverse object is deleted: all connector objects of `sources` have gone (any projecting
/// system where empty), plus the grace.
struct DeletionRule {
    std::vector<SpaceId> sources;
    std::chrono::seconds grace{0};
};

/// Upper bounds for one kind of planned change; exceeding either one holds it.
struct Limit {
    std::optional<std::uint64_t> count;  ///< objects or links
    std::optional<double>
        percent;  ///< of the population (objects of the type, links of its attributes), rounded up
    std::uint64_t at_least = 0;  ///< so many are let through whatever the share
};

enum class LimitKind : std::uint8_t { deletes, disables, removals, updates, creates };
inline constexpr LimitKind kAllLimitKinds[] = {LimitKind::deletes, LimitKind::disables,
                                               LimitKind::removals, LimitKind::updates,
                                               LimitKind::creates};
std::string_view limit_kind_name(LimitKind kind);

/// Settings of one type or attribute of a connected system, as its connector understands them
/// (model/connector_settings.h says which there are). Checked while loading; ${env:…} and ${file:…}
/// still unread.
struct TypeSettings {
    TypeId type;
    boost::json::object settings;
    std::vector<std::pair<AttributeId, boost::json::object>>
        attributes;                           ///< only those that have any
    Limit limits[std::size(kAllLimitKinds)];  ///< by LimitKind
    Location where;
};

struct ConnectedSystem {
    SpaceId space;
    std::string name;
    std::string connector;  ///< "csv", "ldif", "ldap"
    boost::json::object settings;
    std::vector<TypeSettings> types;
    Location where;
};

/// Where runs look things up: in the store, or in memory (store/resident).
enum class Processing : std::uint8_t { direct, in_memory };

/// The whole configuration: plain data, checked, immutable once loaded.
struct Configuration {
    std::string folder;  ///< relative paths in it start here
    std::string store;   ///< path of the SQLite file, or a URL with its references unresolved
    std::chrono::hours history{24 * 400};
    Processing processing = Processing::direct;
    std::uint64_t memory_bytes = 2ull << 30;  ///< of the spaces, when processing in memory
    Schema schema;
    std::vector<MetaverseAttribute>
        metaverse_attributes;                  ///< by AttributeId - 1, for metaverse attributes
    std::vector<DeletionRule> deletion_rules;  ///< by position in the metaverse's types
    std::vector<ConnectedSystem> systems;
    std::vector<InboundRule> inbound;
    std::vector<OutboundRule> outbound;
    /// Systems, types (SYSTEM.TYPE) and rules that were in the configuration before: what they kept
    /// alive is to go.
    std::vector<std::string> removed;
    Digest digest;  ///< of all that decides what a sync does; a change of it calls for a full sync

    const MetaverseAttribute& metaverse_attribute(AttributeId id) const {
        return metaverse_attributes[id.value - 1u];
    }
    const ConnectedSystem& system(SpaceId id) const;  ///< asserts that it is one
    const TypeSettings& type_settings(TypeId id) const;
    const DeletionRule& deletion_rule(TypeId metaverse_type) const;
};

}  // namespace muster
