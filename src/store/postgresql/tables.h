#pragma once

#include <vector>

#include "store/names.h"
#include "store/postgresql/connection.h"

namespace muster::postgresql {

/// The version of the tables Muster works with today.
extern const std::int64_t kPresentVersion;

/// The version of the tables in the database; 0 where there are none. Throws Error(store) where
/// they are of a newer Muster.
std::int64_t stored_version(Connection& connection);

/// Creates the tables, or migrates older ones step by step, in one transaction; nothing where they
/// are the present ones. Needs the rights of an owner.
void migrate(Connection& connection);

/// Throws Error(store) where the tables are not the present ones.
void require_present(Connection& connection);

/// Every row of `names`, in the order Names takes them.
std::vector<NameRow> read_names(Connection& connection);

/// Makes the store know every name of the schema, within the transaction that is open: numbers,
/// partitions, and the views for people. Needs the rights of an owner if anything is new, and says
/// so.
void record_names(Connection& connection, const Schema& schema);

/// Makes the parts of the tables that hold the objects and links of a space.
void add_partitions(Connection& connection, std::int64_t space);

/// The SQL that gives roles what they need: an owner that creates and migrates, a worker that runs,
/// a reader that looks. `search_path` is the schema of the tables.
std::string role_statements();

}  // namespace muster::postgresql
