#include "store/resident/resident_store.h"
#include "store/store_suite.h"

namespace muster {
namespace {

StoreFactory resident_factory() {
    return {"resident", [](const std::string& folder, const Schema& schema, StoreAccess access) {
                return std::make_unique<ResidentStore>(
                    open_sqlite_store(folder + "/muster.db", schema, access), schema,
                    ResidentOptions{1u << 30, {}});
            }};
}

INSTANTIATE_TEST_SUITE_P(Resident, StoreTest,
                         ::testing::Values(Case{resident_factory(), StoreAccess::write},
                                           Case{resident_factory(), StoreAccess::preview}),
                         [](const auto& test) {
                             return test.param.factory.name +
                                    (test.param.access == StoreAccess::write ? "" : "_preview");
                         });

}  // namespace
}  // namespace muster
