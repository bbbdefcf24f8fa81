#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/postgresql/rows.h"

namespace muster::postgresql {

/// What the server refused, or that it is gone. Error(busy) where it waited for a lock in vain,
/// else Error(store).
class ServerError : public Error {
 public:
    struct Facts {
        std::string state;       ///< SQLSTATE; empty where the connection was lost
        std::string constraint;  ///< the one violated, if any
    };
    ServerError(ErrorCode code, const std::string& message, std::string cure, Facts facts)
        : Error(code, message, std::move(cure)), facts_(std::move(facts)) {}

    /// The connection is gone or the server is on its way down: what was asked may be asked again
    /// on a new one.
    bool lost() const;
    /// Another transaction was in the way; the same one may well pass the next time.
    bool transient() const { return facts_.state == "40001" || facts_.state == "40P01"; }
    bool violates(std::string_view constraint_end) const {
        return facts_.state == "23505" && facts_.constraint.ends_with(constraint_end);
    }

 private:
    Facts facts_;
};

/// The answer to one statement.
class Result {
 public:
    explicit Result(PGresult* result) : result_(result) {}

    int size() const { return PQntuples(result_.get()); }
    bool empty() const { return size() == 0; }
    /// Valid as long as the result.
    Row operator[](int row) const;
    /// Rows inserted, changed, deleted or read.
    std::uint64_t affected() const;
    PGresult* handle() const { return result_.get(); }

 private:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    std::unique_ptr<PGresult, Clear> result_;
};

/// Rows for COPY, a piece at a time, so that the server works on one while the next is made: the
/// next piece, valid until it is called again; none at the end.
using RowPieces = std::function<const RowSet*()>;

/// All of them in one piece; `rows` must outlive the use.
RowPieces one_piece(const RowSet& rows);

/// One connection; used by one thread at a time. Statements are prepared when first used and sent
/// in pipelines, so that their number does not count in round trips.
class Connection {
 public:
    /// What the connection is for.
    enum class Purpose : std::uint8_t {
        rows,   ///< sets of rows by their keys: plans never read whole tables
        whole,  ///< questions that read everything: the planner decides
    };
    /// Connects, waiting at most limits::kStoreConnectSeconds for each host. `url` is a
    /// postgresql:// one; what it holds secretly appears in no message. The server shows `name`,
    /// the process and the host.
    Connection(std::string url, Purpose purpose, std::string name = "muster");

    /// Runs SQL, several statements at a time if need be; the answer is the last one's.
    Result execute(const std::string& sql);
    /// One statement in one round trip.
    Result ask(const std::string& sql, const Parameters& parameters = Parameters());

    /// Adds a statement to what finish() sends.
    void queue(const std::string& sql, const Parameters& parameters = Parameters());
    /// Sends everything queued; the answers in order, in one round trip. Throws what the first
    /// refused statement says; none after it was executed.
    std::vector<Result> finish();

    /// Runs `sql`, which has a COPY … FROM STDIN (FORMAT binary) for each of `sets`, in their
    /// order; the answers of all its statements. One round trip, and one for each set.
    std::vector<Result> copy_in(const std::string& sql, std::span<const RowPieces> sets);
    /// Gives every row of COPY (`query`) TO STDOUT to `each`, as it comes. Nothing else can be
    /// asked meanwhile. What `each` throws ends the copy.
    void copy_out(const std::string& query, const std::function<void(const Row&)>& each);
    /// The same rows, kept, each to be given to a Row.
    std::vector<std::string> copy_all(const std::string& query);

    /// Waits for a notification of a channel that is listened to; false where the time passed
    /// first.
    bool wait_for_notification(std::chrono::milliseconds most);

    /// Closes the connection.
    void drop() { connection_.reset(); }
    /// Closes it and makes a new one.
    void reconnect();
    bool alive() const { return connection_ && PQstatus(connection_.get()) == CONNECTION_OK; }
    bool in_transaction() const;
    /// How often it waited for an answer.
    std::uint64_t round_trips() const { return round_trips_; }
    std::uint64_t bytes_sent() const { return bytes_sent_; }
    /// "postgresql://host:port/database", without the rest of the URL.
    const std::string& place() const { return place_; }

 private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    struct Queued {
        bool preparation;
        std::string name;
        std::string sql;
    };
    void connect();
    const std::string& prepared(const std::string& sql);
    void copy_rows(const std::string& query, const std::function<void(std::string_view)>& each);
    void send_copy(const std::string& bytes);
    void send_rows(const RowPieces& next);
    ServerError error_of(const PGresult* result) const;
    [[noreturn]] void fail(const PGresult* result) const;
    [[noreturn]] void fail_connection() const;

    std::string url_;
    Purpose purpose_;
    std::string name_;
    std::string place_;
    std::unique_ptr<PGconn, Finish> connection_;
    std::map<std::string, std::string, std::less<>> names_;  // of prepared statements, by SQL
    std::uint64_t last_name_ = 0;
    std::vector<Queued> queued_;
    std::uint64_t round_trips_ = 0;
    std::uint64_t bytes_sent_ = 0;
};

/// Whether a store's location is a PostgreSQL URL.
bool is_postgresql_url(std::string_view location);

/// A PostgreSQL URL as it may be shown: without user, password and options.
std::string shown_url(const std::string& url);

}  // namespace muster::postgresql
