#include "world/test_store.h"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "store/open_store.h"
#include "store/resident/resident_store.h"
#include "support/mini_postgres.h"

namespace muster::testing {
namespace {

bool wanted(const char* variable, std::string_view way) {
    const char* const value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
    return value != nullptr && value == way;
}

}  // namespace

std::unique_ptr<Store> open_test_store(const std::string& path, const Schema& schema,
                                       StoreAccess access) {
    constexpr std::size_t kPlenty = 256u << 20;
    auto store = open_store(
        wanted("MUSTER_TEST_STORE", "postgresql") ? shared_postgres().url_of(path) : path, schema,
        access);
    if (!wanted("MUSTER_TEST_PROCESSING", "in-memory")) {
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
