#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "store/sqlite/sqlite_view.h"

namespace muster::sqlite {
namespace {

/// The objects of one type in order of id, as lookups need them.
class TypeIndex {
 public:
    TypeIndex(Connection& connection, std::int64_t type, TypeId id)
        : id_(id),
          statement_(connection,
                     "SELECT id, flags, joined, payload_low, payload_high, anchor, name "
                     "FROM object INDEXED BY object_type WHERE type = ?1 ORDER BY id"),
          query_(statement_(type)) {
        next();
    }
    void next() { more_ = query_.next(); }
    bool more() const { return more_; }
    std::int64_t object() const { return query_.integer(0); }
    IndexRow row() const {
        return {query_.id<ObjectId>(0),
                id_,
                state_of(query_.integer(1)),
                query_.id<ObjectId>(2),
                digest_of(query_.integer(3), query_.integer(4)),
                query_.text(5),
                query_.text(6)};
    }

 private:
    TypeId id_;
    Statement statement_;
    Query query_;
    bool more_ = false;
};

/// A row and the bytes it looks at, where they must outlast the query.
struct KeptRow {
    explicit KeptRow(const IndexRow& r) : row(r), anchor(r.anchor), name(r.name) {}
    IndexRow row;
    std::string anchor;
    std::string name;
};

}  // namespace

void SqliteView::lookup(TypeId type, std::span<const std::string_view> anchors,
                        std::span<ObjectId> ids) {
    const Reading reading(source_);
    const std::int64_t stored = names().stored(type);
    for (std::size_t i = 0; i < anchors.size(); ++i) {
        Query row = by_anchor_(stored, anchors[i]);
        ids[i] = row.next() ? row.id<ObjectId>(0) : ObjectId{};
    }
}

void SqliteView::named(SpaceId system, std::span<const std::string_view> wanted,
                       const std::function<void(std::size_t, const Named&)>& found) {
    std::vector<std::pair<std::size_t, Named>> matches;
    {
        const Reading reading(source_);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            Query row = by_name_(name_key(wanted[i]), names().stored(system));
            while (row.next()) {
                const TypeId type = names().type(row.integer(3));
                if (type && normalize_dn(row.text(2)) == wanted[i])
                    matches.emplace_back(i, Named{row.id<ObjectId>(0), type,
                                                  state_of(row.integer(1)), row.string(2)});
            }
        }
    }
    for (const auto& [i, object] : matches)
        found(i, object);
}

void SqliteView::match(KeyId key, SpaceId space, std::span<const std::string_view> values,
                       const std::function<void(std::size_t, ObjectId)>& found) {
    std::vector<std::pair<std::size_t, ObjectId>> matches;
    {
        const Reading reading(source_);
        for (std::size_t i = 0; i < values.size(); ++i) {
            Query row = by_key_(names().stored(key), names().stored(space), values[i]);
            while (row.next())
                matches.emplace_back(i, row.id<ObjectId>(0));
        }
    }
    for (const auto& [i, id] : matches)
        found(i, id);
}

bool SqliteView::has_keys(KeyId key, SpaceId space) {
    const Reading reading(source_);
    return has_keys_(names().stored(key), names().stored(space)).next();
}

void SqliteView::index(SpaceId space, const std::function<void(const IndexRow&)>& each) {
    std::vector<KeptRow> kept;
    {
        const Reading reading(source_);
        std::vector<std::unique_ptr<TypeIndex>> types;
        for (const TypeId type : schema().space(space).types)
            types.push_back(std::make_unique<TypeIndex>(connection_, names().stored(type), type));
        const auto order = [](const auto& a, const auto& b) {
            return std::pair(!a->more(), a->more() ? a->object() : 0) <
                   std::pair(!b->more(), b->more() ? b->object() : 0);
        };
        while (!types.empty()) {
            TypeIndex& first = **std::min_element(types.begin(), types.end(), order);
            if (!first.more())
                break;
            if (source_.mutex)
                kept.emplace_back(first.row());
            else
                each(first.row());
            first.next();
        }
    }
    for (KeptRow& k : kept) {
        k.row.anchor = k.anchor;
        k.row.name = k.name;
        each(k.row);
    }
}

void SqliteView::objects(TypeId type, ObjectId after, std::size_t most,
                         std::vector<ObjectId>& ids) {
    const Reading reading(source_);
    Query row = of_type_(names().stored(type), after, most);
    while (row.next())
        ids.push_back(row.id<ObjectId>(0));
}

void SqliteView::hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) {
    const Reading reading(source_);
    objects.resize(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        Query row = hydrate_(ids[i]);
        if (!row.next() || !read_object(row, objects[i]))
            objects[i] = Object{};
    }
}

void SqliteView::identify(std::span<const ObjectId> ids, std::vector<Identity>& identities) {
    const Reading reading(source_);
    identities.clear();
    for (const ObjectId id : ids) {
        Query row = identify_(id);
        if (row.next())
            identities.push_back({id, state_of(row.integer(0)), row.string(1), row.string(2),
                                  names().type(row.integer(3))});
        else
            identities.emplace_back();
    }
}

bool SqliteView::read_object(Query& row, Object& object) const {
    const TypeId type = names().type(row.integer(1));
    if (!type)
        return false;
    object.id = row.id<ObjectId>(0);
    object.type = type;
    read_object_facts(row, 2, object);
    object.anchor = row.text(9);
    object.name = row.text(10);
    decode(row.text(11), type, schema(), object.attributes);
    return true;
}

std::vector<Population> SqliteView::population(SpaceId space) {
    std::vector<Population> counts;
    const Reading reading(source_);
    Query row = population_(names().stored(space));
    while (row.next()) {
        const TypeId type = names().type(row.integer(0));
        const AttributeId attribute = names().attribute(row.integer(1));
        if (type && (attribute || row.integer(1) == 0) && row.integer(2) > 0)
            counts.push_back({type, attribute, static_cast<std::uint64_t>(row.integer(2))});
    }
    return counts;
}

void SqliteView::gone(SpaceId space, std::vector<ObjectId>& ids) {
    const Reading reading(source_);
    Query row = gone_(names().stored(space));
    while (row.next())
        ids.push_back(row.id<ObjectId>(0));
}

void SqliteView::retries(SpaceId space, std::vector<ObjectId>& ids) {
    const Reading reading(source_);
    Query row = retries_(names().stored(space));
    while (row.next())
        ids.push_back(row.id<ObjectId>(0));
}

void SqliteView::due(Instant moment, std::vector<ObjectId>& ids) {
    const Reading reading(source_);
    const auto start = static_cast<std::ptrdiff_t>(ids.size());
    Query row = due_(moment);
    while (row.next())
        ids.push_back(row.id<ObjectId>(0));
    std::sort(ids.begin() + start, ids.end());
}

}  // namespace muster::sqlite
