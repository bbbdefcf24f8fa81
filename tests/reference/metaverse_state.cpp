#include "reference/metaverse_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "base/dn.h"
#include "model/connector_settings.h"

namespace muster::testing {

std::string MetaverseObject::identity() const {
    if (!connectors.empty()) {
        return fmt::format("{}[{}]", type, fmt::join(connectors, " "));
    }
    std::string text = type + "(";
    for (const auto& [attribute, all] : values) {
        text += fmt::format("{}={};", attribute, fmt::join(all, "|"));
    }
    return text + ")";
}

std::string connector_label(const Schema& schema, TypeId type, bool named, std::string_view anchor,
                            std::string_view name) {
    return fmt::format("{}/{}/{}", schema.space(schema.space_of(type)).name, schema.type(type).name,
                       named ? normalize_dn(name) : std::string(anchor));
}

std::vector<std::string> describe(const std::vector<MetaverseObject>& objects) {
    std::vector<std::string> lines;
    for (const auto& o : objects) {
        std::string line =
            o.identity() + (o.leaving ? " leaving" : "") + (o.unclaimed ? " unclaimed" : "");
        for (const auto& [attribute, values] : o.values) {
            line += fmt::format(" {}={}", attribute, fmt::join(values, "|"));
        }
        for (const auto& [attribute, rules] : o.winners) {
            line += fmt::format(" {}<-{}", attribute, fmt::join(rules, "+"));
        }
        for (const auto& [attribute, targets] : o.links) {
            line += fmt::format(" {}->{{{}}}", attribute, fmt::join(targets, ", "));
        }
        lines.push_back(std::move(line));
    }
    std::ranges::sort(lines);
    return lines;
}

namespace {

void read_winners(const std::string& pattern, MetaverseObject& object) {
    if (pattern.empty()) {
        return;
    }
    const auto description = boost::json::parse(pattern);
    for (const auto& [attribute, rules] : description.as_object()) {
        auto& winners = object.winners[std::string(attribute)];
        if (const auto* list = rules.if_array()) {
            for (const auto& rule : *list) {
                winners.insert(std::string(rule.as_string()));
            }
        } else {
            winners.insert(std::string(rules.as_string()));
        }
    }
}

/// All metaverse objects, by id, with their connectors and values; links come after, as they need
/// the identities.
std::map<ObjectId, MetaverseObject> read_objects(View& view, const Configuration& configuration) {
    const auto& schema = configuration.schema;
    std::map<ObjectId, MetaverseObject> result;
    for (const auto type : schema.space(kMetaverse).types) {
        std::vector<ObjectId> ids;
        view.objects(type, ObjectId{}, 1'000'000, ids);
        std::vector<Object> objects;
        view.hydrate(ids, objects);
        for (const auto& o : objects) {
            auto& object = result[o.id];
            object.type = schema.type(type).name;
            object.leaving = is_leaving(o.state);
            object.unclaimed = is_unclaimed(o.state);
            for (const auto value : o.attributes) {
                object.values[schema.attribute(value.attribute).name].emplace(value.text);
            }
            if (o.provenance != 0) {
                read_winners(view.pattern(o.provenance), object);
            }
        }
    }
    return result;
}

}  // namespace

std::vector<MetaverseObject> read_metaverse(View& view, const Configuration& configuration) {
    const auto& schema = configuration.schema;
    auto objects = read_objects(view, configuration);
    std::vector<ObjectId> ids;
    ids.reserve(objects.size());
    for (const auto& [id, object] : objects) {
        ids.push_back(id);
    }
    std::vector<Join> joins;
    view.connectors(ids, joins);
    std::vector<ObjectId> connector_ids;
    connector_ids.reserve(joins.size());
    for (const auto& join : joins) {
        connector_ids.push_back(join.connector);
    }
    std::vector<Object> connectors;
    view.hydrate(connector_ids, connectors);
    for (std::size_t i = 0; i < joins.size(); ++i) {
        const auto& c = connectors[i];
        const auto& system = configuration.system(schema.space_of(joins[i].type));
        objects[joins[i].metaverse].connectors.insert(connector_label(
            schema, joins[i].type, find_connector_spec(system.connector)->named, c.anchor, c.name));
    }
    std::vector<Link> links;
    view.links(ids, AttributeId{}, links);
    for (const auto& link : links) {
        const auto target = objects.find(link.target);
        objects[link.source].links[schema.attribute(link.attribute).name].insert(
            target == objects.end() ? "nobody " + link.text : target->second.identity());
    }
    std::vector<MetaverseObject> result;
    result.reserve(objects.size());
    for (auto& [id, object] : objects) {
        result.push_back(std::move(object));
    }
    return result;
}

}  // namespace muster::testing
