#pragma once

#include <span>
#include <vector>

#include "store/names.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/population.h"
#include "store/store.h"

namespace muster::sqlite {

/// Writes the links, matching keys and reservations of a commit.
class LinkWriter {
 public:
    LinkWriter(Connection& connection, const Schema& schema, const Names& names)
        : connection_(connection), schema_(schema), names_(names) {}

    /// Closes first, then opens. Throws Error(store) where a link to close is not there, or one to
    /// open is.
    void links(std::span<const LinkWrite> writes, CommitNumber number, PopulationSums& sums);
    /// Removes first, then adds. Throws Error(store) where a key to remove is not there, or one to
    /// add is.
    void keys(std::span<const KeyWrite> writes);
    /// Throws Conflict (of no object) where a value belongs to another owner by now.
    void reservations(std::span<const Reservation> reservations);

 private:
    void open(const Link& link, CommitNumber number);
    void close(const Link& link, CommitNumber number);

    Connection& connection_;
    const Schema& schema_;
    const Names& names_;
    std::vector<const LinkWrite*> link_order_;
    std::vector<const KeyWrite*> key_order_;

    Statement open_{connection_,
                    "INSERT INTO link(source, attribute, target, text, opened) "
                    "VALUES(?1, ?2, ?3, ?4, ?5)"};
    Statement bury_{connection_,
                    "INSERT INTO link_past(source, attribute, target, text, opened, closed) "
                    "SELECT source, attribute, target, text, opened, ?5 FROM link "
                    "WHERE source = ?1 AND attribute = ?2 AND target = ?3 AND text = ?4"};
    Statement close_{connection_,
                     "DELETE FROM link "
                     "WHERE source = ?1 AND attribute = ?2 AND target = ?3 AND text = ?4"};
    Statement add_key_{connection_,
                       "INSERT INTO \"key\"(\"key\", space, value, object) VALUES(?1, ?2, ?3, ?4)"};
    Statement remove_key_{connection_,
                          "DELETE FROM \"key\" "
                          "WHERE \"key\" = ?1 AND space = ?2 AND value = ?3 AND object = ?4"};
    Statement owner_{connection_,
                     "SELECT owner FROM reservation WHERE attribute = ?1 AND folded = ?2"};
    Statement reserve_{connection_,
                       "INSERT INTO reservation(attribute, folded, value, owner) "
                       "VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"};
};

}  // namespace muster::sqlite
