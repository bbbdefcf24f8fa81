#include "store/store_suite.h"

namespace muster {
namespace {

StoreFactory sqlite_factory() {
    return {"sqlite", [](const std::string& folder, const Schema& schema, StoreAccess access) {
                return open_sqlite_store(folder + "/muster.db", schema, access);
            }};
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreTest,
                         ::testing::Values(Case{sqlite_factory(), StoreAccess::write},
                                           Case{sqlite_factory(), StoreAccess::preview}),
                         [](const auto& test) {
                             return test.param.factory.name +
                                    (test.param.access == StoreAccess::write ? "" : "_preview");
                         });

}  // namespace
}  // namespace muster
