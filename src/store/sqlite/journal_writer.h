#pragma once

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace muster::sqlite {

/// Writes what a commit says about itself and about runs: the commit row, activities, items,
/// positions of followers, named facts.
class JournalWriter {
 public:
    explicit JournalWriter(Connection& connection) : connection_(connection) {}

    void commit(const ChangeSet& changes, CommitNumber number);
    /// `position` is where followers stand that follow to this very commit.
    void rest(const ChangeSet& changes, CommitNumber position);
    void sequence(const char* name, std::int64_t next) { sequence_.run(name, next); }
    void pattern(std::uint32_t number, const std::string& text) { pattern_.run(number, text); }

 private:
    void activity(const ActivityRow& row);

    Connection& connection_;
    Statement commit_{
        connection_,
        "INSERT INTO \"commit\"(number, time, activity, cause) VALUES(?1, ?2, ?3, ?4)"};
    Statement activity_{
        connection_,
        "INSERT OR REPLACE INTO activity(id, parent, kind, system, status, started, "
        "ended, counters, message) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"};
    Statement item_{
        connection_,
        "INSERT INTO item(activity, object, system, type, anchor, code, message, place) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"};
    Statement follower_{connection_,
                        "INSERT OR REPLACE INTO follower(name, position) VALUES(?1, ?2)"};
    Statement meta_{connection_, "INSERT OR REPLACE INTO meta(name, value) VALUES(?1, ?2)"};
    Statement sequence_{connection_, "INSERT OR REPLACE INTO sequence(name, next) VALUES(?1, ?2)"};
    Statement pattern_{connection_, "INSERT INTO pattern(id, text) VALUES(?1, ?2)"};
};

}  // namespace muster::sqlite
