#include "store/open_store.h"

#include "store/postgresql/postgresql_store.h"
#include "store/postgresql/tables.h"
#include "store/postgresql/transfer.h"
#include "store/sqlite/transfer.h"

namespace muster {

std::unique_ptr<Store> open_store(const std::string& location, const Schema& schema,
                                  StoreAccess access) {
    return is_postgresql_store(location) ? open_postgresql_store(location, schema, access)
                                         : open_sqlite_store(location, schema, access);
}

std::unique_ptr<Store> open_postgresql_store(const std::string& url, const Schema& schema,
                                             StoreAccess access) {
    return std::make_unique<postgresql::PostgresqlStore>(url, schema, access);
}

bool is_postgresql_store(std::string_view location) {
    return postgresql::is_postgresql_url(location);
}

std::unique_ptr<TransferEnd> open_transfer(const std::string& location, bool create) {
    return is_postgresql_store(location) ? postgresql::open_transfer(location, create)
                                         : sqlite::open_transfer(location, create);
}

std::string postgresql_roles() {
    return postgresql::role_statements();
}

std::string shown_location(const std::string& location) {
    return is_postgresql_store(location) ? postgresql::shown_url(location) : location;
}

}  // namespace muster
