#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"
#include "support/temp_folder.h"

namespace muster {

/// A metaverse of people and teams, and a system with users and groups.
inline Schema sample_schema() {
    Schema schema;
    const SpaceId metaverse = schema.add_space("metaverse");
    const TypeId person =
        schema.add_type(metaverse, "person",
                        {{"mail"}, {"name"}, {"age", Type::integer}, {"tags", Type::text, true}});
    const TypeId team =
        schema.add_type(metaverse, "team", {{"title"}, {"members", Type::reference, true}});
    schema.set_targets(schema.find_attribute(team, "members"), {person});
    schema.add_key(person, {schema.find_attribute(person, "mail")});
    const SpaceId system = schema.add_space("directory");
    const TypeId user =
        schema.add_type(system, "user", {{"uid"}, {"cn"}, {"manager", Type::reference}});
    const TypeId group = schema.add_type(
        system, "group",
        {{"cn"}, {"member", Type::reference, true}, {"owner", Type::reference, true}});
    schema.set_targets(schema.find_attribute(user, "manager"), {user});
    schema.set_targets(schema.find_attribute(group, "member"), {user});
    schema.set_targets(schema.find_attribute(group, "owner"), {user});
    return schema;
}

/// What a Store under test is made by; every implementation runs the same tests.
struct StoreFactory {
    std::string name;
    std::function<std::unique_ptr<Store>(const std::string& folder, const Schema&, StoreAccess)>
        open;
};

/// A store in a fresh folder and short ways to write to it.
class StoreFixture {
 public:
    explicit StoreFixture(const StoreFactory& factory, StoreAccess access = StoreAccess::write)
        : factory_(factory), access_(access), store(open(access)) {}

    std::unique_ptr<Store> open(StoreAccess access) const {
        return factory_.open(folder.path(), schema, access);
    }
    void reopen() {
        store.reset();
        store = open(access_);
    }

    TypeId type(std::string_view space, std::string_view name) const {
        return schema.find_type(schema.find_space(space), name);
    }
    AttributeId attribute(TypeId type, std::string_view name) const {
        return schema.find_attribute(type, name);
    }

    /// A new object with an id of its own; not written yet.
    Object make(TypeId type, std::string anchor = {}, std::string name = {}) {
        Object object;
        object.id = store->reserve_ids(1);
        object.type = type;
        object.anchor = std::move(anchor);
        object.name = std::move(name);
        return object;
    }
    void set(Object& object, std::string_view attribute_name, std::vector<std::string> values) {
        const std::vector<std::string_view> views(values.begin(), values.end());
        object.attributes.set(attribute(object.type, attribute_name), views);
    }

    ObjectWrite creation(const Object& object) const {
        std::string json;
        encode(object.attributes, schema, json);
        ObjectWrite write;
        write.kind = ChangeKind::create;
        write.object = object;
        write.delta = hex(digest(json));
        return write;
    }
    ObjectWrite update(const Object& before, const Object& after) const {
        ObjectWrite write;
        write.object = after;
        Delta delta;
        delta.attributes = diff(before.attributes, after.attributes);
        if (before.name != after.name)
            delta.name = {before.name, after.name};
        if (before.anchor != after.anchor)
            delta.anchor = {before.anchor, after.anchor};
        if (before.joined != after.joined)
            delta.joined = {before.joined, after.joined};
        if (before.state != after.state)
            delta.state = {before.state, after.state};
        encode(delta, schema, write.delta);
        return write;
    }
    ObjectWrite erasure(const Object& object) const {
        ObjectWrite write;
        write.kind = ChangeKind::erase;
        write.object = object;
        Delta delta;
        delta.attributes = diff(object.attributes, {});
        delta.anchor = {object.anchor, {}};
        delta.name = {object.name, {}};
        encode(delta, schema, write.delta);
        return write;
    }

    CommitNumber commit(ChangeSet changes) { return store->commit(changes); }
    CommitNumber write(ObjectWrite write) {
        ChangeSet changes;
        changes.objects.push_back(std::move(write));
        return store->commit(changes);
    }
    CommitNumber create(const Object& object) { return write(creation(object)); }
    Object read(ObjectId id) {
        std::vector<Object> objects;
        store->view()->hydrate(std::vector{id}, objects);
        return objects.front();
    }
    /// A note for the log on an object whose links changed.
    ObjectWrite touched(ObjectId id, const std::vector<LinkChange>& links) {
        ObjectWrite write;
        write.object = read(id);
        write.attributes_changed = write.identity_changed = false;
        Delta delta;
        delta.links = links;
        encode(delta, schema, write.delta);
        return write;
    }

 private:
    const StoreFactory& factory_;
    StoreAccess access_;

 public:
    testing::TempFolder folder;
    Schema schema = sample_schema();
    std::unique_ptr<Store> store;
};

}  // namespace muster
