#pragma once

#include <memory>
#include <string>

#include "store/store.h"

namespace muster::testing {

/// Opens a store at `path` as the environment wants tests to: one of its own in PostgreSQL with
/// MUSTER_TEST_STORE=postgresql, else that file; processing in memory with
/// MUSTER_TEST_PROCESSING=in-memory, else directly.
std::unique_ptr<Store> open_test_store(const std::string& path, const Schema& schema,
                                       StoreAccess access);

/// Throws where what is held in memory is not what the store holds.
void require_agreement(Store& store);

}  // namespace muster::testing
