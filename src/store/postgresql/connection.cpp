#include "store/postgresql/connection.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/limits.h"

namespace muster::postgresql {
namespace {

constexpr std::string_view kCopyHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr int kBinary = 1;

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

std::string cure_for(std::string_view state) {
    if (state.empty() || state.starts_with("08") || state.starts_with("57P"))
        return "see that the server runs and can be reached, then run again: nothing that was "
               "committed is lost";
    if (state == "53100")
        return "free space on the server's disk, then run again: nothing that was committed is "
               "lost";
    if (state == "53300")
        return "raise max_connections of the server, or let fewer programs connect";
    if (state == "42501")
        return "grant the role what `muster db init --roles` prints";
    if (state == "3F000" || state == "42P01")
        return "`muster db init` creates the tables";
    if (state == "55P03")
        return "wait for the other run or preview to end, then try again";
    return {};
}

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string one_line(const char* message) {
    std::string text = message == nullptr ? "" : message;
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// The server looks for a sign of life, too: a machine that is switched off in the middle of a
// commit must not hold up the others until the server's own limit, two hours as a rule.
constexpr const char* kSettings =
    "SET jit = off; SET client_min_messages = warning; SET lock_timeout = '5min'; "
    "SET temp_buffers = '32MB'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; "
    "SET tcp_keepalives_count = 4; ";
// Rows are found by their keys, thousands at a time: plans made while a table was small must not
// read it whole when it has grown.
constexpr const char* kKeyedPlans =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "
    "SET enable_hashjoin = off; SET enable_mergejoin = off; ";
constexpr const char* kSearchPath =
    "SELECT set_config('search_path', 'muster', false) "
    "WHERE current_setting('search_path') = '\"$user\", public'";

}  // namespace

bool is_postgresql_url(std::string_view location) {
    return location.starts_with("postgresql://") || location.starts_with("postgres://");
}

std::string shown_url(const std::string& url) {
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(
        PQconninfoParse(url.c_str(), nullptr));
    if (!options)
        return "postgresql://…";
    std::string host;
    std::string port;
    std::string database;
    for (const PQconninfoOption* o = options.get(); o->keyword != nullptr; ++o) {
        const std::string_view keyword = o->keyword;
        const std::string value = o->val == nullptr ? "" : o->val;
        if (keyword == "host")
            host = value;
        else if (keyword == "port" && !value.empty())
            port = ":" + value;
        else if (keyword == "dbname")
            database = value;
    }
    return "postgresql://" + host + port + "/" + database;
}

bool ServerError::lost() const {
    const std::string& state = facts_.state;
    return state.empty() || state.starts_with("08") || state.starts_with("57P");
}

Row Result::operator[](int row) const {
    Row fields;
    const int columns = PQnfields(result_.get());
    for (int i = 0; i < columns; ++i)
        fields.add(PQgetvalue(result_.get(), row, i), PQgetisnull(result_.get(), row, i) != 0
                                                          ? -1
                                                          : PQgetlength(result_.get(), row, i));
    return fields;
}

std::uint64_t Result::affected() const {
    return std::strtoull(PQcmdTuples(result_.get()), nullptr, 10);
}

RowPieces one_piece(const RowSet& rows) {
    return [next = &rows]() mutable { return std::exchange(next, nullptr); };
}

Connection::Connection(std::string url, Purpose purpose, std::string name)
    : url_(std::move(url)),
      purpose_(purpose),
      name_(fmt::format("{} {} on {}", name, ::getpid(), host_name())),
      place_(shown_url(url_)) {
    connect();
}

void Connection::connect() {
    const std::unique_ptr<PQconninfoOption, FreeOptions> valid(
        PQconninfoParse(url_.c_str(), nullptr));
    if (!valid)  // libpq's complaint may quote the password
        throw Error(ErrorCode::configuration, "the store's URL is not one that PostgreSQL takes",
                    "write postgresql://user@host:5432/database, with %XX for special characters");
    const std::string timeout = std::to_string(limits::kStoreConnectSeconds);
    const std::string silence = std::to_string(limits::kStoreSilenceSeconds * 1'000);
    // What comes before dbname are defaults that the URL may say otherwise.
    const char* const keywords[] = {"target_session_attrs", "connect_timeout",
                                    "tcp_user_timeout",     "keepalives_idle",
                                    "keepalives_interval",  "keepalives_count",
                                    "application_name",     "dbname",
                                    "client_encoding",      nullptr};
    const char* const values[] = {"read-write", timeout.c_str(), silence.c_str(), "10",   "5",
                                  "4",          name_.c_str(),   url_.c_str(),    "UTF8", nullptr};
    queued_.clear();
    names_.clear();
    connection_.reset(PQconnectdbParams(keywords, values, 1));
    if (!alive())
        fail_connection();
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    execute(std::string(kSettings) + (purpose_ == Purpose::rows ? kKeyedPlans : "") + kSearchPath);
}

void Connection::reconnect() {
    connect();
}

bool Connection::in_transaction() const {
    const auto status = PQtransactionStatus(connection_.get());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

ServerError Connection::error_of(const PGresult* result) const {
    const auto field = [&](int which) {
        const char* text = result == nullptr ? nullptr : PQresultErrorField(result, which);
        return std::string(text == nullptr ? "" : text);
    };
    ServerError::Facts facts{field(PG_DIAG_SQLSTATE), field(PG_DIAG_CONSTRAINT_NAME)};
    std::string message = field(PG_DIAG_MESSAGE_PRIMARY);
    if (message.empty())
        message = one_line(PQerrorMessage(connection_.get()));
    if (const std::string detail = field(PG_DIAG_MESSAGE_DETAIL); !detail.empty())
        message += " (" + detail + ")";
    const auto code = facts.state == "55P03" ? ErrorCode::busy : ErrorCode::store;
    std::string cure = cure_for(facts.state);
    return {code, fmt::format("{}: {}", place_, message), std::move(cure), std::move(facts)};
}

void Connection::fail(const PGresult* result) const {
    throw error_of(result);
}

void Connection::fail_connection() const {
    throw error_of(nullptr);
}

Result Connection::execute(const std::string& sql) {
    ++round_trips_;
    bytes_sent_ += sql.size();
    Result result(PQexec(connection_.get(), sql.c_str()));
    const auto status = PQresultStatus(result.handle());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail(result.handle());
    return result;
}

Result Connection::ask(const std::string& sql, const Parameters& parameters) {
    queue(sql, parameters);
    return std::move(finish().back());
}

/// The name of a prepared statement; prepares it in the pipeline where it is new.
const std::string& Connection::prepared(const std::string& sql) {
    const auto known = names_.find(sql);
    if (known != names_.end())
        return known->second;
    const std::string name = "s" + std::to_string(++last_name_);
    if (PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr) != 1)
        fail_connection();
    bytes_sent_ += sql.size();
    queued_.push_back({true, name, sql});
    return names_.emplace(sql, name).first->second;
}

void Connection::queue(const std::string& sql, const Parameters& parameters) {
    if (!alive())
        fail_connection();
    if (PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF &&
        PQenterPipelineMode(connection_.get()) != 1)
        fail_connection();
    const std::string& name = prepared(sql);
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
    for (const std::string& value : parameters.values()) {
        values.push_back(value.data());
        lengths.push_back(static_cast<int>(value.size()));
        formats.push_back(kBinary);
        bytes_sent_ += value.size();
    }
    if (PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()),
                            values.data(), lengths.data(), formats.data(), kBinary) != 1)
        fail_connection();
    queued_.push_back({false, name, sql});
}

std::vector<Result> Connection::finish() {
    PGconn* const connection = connection_.get();
    ++round_trips_;
    if (PQpipelineSync(connection) != 1)
        fail_connection();
    std::vector<Result> results;
    std::unique_ptr<ServerError> failure;
    for (const Queued& queued : queued_) {
        Result result(PQgetResult(connection));
        if (result.handle() == nullptr)
            fail_connection();
        const auto status = PQresultStatus(result.handle());
        const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (!good && queued.preparation)
            names_.erase(queued.sql);
        if (!good && !failure)
            failure = std::make_unique<ServerError>(error_of(result.handle()));
        if (good && !queued.preparation)
            results.push_back(std::move(result));
        while (PGresult* const rest = PQgetResult(connection))
            PQclear(rest);
    }
    queued_.clear();
    const Result sync(PQgetResult(connection));
    if (failure && !alive())
        throw ServerError(*failure);
    if (PQresultStatus(sync.handle()) != PGRES_PIPELINE_SYNC)
        fail_connection();
    if (PQexitPipelineMode(connection) != 1)
        fail_connection();
    if (failure)
        throw ServerError(*failure);
    return results;
}

bool Connection::wait_for_notification(std::chrono::milliseconds most) {
    if (!alive())
        fail_connection();
    const auto until = std::chrono::steady_clock::now() + most;
    for (;;) {
        if (PQconsumeInput(connection_.get()) != 1)
            fail_connection();
        bool notified = false;
        while (PGnotify* const note = PQnotifies(connection_.get())) {
            PQfreemem(note);
            notified = true;
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        if (notified || left.count() <= 0)
            return notified;
        pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
        ::poll(&socket, 1, static_cast<int>(left.count()));
    }
}

void Connection::send_copy(const std::string& bytes) {
    constexpr std::size_t kPiece = 1u << 20;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
        const auto size = static_cast<int>(std::min(kPiece, bytes.size() - at));
        if (PQputCopyData(connection_.get(), bytes.data() + at, size) != 1)
            fail_connection();
    }
    bytes_sent_ += bytes.size();
}

void Connection::send_rows(const RowPieces& next) {
    std::string frame(kCopyHeader);
    send_copy(frame);
    while (const RowSet* const rows = next())
        send_copy(rows->bytes());
    frame.clear();
    put16(-1, frame);
    send_copy(frame);
    if (PQputCopyEnd(connection_.get(), nullptr) != 1)
        fail_connection();
}

std::vector<Result> Connection::copy_in(const std::string& sql, std::span<const RowPieces> sets) {
    PGconn* const connection = connection_.get();
    ++round_trips_;
    bytes_sent_ += sql.size();
    if (PQsendQuery(connection, sql.c_str()) != 1)
        fail_connection();
    std::vector<Result> results;
    std::unique_ptr<ServerError> failure;
    while (PGresult* const next = PQgetResult(connection)) {
        Result result(next);
        const auto status = PQresultStatus(next);
        if (status == PGRES_COPY_IN) {
            MUSTER_ASSERT(!sets.empty(), "nothing to copy for {}", sql);
            ++round_trips_;
            send_rows(sets.front());
            sets = sets.subspan(1);
        } else if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            results.push_back(std::move(result));
        } else if (!failure) {
            failure = std::make_unique<ServerError>(error_of(next));
        }
    }
    if (failure)
        throw ServerError(*failure);
    return results;
}

void Connection::copy_out(const std::string& query, const std::function<void(const Row&)>& each) {
    copy_rows(query, [&](std::string_view bytes) { each(Row(bytes)); });
}

std::vector<std::string> Connection::copy_all(const std::string& query) {
    std::vector<std::string> rows;
    copy_rows(query, [&](std::string_view bytes) { rows.emplace_back(bytes); });
    return rows;
}

void Connection::copy_rows(const std::string& query,
                           const std::function<void(std::string_view)>& each) {
    PGconn* const connection = connection_.get();
    if (!alive())
        fail_connection();
    ++round_trips_;
    const Result started(
        PQexec(connection, ("COPY (" + query + ") TO STDOUT (FORMAT binary)").c_str()));
    if (PQresultStatus(started.handle()) != PGRES_COPY_OUT)
        fail(started.handle());
    struct Free {
        void operator()(char* bytes) const { PQfreemem(bytes); }
    };
    char* bytes = nullptr;
    std::size_t skip = kCopyHeader.size();
    try {
        for (int size = 0; (size = PQgetCopyData(connection, &bytes, 0)) > 0;) {
            const std::unique_ptr<char, Free> owned(bytes);
            const std::string_view row(bytes + skip, static_cast<std::size_t>(size) - skip);
            skip = 0;
            if (row.size() > 2)  // the header may come alone; the trailer has two bytes
                each(row);
        }
    } catch (...) {
        drop();  // what is still to come is nobody's
        throw;
    }
    while (PGresult* const next = PQgetResult(connection)) {
        const Result result(next);
        if (PQresultStatus(next) != PGRES_COMMAND_OK)
            fail(next);
    }
}

}  // namespace muster::postgresql
