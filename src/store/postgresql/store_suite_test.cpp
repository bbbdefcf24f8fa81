#include "store/store_suite.h"
#include "store/open_store.h"
#include "support/mini_postgres.h"

namespace muster {
namespace {

/// The database of a test is that of its folder: opened again, it is the same.
std::string database_of(const std::string& folder) {
    static std::map<std::string, std::string> databases;
    std::string& url = databases[folder];
    if (url.empty())
        url = testing::shared_postgres().fresh_database();
    return url;
}

StoreFactory postgresql_factory() {
    return {"postgresql", [](const std::string& folder, const Schema& schema, StoreAccess access) {
                return open_store(database_of(folder), schema, access);
            }};
}

INSTANTIATE_TEST_SUITE_P(Postgresql, StoreTest,
                         ::testing::Values(Case{postgresql_factory(), StoreAccess::write},
                                           Case{postgresql_factory(), StoreAccess::preview}),
                         [](const auto& test) {
                             return test.param.factory.name +
                                    (test.param.access == StoreAccess::write ? "" : "_preview");
                         });

}  // namespace
}  // namespace muster
