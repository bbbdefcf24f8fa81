#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/ids.h"
#include "base/time.h"

namespace muster::sqlite {

/// One SQLite connection; used by one thread at a time. Failures are Error(store), or Error(busy)
/// where another process keeps the database locked.
class Connection {
 public:
    enum class Open {
        write,      ///< creates the file where there is none
        read,       ///< cannot write; sees what others commit
        immutable,  ///< for media nobody can write to: no locks, no shared memory
        temporary,  ///< private, gone when closed; the path is ignored
    };
    Connection(std::string path, Open how);

    /// Runs SQL that gives no rows worth reading.
    void execute(const std::string& sql);
    /// The first column of the first row; zero where there is none.
    std::int64_t integer(const std::string& sql);

    bool in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
    std::uint64_t changes() const {
        return static_cast<std::uint64_t>(sqlite3_changes64(db_.get()));
    }
    sqlite3* handle() const { return db_.get(); }
    const std::string& path() const { return path_; }
    /// Opens and ends a transaction that reads.
    void begin_reading();
    void end_reading() noexcept;
    /// Throws what the last call on this connection died of.
    [[noreturn]] void fail() const;

 private:
    struct Close {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;
    friend class Statement;

    Prepared prepare(const std::string& sql);

    std::string path_;
    std::unique_ptr<sqlite3, Close> db_;
    Prepared begin_;  // kept, as every call of a view needs them
    Prepared end_;
};

/// A write transaction, or a savepoint inside the one that is open. Rolled back unless committed.
class Transaction {
 public:
    explicit Transaction(Connection& connection);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

 private:
    Connection& connection_;
    const bool nested_;
    bool open_ = true;
};

/// Holds one state of the database for several statements; no effect inside a transaction.
class Snapshot {
 public:
    explicit Snapshot(Connection& connection);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

 private:
    Connection& connection_;
    const bool outermost_;
};

/// The rows of a statement that runs; the statement is free again at the end of its life.
class Query {
 public:
    Query(const Connection& connection, sqlite3_stmt* statement)
        : connection_(&connection), statement_(statement) {}
    ~Query() { close(); }
    Query(Query&& other) noexcept : connection_(other.connection_), statement_(other.statement_) {
        other.statement_ = nullptr;
    }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    Query& operator=(Query&&) = delete;

    /// Steps to the next row; false at the end.
    bool next() {
        const int code = sqlite3_step(statement_);
        if (code == SQLITE_ROW)
            return true;
        if (code != SQLITE_DONE)
            connection_->fail();
        return false;
    }

    sqlite3_stmt* handle() const { return statement_; }
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    bool null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    /// Valid until the next step; empty where null.
    std::string_view text(int column) const {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
        return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }
    std::string string(int column) const { return std::string(text(column)); }
    template <class IdType>
    IdType id(int column) const {
        return IdType(static_cast<decltype(IdType::value)>(integer(column)));
    }
    template <class Enum>
    Enum as(int column) const {
        return static_cast<Enum>(integer(column));
    }
    Instant instant(int column) const {
        return Instant(std::chrono::microseconds(integer(column)));
    }

 private:
    void close() {
        if (statement_)
            sqlite3_reset(statement_);
    }
    const Connection* connection_;
    sqlite3_stmt* statement_;
};

/// A prepared statement, prepared when first used. Text that is bound must live until the Query
/// ends.
class Statement {
 public:
    Statement(Connection& connection, std::string sql)
        : connection_(&connection), sql_(std::move(sql)) {}

    /// Binds the values to ?1, ?2, … and gives the rows.
    template <class... Values>
    Query operator()(const Values&... values) {
        prepare();
        int position = 0;
        (bind(++position, values), ...);
        return {*connection_, statement_.get()};
    }

    /// Binds, runs to the end; returns the number of rows inserted, changed or deleted.
    template <class... Values>
    std::uint64_t run(const Values&... values) {
        Query query = (*this)(values...);
        while (query.next()) {
        }
        return connection_->changes();
    }
    /// The same with a row of variants of nothing, numbers and texts.
    template <class Row>
    void run_row(const Row& row) {
        prepare();
        int position = 0;
        for (const auto& cell : row) {
            ++position;
            std::visit([&](const auto& value) { bind(position, value); }, cell);
        }
        Query query(*connection_, statement_.get());
        while (query.next()) {
        }
    }

 private:
    void prepare();
    void check(int code) const {
        if (code != SQLITE_OK)
            connection_->fail();
    }
    void bind(int position, std::string_view text) {
        check(sqlite3_bind_text64(statement_.get(), position, text.data() ? text.data() : "",
                                  text.size(), SQLITE_STATIC, SQLITE_UTF8));
    }
    void bind(int position, const std::string& text) { bind(position, std::string_view(text)); }
    void bind(int position, const char* text) { bind(position, std::string_view(text)); }
    template <class Number>
        requires std::is_integral_v<Number>
    void bind(int position, Number number) {
        check(sqlite3_bind_int64(statement_.get(), position, static_cast<std::int64_t>(number)));
    }
    template <class Enum>
        requires std::is_enum_v<Enum>
    void bind(int position, Enum value) {
        bind(position, static_cast<std::int64_t>(value));
    }
    void bind(int position, std::monostate /*nothing*/) {
        check(sqlite3_bind_null(statement_.get(), position));
    }
    template <class Tag, class Rep>
    void bind(int position, Id<Tag, Rep> id) {
        bind(position, id.value);
    }
    void bind(int position, Instant instant) { bind(position, instant.time_since_epoch().count()); }
    template <class Value>
    void bind(int position, const std::optional<Value>& value) {
        if (value)
            bind(position, *value);
        else
            check(sqlite3_bind_null(statement_.get(), position));
    }

    Connection* connection_;
    std::string sql_;
    Connection::Prepared statement_;
};

}  // namespace muster::sqlite
