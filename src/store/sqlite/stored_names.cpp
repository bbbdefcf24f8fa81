#include "store/sqlite/stored_names.h"

namespace muster::sqlite {

std::vector<NameRow> read_names(Connection& connection) {
    std::vector<NameRow> rows;
    Statement select(
        connection,
        "SELECT id, kind, parent, name, definition, redefined FROM names ORDER BY kind, id");
    Query row = select();
    while (row.next())
        rows.push_back({row.integer(0), row.as<NameKind>(1), row.integer(2), row.string(3),
                        row.string(4), row.integer(5)});
    return rows;
}

void record_names(Connection& connection, const Schema& schema, CommitNumber last) {
    Statement put(connection,
                  "INSERT OR REPLACE INTO names(id, kind, parent, name, definition, redefined) "
                  "VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    for (const NameRow& row : changed_names(read_names(connection), schema, last))
        put.run(row.id, row.kind, row.parent, row.name, row.definition, row.redefined);
}

}  // namespace muster::sqlite
