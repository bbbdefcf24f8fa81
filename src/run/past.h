#pragma once

#include <optional>
#include <vector>

#include "run/changes.h"
#include "store/view.h"

namespace muster {

/// What one commit did to an object, in words.
struct PastChange {
    Change change;
    std::optional<Commit> commit;  ///< nothing: its row is no longer kept
    std::vector<ValueDifference> values;
};

/// The last changes of an object, newest first; also of one that was erased. What it was when it
/// was created, which the log does not hold, is found by walking back from the present.
std::vector<PastChange> read_past(const Schema& schema, View& view, ObjectId object,
                                  std::size_t most);

}  // namespace muster
