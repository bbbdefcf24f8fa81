#pragma once

#include "run/step.h"

namespace muster {

/// How the systems tell values apart, as they said when they were last read: known to a preview and
/// to a sync that reads nothing, too.
Equalities remembered_equalities(const Schema& schema, View& view);

/// Remembers what a system says of it, where that is anything new.
void remember_equalities(Step& step, View& view, SpaceId system, const Equalities& equalities);

}  // namespace muster
