#pragma once

#include <span>

#include "model/delta.h"
#include "model/object.h"

namespace muster {

/// Makes `first` the two changes as one: what was in between is forgotten, what was taken back is
/// no change.
void follow(Delta& first, const Delta& second);

/// Everything an object and its links are, as the delta that made it.
Delta creation(const Object& object, std::span<const Link> links);

}  // namespace muster
