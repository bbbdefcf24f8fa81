#include <algorithm>

#include "base/dn.h"
#include "base/text.h"
#include "store/object_row.h"
#include "store/postgresql/object_columns.h"
#include "store/postgresql/postgresql_view.h"
#include "store/postgresql/text_key.h"

namespace muster::postgresql {
namespace {

/// Where the answer to question i (WITH ORDINALITY, from 1) goes.
std::size_t place(const Row& row) {
    return static_cast<std::size_t>(row.integer(0) - 1);
}

}  // namespace

void PostgresqlView::append_ids(const Result& result, std::vector<ObjectId>& ids) const {
    for (int i = 0; i < result.size(); ++i)
        ids.push_back(result[i].id<ObjectId>(0));
}

// OFFSET 0 keeps the planner from reading all of a space, type or key and comparing each with each,
// which it takes for cheap as long as it has not seen how many there are.
void PostgresqlView::lookup(TypeId type, std::span<const std::string_view> anchors,
                            std::span<ObjectId> ids) {
    const Result found =
        ask("SELECT w.i, o.id FROM unnest($3::text[]) WITH ORDINALITY w(anchor, i), LATERAL "
            "(SELECT id FROM object WHERE space = $1::bigint::int AND type = $2::bigint::int "
            "AND anchor = w.anchor OFFSET 0) o",
            names().stored(schema().space_of(type)), names().stored(type), anchors);
    std::fill(ids.begin(), ids.end(), ObjectId{});
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        ids[place(row)] = row.id<ObjectId>(1);
    }
}

void PostgresqlView::named(SpaceId system, std::span<const std::string_view> wanted,
                           const std::function<void(std::size_t, const Named&)>& found) {
    std::vector<std::int64_t> keys;
    keys.reserve(wanted.size());
    for (const std::string_view name : wanted)
        keys.push_back(name_key(name));
    const Result matches =
        ask("SELECT w.i, o.id, o.flags, o.name, o.type FROM unnest($2::bigint[]) WITH ORDINALITY "
            "w(key, i), LATERAL (SELECT id, flags, name, type FROM object WHERE space = "
            "$1::bigint::int "
            "AND name_key = w.key OFFSET 0) o ORDER BY w.i, o.id DESC",
            names().stored(system), keys);
    for (int i = 0; i < matches.size(); ++i) {
        const Row row = matches[i];
        Named object{row.id<ObjectId>(1), names().type(row.integer(4)), state_of(row.integer(2)),
                     row.string(3)};
        if (object.type && normalize_dn(object.name) == wanted[place(row)])
            found(place(row), object);
    }
}

void PostgresqlView::match(KeyId key, SpaceId space, std::span<const std::string_view> values,
                           const std::function<void(std::size_t, ObjectId)>& found) {
    const std::vector<std::int64_t> keys = text_keys(values);
    const Result matches =
        ask("SELECT w.i, k.object FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY "
            "w(value_key, value, i), LATERAL (SELECT object FROM key WHERE key = $1::bigint::int "
            "AND space = $2::bigint::int AND value_key = w.value_key AND value = w.value OFFSET 0) "
            "k ORDER BY w.i, k.object",
            names().stored(key), names().stored(space), keys, values);
    for (int i = 0; i < matches.size(); ++i) {
        const Row row = matches[i];
        found(place(row), row.id<ObjectId>(1));
    }
}

bool PostgresqlView::has_keys(KeyId key, SpaceId space) {
    return !ask("SELECT 1 FROM key WHERE key = $1::bigint::int AND space = $2::bigint::int LIMIT 1",
                names().stored(key), names().stored(space))
                .empty();
}

void PostgresqlView::index(SpaceId space, const std::function<void(const IndexRow&)>& each) {
    std::string anchor;
    std::string name;
    source_->stream(
        fmt::format("SELECT id, type, flags, joined, payload_low, payload_high, anchor, name "
                    "FROM object WHERE space = {} ORDER BY id",
                    names().stored(space)),
        [&](const Row& row) {
            if (const TypeId type = names().type(row.integer(1)))
                each({row.id<ObjectId>(0), type, state_of(row.integer(2)), row.id<ObjectId>(3),
                      digest_of(row.integer(4), row.integer(5)), row.text(6, anchor),
                      row.text(7, name)});
        });
}

void PostgresqlView::objects(TypeId type, ObjectId after, std::size_t most,
                             std::vector<ObjectId>& ids) {
    append_ids(ask("SELECT id FROM object WHERE space = $1::bigint::int AND "
                   "type = $2::bigint::int AND id > $3::bigint ORDER BY id LIMIT $4::bigint",
                   names().stored(schema().space_of(type)), names().stored(type), after, most),
               ids);
}

void PostgresqlView::hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) {
    const Result found =
        ask(fmt::format("SELECT w.i, {} FROM unnest($1::bigint[]) WITH ORDINALITY w(id, i) "
                        "JOIN object o ON o.id = w.id",
                        kObjectSelect),
            ids);
    objects.clear();
    objects.resize(ids.size());
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        if (Object& object = objects[place(row)]; !read_object(row, object))
            object = Object{};
    }
}

bool PostgresqlView::read_object(const Row& row, Object& object) const {
    const TypeId type = names().type(row.integer(2));
    if (!type)
        return false;
    object.id = row.id<ObjectId>(1);
    object.type = type;
    read_object_facts(row, std::size_t{3}, object);
    object.anchor = row.string(10);
    object.name = row.string(11);
    std::string buffer;
    decode(row.json(12, buffer), type, schema(), object.attributes);
    return true;
}

void PostgresqlView::identify(std::span<const ObjectId> ids, std::vector<Identity>& identities) {
    const Result found =
        ask("SELECT w.i, o.id, o.flags, o.anchor, o.name, o.type FROM unnest($1::bigint[]) "
            "WITH ORDINALITY w(id, i) JOIN object o ON o.id = w.id",
            ids);
    identities.assign(ids.size(), {});
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        identities[place(row)] = {row.id<ObjectId>(1), state_of(row.integer(2)), row.string(3),
                                  row.string(4), names().type(row.integer(5))};
    }
}

std::vector<Population> PostgresqlView::population(SpaceId space) {
    std::vector<Population> counts;
    const Result found =
        ask("SELECT type, attribute, count FROM population WHERE space = $1::bigint::int "
            "ORDER BY type, attribute",
            names().stored(space));
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        const TypeId type = names().type(row.integer(0));
        const AttributeId attribute = names().attribute(row.integer(1));
        if (type && (attribute || row.integer(1) == 0) && row.integer(2) > 0)
            counts.push_back({type, attribute, static_cast<std::uint64_t>(row.integer(2))});
    }
    return counts;
}

void PostgresqlView::gone(SpaceId space, std::vector<ObjectId>& ids) {
    append_ids(ask("SELECT id FROM object WHERE space = $1::bigint::int AND (flags & 7) = 2 "
                   "ORDER BY id",
                   names().stored(space)),
               ids);
}

void PostgresqlView::retries(SpaceId space, std::vector<ObjectId>& ids) {
    append_ids(ask("SELECT id FROM object WHERE space = $1::bigint::int AND (flags & 16) <> 0 "
                   "ORDER BY id",
                   names().stored(space)),
               ids);
}

void PostgresqlView::due(Instant moment, std::vector<ObjectId>& ids) {
    append_ids(ask("SELECT id FROM object WHERE due <= $1::bigint AND due IS NOT NULL "
                   "ORDER BY id",
                   moment),
               ids);
}

}  // namespace muster::postgresql
