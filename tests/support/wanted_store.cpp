#include "support/wanted_store.h"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "support/mini_postgres.h"

namespace muster::testing {
namespace {

bool wanted(const char* variable, std::string_view way) {
    const char* const value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
    return value != nullptr && value == way;
}

}  // namespace

std::string wanted_store(const std::string& path) {
    return wants_postgresql() ? shared_postgres().url_of(path) : path;
}

bool wants_postgresql() {
    return wanted("MUSTER_TEST_STORE", "postgresql");
}

bool wants_in_memory() {
    return wanted("MUSTER_TEST_PROCESSING", "in-memory");
}

std::string as_wanted(std::string configuration, const std::string& path) {
    constexpr std::string_view kUsual = "store: muster.db\n";
    const auto at = configuration.find(kUsual);
    if (at == std::string::npos) {
        throw std::runtime_error("the configuration does not store in muster.db");
    }
    return configuration.replace(at, kUsual.size(),
                                 "store: " + wanted_store(path) + "\n" +
                                     (wants_in_memory() ? "processing: in-memory\n" : ""));
}

}  // namespace muster::testing
