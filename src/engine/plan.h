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
};

/// What has to be done about one target object; references apart.
struct TargetPlan {
    enum class Kind : std::uint8_t { nothing, create, update, disable, erase, disconnect };
    Kind kind = Kind::nothing;
    Delta delta;  ///< create, update, disable: name and attributes
    friend bool operator==(const TargetPlan&, const TargetPlan&) = default;
};

/// Works out what the target ought to hold. With `creating`, initial-only flows count. Pure.
/// Nothing: see rules.problem().
std::optional<Expected> project(Rules& rules, std::uint16_t outbound, const Document& metaverse,
                                bool creating);

/// What to do about the target of one outbound rule. `actual` is the connector object joined to the
/// metaverse object, or null. `present`: whether the metaverse object is there (else it is being
/// deleted). Pure. Nothing: see rules.problem().
std::optional<TargetPlan> plan(Rules& rules, std::uint16_t outbound, const Document& metaverse,
                               bool present, const Object* actual);

/// The anchor of a connector object whose type makes it of attributes (files); empty where the
/// system gives it.
std::string anchor_of(const Schema& schema, TypeId type, const Document& attributes);

/// Turns a document and name around by a planned delta; attributes outside the delta stay.
void apply(const Delta& delta, Object& object);

}  // namespace muster
