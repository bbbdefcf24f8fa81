#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/postgresql/source.h"

namespace muster::postgresql {

/// The questions of Store::check() that the server answers by itself; complaints, empty where there
/// are none. (The replay of the log comes on top.)
std::vector<std::string> ask_questions(Source& source);

}  // namespace muster::postgresql
