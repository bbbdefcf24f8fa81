#pragma once

#include <memory>
#include <string>

#include "store/store.h"

namespace muster::testing {

/// Opens the store that stands for the file `path`, processed directly or in memory, as the
/// environment wants (support/wanted_store.h).
std::unique_ptr<Store> open_test_store(const std::string& path, const Schema& schema,
                                       StoreAccess access);

/// Throws where what is held in memory is not what the store holds.
void require_agreement(Store& store);

}  // namespace muster::testing
