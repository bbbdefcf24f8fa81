#pragma once

#include <span>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "model/delta.h"
#include "model/object.h"

namespace muster {

/// Which values of the first component of an object's present name the rules want it to keep when
/// `planned` renames it, by attribute (as Operation::kept).
std::vector<ValueChange> kept_in_name(const Configuration& configuration, const Object& object,
                                      const Delta& planned);

/// Takes over what a rename did to attributes (Outcome::brought): into the object, and out of what
/// is still planned for it.
void take_brought(const Schema& schema, std::span<const ValueChange> brought, Object& object,
                  Delta& planned);

}  // namespace muster
