#include "store/sqlite/connection.h"

#include "base/error.h"
#include "store/sqlite/private_file.h"

namespace muster::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

int open_flags(Connection::Open how) {
    switch (how) {
        case Connection::Open::write:
        case Connection::Open::temporary:
            return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
        case Connection::Open::read:
            return SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
        case Connection::Open::immutable:
            return SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    }
    MUSTER_ASSERT(false, "open mode {}", static_cast<int>(how));
}

std::string immutable_uri(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#')
            uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
        else
            uri += c;
    }
    return uri + "?immutable=1";
}

std::string cure_for(int code) {
    switch (code) {
        case SQLITE_FULL:
            return "free space on the disk, then run again: nothing that was committed is lost";
        case SQLITE_IOERR:
            return "look at the disk and the system's log; nothing that was committed is lost";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return "restore the file from a backup, or move it away and import afresh";
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return "check that the file and its folder exist and who may read and write them";
        default:
            return {};
    }
}

}  // namespace

Connection::Connection(std::string path, Open how) : path_(std::move(path)) {
    // Nobody asks SQLite how much memory it has taken, and counting it takes a lock at every
    // allocation.
    static const int counting = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(counting);
    std::string name = path_;
    if (how == Open::temporary)
        name.clear();
    else if (how == Open::immutable)
        name = immutable_uri(path_);
    if (how == Open::write)
        make_private(path_);
    sqlite3* db = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &db, open_flags(how), nullptr);
    db_.reset(db);
    if (code != SQLITE_OK)
        fail();
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, kBusyTimeoutMs);
}

void Connection::fail() const {
    const int code = sqlite3_errcode(db_.get()) & 0xff;
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        throw Error(ErrorCode::busy,
                    fmt::format("{}: another process keeps the store locked", path_),
                    "wait for it to end, then try again");
    throw Error(ErrorCode::store, fmt::format("{}: {}", path_, sqlite3_errmsg(db_.get())),
                cure_for(code));
}

void Connection::execute(const std::string& sql) {
    if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        fail();
}

std::int64_t Connection::integer(const std::string& sql) {
    Statement statement(*this, sql);
    Query query = statement();
    return query.next() ? query.integer(0) : 0;
}

Connection::Prepared Connection::prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    Prepared prepared(statement);
    if (code != SQLITE_OK)
        fail();
    return prepared;
}

void Connection::begin_reading() {
    if (!begin_)
        begin_ = prepare("BEGIN");
    if (!end_)
        end_ = prepare("COMMIT");
    if (sqlite3_step(begin_.get()) != SQLITE_DONE)
        fail();
    sqlite3_reset(begin_.get());
}

void Connection::end_reading() noexcept {
    sqlite3_step(end_.get());
    sqlite3_reset(end_.get());
}

Transaction::Transaction(Connection& connection)
    : connection_(connection), nested_(connection.in_transaction()) {
    connection_.execute(nested_ ? "SAVEPOINT nested" : "BEGIN IMMEDIATE");
}

// A failed rollback leaves the transaction open: closing the connection, or the next process to
// open the file, undoes it. There is nothing to add to the exception that is on its way.
Transaction::~Transaction() {
    if (open_)
        sqlite3_exec(connection_.handle(),
                     nested_ ? "ROLLBACK TO nested; RELEASE nested" : "ROLLBACK", nullptr, nullptr,
                     nullptr);
}

void Transaction::commit() {
    connection_.execute(nested_ ? "RELEASE nested" : "COMMIT");
    open_ = false;
}

Snapshot::Snapshot(Connection& connection)
    : connection_(connection), outermost_(!connection.in_transaction()) {
    if (outermost_)
        connection_.begin_reading();
}

// Ending a transaction that only read cannot fail in a way that matters to who read.
Snapshot::~Snapshot() {
    if (outermost_)
        connection_.end_reading();
}

void Statement::prepare() {
    if (statement_) {
        MUSTER_ASSERT(!sqlite3_stmt_busy(statement_.get()), "used within its own rows: {}", sql_);
        return;
    }
    statement_ = connection_->prepare(sql_);
}

}  // namespace muster::sqlite
