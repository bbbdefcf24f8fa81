#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/names.h"
#include "store/view.h"

namespace muster {

/// The part of Store::check() that needs nothing but a View: replays the log of every n-th object
/// backwards and tells where it does not lead to what the object holds. Appends complaints.
/// `progress` (may be empty) is told how many objects of how many were passed.
void replay_log(View& view, const Schema& schema, const Names& names, std::size_t every_nth,
                const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                std::vector<std::string>& complaints);

}  // namespace muster
