#pragma once

#include <string>

namespace muster::testing {

// How the environment wants those tests to store and to process that run in every way.

/// Where a test keeps what it would keep in the file `path`: with MUSTER_TEST_STORE=postgresql in a
/// schema of its own in shared_postgres(), else in that file. As `store:` of a configuration takes
/// it, always the same for one path.
std::string wanted_store(const std::string& path);

/// Whether MUSTER_TEST_STORE=postgresql.
bool wants_postgresql();

/// Whether MUSTER_TEST_PROCESSING=in-memory.
bool wants_in_memory();

/// A configuration in which `store: muster.db` and the way of processing are as they are wanted.
/// Throws std::runtime_error where it does not store there. `path` stands for muster.db.
std::string as_wanted(std::string configuration, const std::string& path);

}  // namespace muster::testing
