#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "support/temp_folder.h"

namespace muster::testing {

/// A private PostgreSQL server on loopback with its data in a temporary folder: a real peer for
/// tests. Runs as the user `postgres` where the tests run as root, which the server refuses.
/// Everything it does wrong is thrown as std::runtime_error with the server's own words.
class MiniPostgres {
 public:
    struct Options {
        bool durable = false;       ///< sync to disk at every commit; tests seldom need it
        std::string settings = {};  ///< further lines of postgresql.conf
    };

    /// Starts it and waits until it takes connections.
    MiniPostgres() : MiniPostgres(Options{}) {}
    explicit MiniPostgres(Options options);
    ~MiniPostgres();
    MiniPostgres(const MiniPostgres&) = delete;
    MiniPostgres& operator=(const MiniPostgres&) = delete;

    /// A replica of `primary` that follows its log, until it is promoted.
    static std::unique_ptr<MiniPostgres> standby_of(const MiniPostgres& primary);

    int port() const { return port_; }
    /// postgresql://muster@127.0.0.1:port/database
    std::string url(std::string_view database) const;
    /// The URL of an empty database of its own.
    std::string fresh_database();
    /// A URL for what a test calls `name`: a schema of its own, always the same for one name.
    std::string url_of(const std::string& name);

    void start();  ///< at the same port as before
    void stop();   ///< as `pg_ctl stop -m fast`
    void kill();   ///< all its processes at once, as a crash would
    void promote() const;
    void own(const std::string& folder) const;  ///< gives a folder to the server's user
    /// Runs SQL in a database; the answer as psql prints it, unaligned and without headers.
    std::string query(std::string_view database, std::string_view sql) const;
    /// Asks until this is the answer; throws where it is not within a minute.
    void await(std::string_view database, std::string_view sql, std::string_view answer) const;
    /// Waits until no store is locked: a server notices a moment after the death of a process that
    /// what that had locked is free.
    void await_unlocked() const;
    std::string log() const;

 private:
    struct Empty {};
    explicit MiniPostgres(Empty /*unused*/);
    void initialise() const;
    std::string data() const;

    Options options_;
    TempFolder folder_;
    int port_ = 0;
    int databases_ = 0;
    std::map<std::string, std::string> urls_;
    pid_t process_ = -1;
};

/// The one server of a test process, started when first asked for.
MiniPostgres& shared_postgres();

}  // namespace muster::testing
