#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/complaints.h"
#include "config/node.h"
#include "model/configuration.h"
#include "model/connector_settings.h"

namespace muster::config {

/// A configuration while it is put together: the model so far, and for everything in it the piece
/// of YAML it came from, so that later steps can say where.
struct Build {
    Configuration configuration = {};
    Complaints& complaints;
    std::vector<const Entry*> systems = {};     ///< by SpaceId - 2 (the metaverse has none)
    std::vector<const Entry*> types = {};       ///< by TypeId - 1
    std::vector<const Entry*> attributes = {};  ///< by AttributeId - 1
    std::vector<const Entry*> inbound = {};     ///< by position in Configuration::inbound
    std::vector<const Entry*> outbound = {};    ///< by position in Configuration::outbound

    const Entry& entry(SpaceId id) const { return *systems[id.value - 2u]; }
    const Entry& entry(TypeId id) const { return *types[id.value - 1u]; }
    const Entry& entry(AttributeId id) const { return *attributes[id.value - 1u]; }
};

// The steps, in the order in which they are taken. Each complains of what it finds and leaves out
// what cannot be built; files have been held against the tables of keys before (shape.h).

void build_metaverse(const std::vector<const Entry*>& types, Build& build);
void build_systems(const std::vector<const Entry*>& systems, Build& build);
void build_deletion_rules(Build& build);
void build_rules(const std::vector<const Entry*>& rules, Build& build);
/// What generated attributes need once all types and rules are there.
void build_generated(Build& build);
/// Orders the contributions of every metaverse attribute.
void build_precedence(const std::vector<const Entry*>& rules, Build& build);
/// What only shows once everything is there: rules that contradict one another, attributes that
/// nothing reaches.
void check_whole(Build& build);
/// Files that two types would write.
void check_files(Build& build);
/// Digest of all that decides what a synchronisation does, by names: schema, metaverse and rules.
Digest digest_of(const Configuration& configuration);

// Pieces the steps share.

/// Adds a type with its attributes to the schema; a zero id where it cannot be added.
TypeId build_type(SpaceId space, const Entry& type, Build& build);
/// Sets what the references of a space refer to.
void build_targets(SpaceId space, Build& build);
/// Complains of a name that cannot be one: `what` is "a system", "a type", "an attribute"
/// or "a rule".
bool check_name(const Entry& entry, std::string_view what, Complaints& complaints);
// Things by the name said at `where`; they complain and give a zero id where there is none.
AttributeId find_attribute(std::string_view name, Place where, TypeId type, Build& build);
TypeId find_type(std::string_view name, Place where, SpaceId space, Build& build);
SpaceId find_system(std::string_view name, Place where, Build& build);
/// "congress.member", or the bare name of a metaverse type.
std::string full_name(const Schema& schema, TypeId type);
/// "congress.member.surname", or "person.surname".
std::string full_name(const Schema& schema, AttributeId attribute);

/// Turns `settings` of a node (which may lack them) into what the connector reads; complains of
/// what its specification does not allow. `path` says whose settings they are.
boost::json::object build_settings(const Entry& owner, const ConnectorSpec& connector,
                                   SettingSpec::Level level, const std::string& path,
                                   Complaints& complaints);

/// The limits of a type: its own, else its system's, else the defaults.
void build_limits(const Node& type, const Node& system, Limit (&limits)[std::size(kAllLimitKinds)]);

/// Which way values go.
enum class Direction : std::uint8_t { inbound, outbound, disabling };

/// The flows of a rule, or of what it does when disabling.
struct FlowContext {
    Direction direction;
    TypeId source;
    TypeId target;
};
std::vector<Flow> build_flows(const Node& rule, const FlowContext& context, Build& build);

/// The expression under a key; nothing where there is none.
std::optional<Expression> build_expression(const Node& mapping, std::string_view key,
                                           const Complaints& complaints);

}  // namespace muster::config
