#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// What may have been meant: "did you mean 'surname'?" where a candidate is near, else the
/// candidates where they are few, else nothing.
std::string suggest(std::string_view wrong, const std::vector<std::string_view>& candidates);

}  // namespace muster
