#pragma once

#include <optional>
#include <string>

#include "engine/rules.h"
#include "model/delta.h"

namespace muster {

/// What a target ought to hold for one metaverse object, references apart.
struct Expected {
    std::string name;
    Document attributes;  ///< connector attributes that the rule's flows set
    bool name_failed = false;
    std::vector<AttributeId> failed;  ///< attributes whose flows failed: they stay as they are
};

/// What has to be done about one target object; references apart.
struct TargetPlan {
    /// undecided: an expression failed that decides about the object; it stays as it is, with what
    /// is pending.
    enum class Kind : std::uint8_t {
        nothing,
        create,
        update,
        disable,
        erase,
        disconnect,
        undecided
    };
    Kind kind = Kind::nothing;
    Delta delta = {};                         ///< create, update, disable: name and attributes
    std::vector<ObjectProblem> remarks = {};  ///< what of it cannot be had as it is wanted
    friend bool operator==(const TargetPlan&, const TargetPlan&) = default;
};

/// Works out what the target ought to hold. With `creating`, initial-only flows count. What fails
/// is told in `problems` and concerns only itself. Pure.
Expected project(Rules& rules, std::uint16_t outbound, const Document& metaverse, bool creating,
                 std::vector<ObjectProblem>& problems);

/// What a target ought to hold once its rule has disabled it: what the deprovisioning sets, and the
/// name it is moved to; no name where it stays. What fails is told in `problems`. Pure.
Expected project_disabled(Rules& rules, std::uint16_t outbound, const Document& metaverse,
                          std::vector<ObjectProblem>& problems);

/// What to do about the target of one outbound rule. `actual` is the connector object joined to the
/// metaverse object, or null. `present`: whether the metaverse object is there (else it is being
/// deleted). What fails is told in `problems`. Pure.
TargetPlan plan(Rules& rules, std::uint16_t outbound, const Document& metaverse, bool present,
                const Object* actual, std::vector<ObjectProblem>& problems);

/// The anchor of a connector object whose type makes it of attributes (files); empty where the
/// system gives it.
std::string anchor_of(const Schema& schema, TypeId type, const Document& attributes);

/// What of a planned delta is still to be done, now that the target is known to be so.
Delta rest_of(Delta planned, const Object& actual);

/// Turns a document and name around by a planned delta; attributes outside the delta stay.
void apply(const Delta& delta, Object& object);

}  // namespace muster
