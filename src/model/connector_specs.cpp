#include <algorithm>

#include "model/connector_settings.h"

namespace muster {

std::span<const ConnectorSpec> connector_specs() {
    static const ConnectorSpec kAll[] = {kCsvConnector, kLdapConnector, kLdifConnector};
    return kAll;
}

const ConnectorSpec* find_connector_spec(std::string_view name) {
    const auto all = connector_specs();
    const auto found = std::ranges::find(all, name, &ConnectorSpec::name);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace muster
