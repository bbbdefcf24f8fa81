#include "model/configuration.h"

#include <algorithm>

#include "base/error.h"

namespace muster {

std::string_view limit_kind_name(LimitKind kind) {
    switch (kind) {
        case LimitKind::deletes:
            return "deletes";
        case LimitKind::disables:
            return "disables";
        case LimitKind::removals:
            return "removals";
        case LimitKind::updates:
            return "updates";
        case LimitKind::creates:
            return "creates";
    }
    return {};
}

const ConnectedSystem& Configuration::system(SpaceId id) const {
    const auto found = std::ranges::find(systems, id, &ConnectedSystem::space);
    MUSTER_ASSERT(found != systems.end(), "space {} is no connected system", id.value);
    return *found;
}

const TypeSettings& Configuration::type_settings(TypeId id) const {
    const auto& types = system(schema.space_of(id)).types;
    const auto found = std::ranges::find(types, id, &TypeSettings::type);
    MUSTER_ASSERT(found != types.end(), "type {} has no settings", schema.type(id).name);
    return *found;
}

const DeletionRule& Configuration::deletion_rule(TypeId metaverse_type) const {
    const auto& types = schema.space(kMetaverse).types;
    const auto found = std::ranges::find(types, metaverse_type);
    MUSTER_ASSERT(found != types.end(), "type {} is not of the metaverse",
                  schema.type(metaverse_type).name);
    const auto position = static_cast<std::size_t>(found - types.begin());
    MUSTER_ASSERT(position < deletion_rules.size());
    return deletion_rules[position];
}

}  // namespace muster
