#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/names.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace muster::sqlite {

/// Writes pending exports and their links. An object with pending links always has an export row;
/// an update row with neither values nor links is none and goes.
class ExportWriter {
 public:
    ExportWriter(Connection& connection, const Schema& schema, const Names& names)
        : connection_(connection), schema_(schema), names_(names) {}

    /// `planned` is the commit new rows were planned by.
    void write(std::span<const ExportWrite> writes, std::span<const ExportLinkWrite> links,
               CommitNumber planned);
    void sweep(const ExportSweep& sweep);

 private:
    void row(const ExportWrite& write, CommitNumber planned);
    void link(const ExportLinkWrite& write);
    const std::vector<ObjectId>& unsettled(std::vector<ObjectId>& objects) const;

    Connection& connection_;
    const Schema& schema_;
    const Names& names_;
    std::string delta_;
    std::vector<ObjectId> settled_;  // have a row that stays, whatever becomes of their links
    std::vector<ObjectId> linked_;   // may have links and no row
    std::vector<ObjectId> emptied_;  // may have a row that says nothing

    Statement put_{connection_,
                   "INSERT OR REPLACE INTO export(object, space, type, kind, state, released, "
                   "attempts, cause, planned, error, delta) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"};
    Statement mark_{connection_,
                    "UPDATE export SET state = ?2, released = ?3, attempts = ?4, error = ?5 "
                    "WHERE object = ?1"};
    Statement erase_{connection_, "DELETE FROM export WHERE object = ?1"};
    Statement put_link_{connection_,
                        "INSERT OR REPLACE INTO export_link(object, attribute, \"add\", target, "
                        "text, state, released) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"};
    Statement erase_link_{connection_,
                          "DELETE FROM export_link WHERE object = ?1 AND attribute = ?2 AND "
                          "\"add\" = ?3 AND target = ?4 AND text = ?5"};
    Statement add_missing_{
        connection_,
        "INSERT INTO export(object, space, type, kind, state, released, attempts, cause, planned, "
        "error, delta) SELECT id, space, type, 1, 0, 0, 0, 0, ?2, '', '' FROM object "
        "WHERE id = ?1 AND EXISTS (SELECT 1 FROM export_link WHERE object = ?1) "
        "ON CONFLICT DO NOTHING"};
    Statement drop_empty_{connection_,
                          "DELETE FROM export WHERE object = ?1 AND kind = 1 AND delta = '' AND "
                          "NOT EXISTS (SELECT 1 FROM export_link WHERE object = ?1)"};

    // Sweeps: rows of one system (?1), type (?2) and kind (?3); updates that only bring links are
    // none of theirs
    Statement move_rows_{connection_,
                         "UPDATE export SET state = ?5, released = ?6 WHERE space = ?1 AND "
                         "type = ?2 AND kind = ?3 AND state = ?4 AND (released = 0 OR ?6 = 1) AND "
                         "(kind <> 1 OR delta <> '')"};
    Statement move_removals_{
        connection_,
        "UPDATE export_link SET state = ?4, released = ?5 WHERE \"add\" = 0 AND "
        "(target = 0 OR text = '') AND state = ?3 AND "
        "(released = 0 OR ?5 = 1) AND object IN (SELECT object FROM export "
        "WHERE space = ?1 AND type = ?2 AND kind <> 3) AND NOT EXISTS "
        "(SELECT 1 FROM export d WHERE d.object = export_link.target AND d.kind = 3)"};
};

}  // namespace muster::sqlite
