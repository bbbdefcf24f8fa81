#pragma once

#include <string>
#include <string_view>

#include "model/object.h"
#include "model/schema.h"

namespace muster {

class Step;

/// The code of items about references that lead nowhere. They are told once, in the run in which
/// they appear, and are no errors of it: what they lead to may come.
inline constexpr std::string_view kUnresolvedCode = "unresolved-reference";

/// What such an item says: "manager refers to '7777', which hr does not have".
std::string unresolved_message(const Schema& schema, AttributeId attribute, std::string_view text);

/// Notes a reference of the object, as long as the step has not noted too many.
void note_unresolved(Step& step, const Object& object, AttributeId attribute, std::string_view text,
                     std::string_view where);

}  // namespace muster
