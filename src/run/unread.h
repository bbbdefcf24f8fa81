#pragma once

#include <optional>

#include "connect/connector.h"
#include "run/step.h"
#include "store/view.h"

namespace muster {

/// Why an object could not be read any more under the name that is planned for it; nothing where it
/// can, or has no other name to get. What is not read again would be taken for deleted.
std::optional<ObjectProblem> unread_name(const Connector& connector, const Export& row);

/// The same for the values that are planned, of one that is to be created or updated. Who is to be
/// disabled is so all the same.
std::optional<ObjectProblem> left_out(const Step& step, const Connector& connector,
                                      const Export& row, const Object& object);

/// Tells of all that is planned in a system.
void tell_unread(Step& step, View& view, const Connector& connector, SpaceId system);

}  // namespace muster
