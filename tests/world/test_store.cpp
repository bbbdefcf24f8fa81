#include "world/test_store.h"

#include <stdexcept>

#include "store/open_store.h"
#include "store/resident/resident_store.h"
#include "support/wanted_store.h"

namespace muster::testing {

std::unique_ptr<Store> open_test_store(const std::string& path, const Schema& schema,
                                       StoreAccess access) {
    constexpr std::size_t kPlenty = 256u << 20;
    auto store = open_store(wanted_store(path), schema, access);
    if (!wants_in_memory()) {
        return store;
    }
    return std::make_unique<ResidentStore>(std::move(store), schema, ResidentOptions{kPlenty, {}});
}

void require_agreement(Store& store) {
    auto* const resident = dynamic_cast<ResidentStore*>(&store);
    if (resident == nullptr) {
        return;
    }
    if (!resident->resident()) {
        throw std::runtime_error("processing is no longer in memory");
    }
    if (const auto otherwise = resident->contradiction(); !otherwise.empty()) {
        throw std::runtime_error("memory and store differ: " + otherwise);
    }
}

}  // namespace muster::testing
