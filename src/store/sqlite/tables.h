#pragma once

#include "store/sqlite/connection.h"

namespace muster::sqlite {

/// The version of the tables in a database; 0 for an empty one. Throws Error(store) where the file
/// belongs to another program or a newer Muster.
std::int64_t stored_version(Connection& connection);

/// Brings a database to the present tables: creates them in an empty one, migrates older ones step
/// by step, each in its own transaction.
void migrate(Connection& connection);

/// Throws Error(store) where the tables are not the present ones.
void require_present(Connection& connection);

/// Settings of a connection for the work it does; must come before the first transaction.
void tune_for_writing(Connection& connection);
void tune_for_reading(Connection& connection);

}  // namespace muster::sqlite
