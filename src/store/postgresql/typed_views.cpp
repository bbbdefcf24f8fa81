#include "store/postgresql/typed_views.h"

#include "base/error.h"

namespace muster::postgresql {
namespace {

// The server cuts names at 63 bytes, and would take two long ones for the same.
constexpr std::size_t kIdentifierBytes = 63;

std::string enquote(std::string_view name, char quote) {
    std::string text(1, quote);
    for (const char c : name) {
        text += c;
        if (c == quote)
            text += c;
    }
    return text + quote;
}

const char* sql_type(Type type) {
    switch (type) {
        case Type::text:
        case Type::binary:
            return "text";
        case Type::integer:
            return "bigint";
        case Type::decimal:
            return "numeric";
        case Type::boolean:
            return "boolean";
        case Type::datetime:
            return "timestamptz";
        case Type::guid:
            return "uuid";
        case Type::reference:
            return "bigint";
    }
    MUSTER_ASSERT(false, "type {}", static_cast<int>(type));
}

// Written when the attribute had other values, a document may hold an array for what is a single
// value now, and the reverse.
std::string scalar_column(const Attribute& attribute) {
    const std::string value = "o.attributes -> " + enquote(attribute.name, '\'');
    const std::string array = fmt::format(
        "CASE jsonb_typeof({0}) WHEN 'array' THEN {0} ELSE jsonb_build_array({0}) END", value);
    const char* type = sql_type(attribute.type);
    if (attribute.multi)
        return fmt::format(
            "CASE WHEN {} IS NOT NULL THEN (SELECT array_agg(v::{}) FROM "
            "jsonb_array_elements_text({}) v) END",
            value, type, array);
    return fmt::format("(({}) ->> 0)::{}", array, type);
}

std::string column(const Attribute& attribute, const Names& names) {
    if (attribute.type != Type::reference)
        return scalar_column(attribute);
    return fmt::format(
        "(SELECT {}(l.target{}) FROM link l WHERE l.space = o.space AND l.source = o.id AND "
        "l.attribute = {} AND l.target <> 0)",
        attribute.multi ? "array_agg" : "min", attribute.multi ? " ORDER BY l.target" : "",
        names.stored(attribute.id));
}

/// Distinguishes an attribute's column from the others: those the view has of its own, and what is
/// the same up to the length of a name.
std::string column_name(const Attribute& attribute) {
    for (const char* taken : {"id", "commit_no", "state", "deletion_due"})
        if (attribute.name == taken)
            return attribute.name + "_";
    return attribute.name.size() <= kIdentifierBytes
               ? attribute.name
               : fmt::format("{}_{}", attribute.name.substr(0, 50), attribute.id.value);
}

}  // namespace

bool has_typed_views(Connection& connection) {
    return !connection
                .ask(
                    "SELECT FROM pg_views WHERE schemaname = current_schema() AND "
                    "viewname LIKE 'metaverse\\_%' LIMIT 1")
                .empty();
}

void create_typed_views(Connection& connection, const Schema& schema, const Names& names) {
    connection.execute(
        "DO $$ DECLARE v record; BEGIN FOR v IN SELECT viewname FROM pg_views WHERE schemaname = "
        "current_schema() AND viewname LIKE 'metaverse\\_%' LOOP "
        "EXECUTE format('DROP VIEW %I', v.viewname); END LOOP; END $$");
    for (const TypeId id : schema.space(kMetaverse).types) {
        const ObjectType& type = schema.type(id);
        std::string columns;
        for (const Attribute& attribute : schema.attributes(id))
            columns += fmt::format(",\n  {} AS {}", column(attribute, names),
                                   enquote(column_name(attribute), '"'));
        const std::string name = "metaverse_" + type.name;
        connection.execute(fmt::format(
            "CREATE VIEW {} AS SELECT o.id, o.commit_no,\n"
            "  CASE WHEN o.flags & 7 IN (3, 5) THEN 'leaving' ELSE 'normal' END AS state,\n"
            "  to_timestamp(o.due / 1e6) AS deletion_due{}\n"
            "FROM object o WHERE o.space = {} AND o.type = {}",
            enquote(name.substr(0, kIdentifierBytes), '"'), columns,
            names.stored(SpaceId(kMetaverse)), names.stored(id)));
    }
}

}  // namespace muster::postgresql
