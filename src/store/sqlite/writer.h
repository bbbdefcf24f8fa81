#pragma once

#include <optional>

#include "store/sqlite/export_writer.h"
#include "store/sqlite/journal_writer.h"
#include "store/sqlite/link_writer.h"
#include "store/sqlite/object_writer.h"
#include "store/sqlite/sequences.h"

namespace muster::sqlite {

/// Writes commits: prepared statements inside one transaction (a savepoint in preview). Each page
/// of the file that several commits of one transaction change is written once.
class Writer {
 public:
    Writer(Connection& connection, const Schema& schema, const Names& names);

    CommitNumber commit(const ChangeSet& changes);
    CommitNumber append(const ChangeSet& changes);
    void flush();
    std::uint64_t forget(Instant moment);
    Sequences& sequences() { return sequences_; }

 private:
    void roll_back();
    void write(const ChangeSet& changes, CommitNumber number, CommitNumber position);
    CommitNumber forgettable(Instant moment);

    Connection& connection_;
    const Schema& schema_;
    const Names& names_;
    CommitNumber last_;
    CommitNumber last_flushed_;
    std::optional<Transaction> transaction_;  // of what was appended
    Sequences sequences_{connection_};
    PopulationSums sums_;
    ObjectWriter objects_{connection_, schema_, names_};
    LinkWriter links_{connection_, schema_, names_};
    ExportWriter exports_{connection_, schema_, names_};
    JournalWriter journal_{connection_};
    Statement add_population_{connection_,
                              "INSERT INTO population(space, type, attribute, count) "
                              "VALUES(?1, ?2, ?3, ?4) "
                              "ON CONFLICT DO UPDATE SET count = count + excluded.count"};
};

}  // namespace muster::sqlite
