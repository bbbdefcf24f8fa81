#pragma once

#include <memory>

#include "store/postgresql/postgresql_store.h"
#include "store/postgresql/tables.h"
#include "store/store_fixture.h"
#include "support/mini_postgres.h"

namespace muster::postgresql {

/// Stores in a database of their own, to be opened as often as is needed.
class PostgresqlTest : public ::testing::Test {
 public:
    explicit PostgresqlTest(testing::MiniPostgres& with = testing::shared_postgres())
        : server(with), url(server.fresh_database()) {}

    std::unique_ptr<PostgresqlStore> open(StoreAccess access = StoreAccess::write) const {
        return open_at(url, access);
    }
    std::unique_ptr<PostgresqlStore> open_at(const std::string& where,
                                             StoreAccess access = StoreAccess::write) const {
        return std::make_unique<PostgresqlStore>(where, schema, access);
    }
    std::string query(std::string_view sql) const {
        return server.query(url.substr(url.rfind('/') + 1),
                            "SET search_path = muster;\n" + std::string(sql));
    }

    /// A new user, with a document of about 300 bytes.
    ObjectWrite creation(ObjectId id, const std::string& anchor) const {
        ObjectWrite write;
        write.kind = ChangeKind::create;
        write.object.id = id;
        write.object.type = user;
        write.object.anchor = anchor;
        set_name(write, anchor + std::string(300, '.'));
        std::string json;
        encode(write.object.attributes, schema, json);
        write.delta = hex(digest(json));
        return write;
    }
    ChangeSet creations(Store& store, std::size_t count, const std::string& prefix) const {
        ChangeSet changes;
        const ObjectId first = store.reserve_ids(count);
        for (std::size_t i = 0; i < count; ++i)
            changes.objects.push_back(creation(ObjectId(first.value + static_cast<std::int64_t>(i)),
                                               prefix + std::to_string(i)));
        return changes;
    }
    /// Gives another name to objects as they are read.
    ChangeSet renaming(Store& store, const std::vector<ObjectId>& ids,
                       const std::string& name) const {
        std::vector<Object> objects;
        store.view()->hydrate(ids, objects);
        ChangeSet changes;
        for (const Object& object : objects) {
            ObjectWrite write;
            write.object = object;
            set_name(write, name + std::to_string(object.id.value));
            Delta delta;
            delta.attributes = diff(object.attributes, write.object.attributes);
            encode(delta, schema, write.delta);
            changes.objects.push_back(std::move(write));
        }
        return changes;
    }
    std::vector<ObjectId> users(Store& store) const {
        std::vector<ObjectId> ids;
        store.view()->objects(user, {}, 1'000'000, ids);
        return ids;
    }

    testing::MiniPostgres& server;
    const std::string url;
    const Schema schema = sample_schema();
    const TypeId user = schema.find_type(schema.find_space("directory"), "user");

 private:
    void set_name(ObjectWrite& write, std::string_view name) const {
        write.object.attributes.set(schema.find_attribute(user, "cn"), std::span(&name, 1));
    }
};

}  // namespace muster::postgresql
