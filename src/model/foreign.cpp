#include "model/foreign.h"

#include <algorithm>

namespace muster {

bool keeps_foreign(const Configuration& configuration, AttributeId connector_attribute) {
    const auto owner = configuration.schema.attribute(connector_attribute).owner;
    const auto& settings = configuration.type_settings(owner).attributes;
    const auto found = std::ranges::find(settings, connector_attribute,
                                         &std::pair<AttributeId, boost::json::object>::first);
    const auto* value = found == settings.end() ? nullptr : found->second.if_contains("foreign");
    return value == nullptr || !value->is_string() || value->as_string() != "remove";
}

}  // namespace muster
