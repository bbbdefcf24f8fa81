#pragma once

#include <string_view>
#include <vector>

#include "store/view.h"

namespace muster {

/// Finds objects of a space for a person: by exact anchor or name, or by a matching key of one
/// attribute; where nothing has it, by any attribute value equal to `text` after folding, which
/// reads the whole space. Ids ascending, at most `most`. Blocks; throws what the view throws.
std::vector<ObjectId> find_objects(View& view, const Schema& schema, SpaceId space,
                                   std::string_view text, std::size_t most);

}  // namespace muster
