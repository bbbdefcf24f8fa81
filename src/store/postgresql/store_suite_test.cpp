#include "store/store_suite.h"
#include "store/open_store.h"
#include "support/mini_postgres.h"

namespace muster {
namespace {

StoreFactory postgresql_factory() {
    return {"postgresql", [](const std::string& folder, const Schema& schema, StoreAccess access) {
                return open_store(testing::shared_postgres().url_of(folder), schema, access);
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
