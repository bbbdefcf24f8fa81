#pragma once

#include <span>
#include <string>
#include <vector>

#include "run/step.h"
#include "store/view.h"

namespace muster {

/// An object that is to be created or renamed, and its name then.
struct NameClaim {
    ObjectId object;
    std::string name;
};

/// Beside the claims: who has the name and is there to stay, as far as the connector space knows;
/// none where it is free. Who is to be deleted or renamed does not stay. Of several that are to be
/// created under one name, the first stays. Blocks.
std::vector<ObjectId> name_holders(View& view, SpaceId system, std::span<const NameClaim> claims);

/// Tells, for each of the claims whose name is taken, who wanted it and who has it.
void tell_names_taken(Step& step, View& view, SpaceId system, std::span<const NameClaim> claims,
                      std::span<const ObjectId> holders);

/// The same for everything that is planned in a system.
void tell_names_taken(Step& step, View& view, SpaceId system);

}  // namespace muster
