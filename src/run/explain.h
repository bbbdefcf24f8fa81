#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/resolve.h"
#include "model/configuration.h"
#include "run/changes.h"
#include "store/view.h"

namespace muster {

/// What one flow of an inbound rule offered for a metaverse attribute.
struct ExplainedContribution {
    Contribution::Fate fate = Contribution::Fate::won;
    std::string rule;
    std::string system;
    std::string object;  ///< path of the connector object; empty where none is joined
    std::string flow;    ///< what the flow says: an attribute, a constant, an expression
    Location where;
    std::vector<std::string> values;  ///< at most limits::kItemsShown; references as paths
    std::uint64_t count = 0;          ///< of values
    /// References that lead nowhere, in words: "7777: hr has nobody of that name".
    std::vector<std::string> unresolved;
};

/// Where the values of one attribute of a metaverse object come from.
struct ExplainedAttribute {
    AttributeId attribute;
    std::vector<std::string> values;  ///< present, at most limits::kItemsShown; references as paths
    std::uint64_t count = 0;
    bool generated = false;  ///< a unique value handed out once, not contributed
    bool current = true;     ///< false: the next synchronisation changes it, or would if it could
    std::vector<ExplainedContribution> contributions;  ///< in order of precedence
    std::optional<Commit> since;                       ///< nothing: older than the history kept
};

/// Where the expected values of one attribute of a target's object come from.
struct ExplainedFlow {
    AttributeId attribute;  ///< none: the object's name
    std::string flow;
    Location where;
    std::vector<std::string> expected;  ///< at most limits::kItemsShown; references as paths
    std::uint64_t count = 0;
    std::vector<std::string> actual;  ///< what the connector space holds, the same
    std::uint64_t actual_count = 0;
    bool initial = false;  ///< sent once, when the object was created; the system's own since
    bool differs = false;  ///< the system has something else than is expected
    std::uint64_t unprovisioned = 0;  ///< references to what has no object in the system
    std::optional<Commit> since;      ///< the commit that gave the connector space its value
};

/// An object's values and their reasons.
struct Explanation {
    Object object;
    std::string path;
    std::string metaverse;  ///< connector objects: path of the metaverse object; may be empty
    std::vector<ExplainedAttribute> attributes;  ///< metaverse objects
    std::string rule;                            ///< connector objects: the outbound rule, if any
    bool in_scope = false;                       ///< whether that rule wants the object
    std::string deprovision;  ///< what the rule does where it does not: "disable", "delete", …
    std::vector<ExplainedFlow>
        flows;                 ///< connector objects: of that rule, or of its deprovisioning
    std::vector<Item> errors;  ///< why it, or what it is joined to, is in error
    std::optional<PendingExport> pending;
    std::optional<Commit> planned;      ///< the commit that planned it
    std::vector<std::string> problems;  ///< expressions that failed on the way
};

/// Explains all attributes of an object, or one. Reads the store and evaluates the rules as the
/// next synchronisation would. Throws Error(not_found) where there is no such object.
Explanation explain(const Configuration& configuration, View& view, ObjectId object,
                    AttributeId only = {});

}  // namespace muster
