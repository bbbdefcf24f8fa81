#include "base/error.h"
#include "connect/connector.h"
#include "connect/csv/csv_connector.h"
#include "connect/ldap/ldap_connector.h"
#include "connect/ldif/ldif_connector.h"

namespace muster {

std::unique_ptr<Connector> make_connector(const Configuration& configuration, SpaceId system) {
    const auto& connector = configuration.system(system).connector;
    if (connector == "csv") {
        return make_csv_connector(configuration, system);
    }
    if (connector == "ldif") {
        return make_ldif_connector(configuration, system);
    }
    if (connector == "ldap") {
        return make_ldap_connector(configuration, system);
    }
    MUSTER_ASSERT(false, "no connector '{}'", connector);
}

}  // namespace muster
