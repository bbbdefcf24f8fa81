#include "store/sqlite/names.h"

#include <algorithm>
#include <limits>

namespace muster::sqlite {
namespace {

enum class Kind : std::uint8_t { space = 1, type = 2, attribute = 3, key = 4 };

constexpr const char* kSelect =
    "SELECT id, kind, parent, name, redefined, definition FROM names ORDER BY kind, id";

/// The definition of an attribute that the configuration names no more.
constexpr std::string_view kRemoved = "removed";

/// What makes two documents of one content differ in their text.
std::string definition(const Attribute& attribute) {
    std::string text(type_name(attribute.type));
    return attribute.multi ? text + "*" : text;
}

KeyId find_key(const Schema& schema, TypeId type, std::string_view name) {
    for (const MatchingKey& key : schema.keys())
        if (key.type == type && key.name == name)
            return key.id;
    return {};
}

class Recorder {
 public:
    Recorder(Connection& connection, CommitNumber last) : connection_(connection), last_(last) {}

    std::int64_t record(Kind kind, std::int64_t parent, std::string_view name,
                        std::string_view definition = {}) {
        {
            Query known = find_(kind, parent, name);
            if (known.next()) {
                const std::int64_t id = known.integer(0);
                if (known.text(1) != definition)
                    redefine_.run(id, definition, last_);
                return id;
            }
        }
        add_.run(kind, parent, name, definition);
        return sqlite3_last_insert_rowid(connection_.handle());
    }

    /// An attribute whose type is still there is noted as removed.
    void record_removals(const Schema& schema) {
        std::vector<std::int64_t> removed;
        const Names names(connection_, schema);
        {
            Query row = attributes_();
            while (row.next())
                if (names.type(row.integer(1)) && !names.attribute(row.integer(0)))
                    removed.push_back(row.integer(0));
        }
        for (const std::int64_t id : removed)
            redefine_.run(id, kRemoved, last_);
    }

 private:
    Connection& connection_;
    CommitNumber last_;
    Statement attributes_{
        connection_, "SELECT id, parent FROM names WHERE kind = 3 AND definition <> 'removed'"};
    Statement find_{
        connection_,
        "SELECT id, definition FROM names WHERE kind = ?1 AND parent = ?2 AND name = ?3"};
    Statement redefine_{connection_,
                        "UPDATE names SET definition = ?2, redefined = ?3 WHERE id = ?1"};
    Statement add_{connection_,
                   "INSERT INTO names(kind, parent, name, definition, redefined) "
                   "VALUES(?1, ?2, ?3, ?4, 0)"};
};

}  // namespace

Names::Names(Connection& connection, const Schema& schema)
    : spaces_(schema.spaces().size() + 1),
      types_(schema.types().size() + 1),
      attributes_(schema.attributes().size() + 1),
      keys_(schema.keys().size() + 1),
      redefined_(schema.types().size() + 1) {
    const auto size = static_cast<std::size_t>(connection.integer("SELECT max(id) FROM names")) + 1;
    space_of_.resize(size);
    type_of_.resize(size);
    attribute_of_.resize(size);
    key_of_.resize(size);
    Statement select(connection, kSelect);
    Query row = select();
    while (row.next())
        learn(schema, row);
}

void Names::learn(const Schema& schema, const Query& row) {
    const std::int64_t id = row.integer(0);
    const auto place = static_cast<std::size_t>(id);
    const std::int64_t parent = row.integer(2);
    const std::string_view name = row.text(3);
    switch (row.as<Kind>(1)) {
        case Kind::space:
            if (const SpaceId space = schema.find_space(name)) {
                spaces_[space.value] = id;
                space_of_[place] = space.value;
            }
            return;
        case Kind::type:
            if (const SpaceId space{at(space_of_, parent)}) {
                if (const TypeId type = schema.find_type(space, name)) {
                    types_[type.value] = id;
                    type_of_[place] = type.value;
                }
            }
            return;
        case Kind::attribute:
            learn_attribute(schema, row);
            return;
        case Kind::key:
            if (const KeyId key = find_key(schema, type(parent), name)) {
                keys_[key.value] = id;
                key_of_[place] = key.value;
            }
            return;
    }
}

void Names::learn_attribute(const Schema& schema, const Query& row) {
    const TypeId owner = type(row.integer(2));
    if (!owner)
        return;
    const AttributeId attribute = schema.find_attribute(owner, row.text(3));
    const bool as_recorded = row.text(5) == (attribute ? definition(schema.attribute(attribute))
                                                       : std::string(kRemoved));
    std::int64_t& redefined = redefined_[owner.value];
    redefined = std::max(redefined,
                         as_recorded ? row.integer(4) : std::numeric_limits<std::int64_t>::max());
    if (!attribute)
        return;
    attributes_[attribute.value] = row.integer(0);
    attribute_of_[static_cast<std::size_t>(row.integer(0))] = attribute.value;
}

void Names::record(Connection& connection, const Schema& schema, CommitNumber last) {
    Recorder recorder(connection, last);
    recorder.record_removals(schema);
    for (const Space& space : schema.spaces()) {
        const std::int64_t space_number = recorder.record(Kind::space, 0, space.name);
        for (const TypeId id : space.types) {
            const std::int64_t type_number =
                recorder.record(Kind::type, space_number, schema.type(id).name);
            for (const Attribute& attribute : schema.attributes(id))
                recorder.record(Kind::attribute, type_number, attribute.name,
                                definition(attribute));
            for (const MatchingKey& key : schema.keys())
                if (key.type == id)
                    recorder.record(Kind::key, type_number, key.name);
        }
    }
}

}  // namespace muster::sqlite
