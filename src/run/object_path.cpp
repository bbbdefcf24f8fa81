#include "run/object_path.h"

#include <fmt/format.h>

#include "base/error.h"
#include "model/delta.h"

namespace muster {
namespace {

/// The values of the first matching key of the type that is complete; empty where none is.
std::string key_text(const Schema& schema, const Object& object) {
    for (const auto& key : schema.keys()) {
        if (key.type != object.type) {
            continue;
        }
        std::string text;
        for (const auto attribute : key.attributes) {
            const auto value = object.attributes.first(attribute);
            if (value.empty()) {
                text.clear();
                break;
            }
            text += (text.empty() ? "" : "+") + std::string(value);
        }
        if (!text.empty()) {
            return text;
        }
    }
    return {};
}

std::string prefix(const Schema& schema, TypeId type) {
    return fmt::format("{}/{}/", schema.space(schema.space_of(type)).name, schema.type(type).name);
}

/// Neither name nor anchor yet: only the metaverse object says which one it is.
bool is_nameless(const Schema& schema, const Object& object) {
    return schema.space_of(object.type) != kMetaverse && object.name.empty() &&
           object.anchor.empty() && object.joined;
}

}  // namespace

std::string object_path(const Schema& schema, const Object& object) {
    const bool metaverse = schema.space_of(object.type) == kMetaverse;
    std::string text = metaverse              ? key_text(schema, object)
                       : !object.name.empty() ? object.name
                                              : object.anchor;
    if (text.empty()) {
        text = fmt::format("#{}", object.id.value);
    }
    return prefix(schema, object.type) + text;
}

Object erased_object(const Schema& schema, const Change& change) {
    MUSTER_ASSERT(change.kind == ChangeKind::erase, "commit {}", change.commit.value);
    const auto delta = decode_delta(change.delta, change.type, schema);
    Object object;
    object.id = change.object;
    object.type = change.type;
    object.commit = change.commit;
    object.anchor = delta.anchor ? delta.anchor->first : std::string();
    object.name = delta.name ? delta.name->first : std::string();
    object.joined = delta.joined ? delta.joined->first : ObjectId();
    for (const auto& attribute : delta.attributes) {
        for (const auto& value : attribute.before) {
            object.attributes.add(attribute.attribute, value);
        }
    }
    object.attributes.normalise();
    return object;
}

std::vector<std::string> object_paths(const Schema& schema, View& view,
                                      std::span<const ObjectId> ids) {
    std::vector<Object> objects;
    view.hydrate(ids, objects);
    std::vector<ObjectId> owners;  // metaverse objects of the nameless, in order
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (!objects[i].id) {
            const auto last = view.history(ids[i], 1);
            if (!last.empty() && last.front().kind == ChangeKind::erase && last.front().type) {
                objects[i] = erased_object(schema, last.front());
            }
        }
        if (objects[i].id && is_nameless(schema, objects[i])) {
            owners.push_back(objects[i].joined);
        }
    }
    std::vector<Object> owning;
    view.hydrate(owners, owning);
    auto owner = owning.begin();
    std::vector<std::string> paths;
    paths.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (!objects[i].id) {
            paths.push_back(fmt::format("#{}", ids[i].value));
        } else if (is_nameless(schema, objects[i])) {
            const auto& metaverse = *owner++;
            paths.push_back(metaverse.id ? prefix(schema, objects[i].type) + "new for " +
                                               object_path(schema, metaverse)
                                         : object_path(schema, objects[i]));
        } else {
            paths.push_back(object_path(schema, objects[i]));
        }
    }
    return paths;
}

}  // namespace muster
