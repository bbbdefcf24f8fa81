#include "store/postgresql/object_columns.h"
#include "store/postgresql/postgresql_view.h"

namespace muster::postgresql {

void PostgresqlView::scan_objects(const std::function<void(const Object&)>& each) {
    Object object;
    source_->stream(fmt::format("SELECT 0, {} FROM object o ORDER BY o.id", kObjectSelect),
                    [&](const Row& row) {
                        if (read_object(row, object))
                            each(object);
                    });
}

void PostgresqlView::scan_joins(const std::function<void(const Join&)>& each) {
    source_->stream("SELECT joined, id, type FROM object WHERE joined IS NOT NULL",
                    [&](const Row& row) {
                        if (const TypeId type = names().type(row.integer(2)))
                            each({row.id<ObjectId>(0), row.id<ObjectId>(1), type});
                    });
}

void PostgresqlView::scan_links(const std::function<void(const Link&)>& each) {
    source_->stream(
        "SELECT attribute, source, target, text FROM link ORDER BY source, attribute, target",
        [&](const Row& row) {
            if (const AttributeId attribute = names().attribute(row.integer(0)))
                each({attribute, row.id<ObjectId>(1), row.id<ObjectId>(2), row.string(3)});
        });
}

void PostgresqlView::scan_keys(const std::function<void(const KeyRow&)>& each) {
    std::string value;
    source_->stream("SELECT key, space, value, object FROM key", [&](const Row& row) {
        const KeyId key = names().key(row.integer(0));
        const SpaceId space = names().space(row.integer(1));
        if (key && space)
            each({key, space, row.text(2, value), row.id<ObjectId>(3)});
    });
}

}  // namespace muster::postgresql
