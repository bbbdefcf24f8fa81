#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/view.h"

namespace muster {

/// The objects of a system that have these names, beside them; none where nothing has. Of several
/// that are there, the one that is spelled so; none where none or several are. Of those that are
/// gone the newest, where no other is left.
/// `type` none: of any type.
std::vector<ObjectId> find_named(View& view, SpaceId system, std::span<const std::string> names,
                                 TypeId type = {});

/// Finds objects of a space for a person: by exact anchor or name, or by a matching key of one
/// attribute; where nothing has it, by any attribute value equal to `text` after folding, which
/// reads the whole space. Ids ascending, at most `most`. Blocks; throws what the view throws.
std::vector<ObjectId> find_objects(View& view, const Schema& schema, SpaceId space,
                                   std::string_view text, std::size_t most);

}  // namespace muster
