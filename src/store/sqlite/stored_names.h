#pragma once

#include <vector>

#include "store/names.h"
#include "store/sqlite/connection.h"

namespace muster::sqlite {

/// Every row of the `names` table, in the order Names takes them.
std::vector<NameRow> read_names(Connection& connection);

/// Gives numbers to names that have none and notes attributes whose type changed; `last` is the
/// last commit so far.
void record_names(Connection& connection, const Schema& schema, CommitNumber last);

}  // namespace muster::sqlite
