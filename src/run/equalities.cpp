#include "run/equalities.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

namespace muster {

namespace {

std::string meta_name(const Schema& schema, SpaceId system) {
    return "equality in " + schema.space(system).name;
}

std::string text_of(const Schema& schema, const Equalities& equalities) {
    std::map<std::string, std::map<std::string, std::string_view>> types;  // in one order always
    for (const auto& [id, equality] : equalities) {
        const auto& attribute = schema.attribute(id);
        types[schema.type(attribute.owner).name][attribute.name] = equality_name(equality);
    }
    boost::json::object all;
    for (const auto& [type, attributes] : types) {
        boost::json::object of_type;
        for (const auto& [name, equality] : attributes) {
            of_type[name] = equality;
        }
        all[type] = std::move(of_type);
    }
    return boost::json::serialize(all);
}

void read_type(const Schema& schema, TypeId type, const boost::json::object& attributes,
               Equalities& out) {
    for (const auto& [name, equality] : attributes) {
        const auto attribute = schema.find_attribute(type, name);
        const auto known = find_equality(equality.as_string());
        // What the configuration no longer names, or another version of Muster knew, is passed
        // over.
        if (attribute && known) {
            out.emplace(attribute, *known);
        }
    }
}

}  // namespace

Equalities remembered_equalities(const Schema& schema, View& view) {
    Equalities out;
    for (const auto& space : schema.spaces()) {
        const auto text = view.meta(meta_name(schema, space.id));
        if (text.empty()) {
            continue;
        }
        const auto types = boost::json::parse(text);
        for (const auto& [name, attributes] : types.as_object()) {
            if (const auto type = schema.find_type(space.id, name)) {
                read_type(schema, type, attributes.as_object(), out);
            }
        }
    }
    return out;
}

void remember_equalities(Step& step, View& view, SpaceId system, const Equalities& equalities) {
    const auto name = meta_name(step.schema(), system);
    const auto text = text_of(step.schema(), equalities);
    if (equalities.empty() || view.meta(name) == text) {
        return;
    }
    auto changes = step.changes();
    changes.meta.emplace_back(name, text);
    step.context().store.commit(changes);
}

}  // namespace muster
