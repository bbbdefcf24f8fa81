#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_view.h"

namespace muster::sqlite {

/// What Store::check promises.
std::vector<std::string> check(const ViewSource& source, std::size_t every_nth,
                               const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace muster::sqlite
