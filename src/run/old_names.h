#pragma once

#include <span>
#include <string>
#include <vector>

#include "run/step.h"
#include "store/view.h"

namespace muster {

/// A value that was read in the place of links, and leads to nothing.
struct LostValue {
    ObjectId source;
    TypeId type;  ///< of the source
    AttributeId attribute;
    std::string text;
    std::vector<ObjectId> lost;  ///< what the attribute led to before
};

/// Where such a value is a name that one of those had, it is no stranger's: it was left behind when
/// somebody renamed them. Notes as a pending removal that it is to go.
void plan_old_names(const Step& step, View& view, std::span<const LostValue> values,
                    ChangeSet& changes);

/// Whether a rule keeps the attribute as the metaverse has it.
bool is_written(const Configuration& configuration, const Schema& schema, AttributeId attribute);

}  // namespace muster
