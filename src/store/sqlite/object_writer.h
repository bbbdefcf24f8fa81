#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/names.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/population.h"
#include "store/store.h"

namespace muster::sqlite {

/// Writes the objects of a commit and what the log keeps of each.
class ObjectWriter {
 public:
    ObjectWriter(Connection& connection, const Schema& schema, const Names& names)
        : connection_(connection), schema_(schema), names_(names) {}

    /// Throws Conflict where an object is not at the commit it was read at.
    void write(std::span<const ObjectWrite> writes, CommitNumber number, PopulationSums& sums);

 private:
    void create(const ObjectWrite& write, CommitNumber number);
    void update(const ObjectWrite& write, CommitNumber number);
    void log(const ObjectWrite& write, CommitNumber number);
    void part_forgotten(const Object& metaverse, CommitNumber number);
    const std::string& document(const Object& object);

    Connection& connection_;
    const Schema& schema_;
    const Names& names_;
    std::vector<const ObjectWrite*> order_;
    std::string document_;

    static std::string update_sql(const std::string& more) {
        return "UPDATE object SET flags = ?3, joined = ?4, commit_no = ?5, provenance = ?6, "
               "due = ?7, payload_low = ?8, payload_high = ?9" +
               more + " WHERE id = ?1 AND commit_no = ?2";
    }
    Statement create_{connection_,
                      "INSERT INTO object(id, space, type, flags, joined, commit_no, provenance, "
                      "due, payload_low, payload_high, name_key, anchor, name, attributes) "
                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"};
    Statement update_facts_{connection_, update_sql("")};
    Statement update_identity_{connection_,
                               update_sql(", name_key = ?10, anchor = ?11, name = ?12")};
    Statement update_document_{connection_, update_sql(", attributes = ?10")};
    Statement update_all_{
        connection_, update_sql(", name_key = ?10, anchor = ?11, name = ?12, attributes = ?13")};
    Statement erase_{connection_, "DELETE FROM object WHERE id = ?1 AND commit_no = ?2"};
    Statement log_{connection_,
                   "INSERT INTO change(commit_no, object, space, type, previous, kind, delta) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"};
    Statement joined_{connection_, "SELECT id, type FROM object WHERE joined = ?1"};
    Statement log_parted_{
        connection_,
        "INSERT INTO change(commit_no, object, space, type, previous, kind, delta) "
        "SELECT ?1, id, space, type, commit_no, 1, '{\"joined\":[' || joined || ',null]}' "
        "FROM object WHERE id = ?2"};
    Statement part_{connection_, "UPDATE object SET joined = NULL, commit_no = ?1 WHERE id = ?2"};
};

}  // namespace muster::sqlite
