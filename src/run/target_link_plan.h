#pragma once

#include <span>
#include <string>
#include <vector>

#include "run/sync_state.h"

namespace muster {

/// What the links of some targets lead to: rows to write, and how many were planned.
struct LinkPlans {
    std::vector<ExportLinkWrite> links;
    std::vector<ExportWrite> exports;
    std::uint64_t additions = 0;
    std::uint64_t removals = 0;
    std::uint64_t foreign = 0;  ///< values left alone
};

/// One link that ought to be pending.
struct WantedLink {
    AttributeId attribute;
    bool add = true;
    ObjectId target;
    std::string text;
    friend auto operator<=>(const WantedLink&, const WantedLink&) = default;
};

/// All that ought to be pending for one target object, and what is.
struct TargetWanted {
    ObjectId target;
    TypeId type;
    std::vector<WantedLink> wanted;   ///< ascending
    std::vector<ExportLink> pending;  ///< in the store's order
};

/// What planning needs to know beside the store; read by several threads.
struct LinkPlanContext {
    const SyncState& state;
    const RuleBook& book;
    const boost::unordered_flat_set<ObjectId>& erasing;  ///< target objects whose end is planned
    const std::map<ObjectId, std::string>& renamed;      ///< about to lose this name
    const std::set<std::string>& left_behind;            ///< values of what is gone
};

/// The connector object of a metaverse object that a target's attribute refers to: of the first of
/// its types that there is one of; none where there is none to refer to. `joins` is sorted.
ObjectId target_of(const LinkPlanContext& context, std::span<const Join> joins, ObjectId metaverse,
                   AttributeId attribute);

/// The rule that writes the target of each join; kNone where none does.
std::vector<std::uint16_t> outbound_of(const LinkPlanContext& context, View& view,
                                       std::span<const Join> joins);

/// Connector objects of metaverse objects, each looked up once; sorted.
std::vector<Join> joins_of(const SyncState& state, View& view, std::vector<ObjectId> metaverse);

/// Weighs every link of every target of the metaverse objects: what the metaverse has, less what
/// the target has.
void plan_whole(const LinkPlanContext& context, View& view, std::span<const ObjectId> metaverse,
                LinkPlans& plans);

/// Makes the pending links of each target what is wanted. Rows that stay as they are, are not
/// written; nor is an export that has to be told of them already.
void settle(View& view, std::span<const TargetWanted> targets, LinkPlans& plans);

}  // namespace muster
