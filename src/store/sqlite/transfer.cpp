#include "store/sqlite/transfer.h"

#include <optional>

#include "base/error.h"
#include "store/sqlite/lock_file.h"
#include "store/sqlite/tables.h"

namespace muster::sqlite {
namespace {

std::string quoted(std::string_view name) {
    return fmt::format("\"{}\"", name);
}

std::string list(const TransferTable& table, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += (i > 0 ? ", " : "") + quoted(table.columns[i]);
    return text;
}

/// Everything in one transaction.
class End final : public TransferEnd {
 public:
    End(const std::string& path, bool create) : lock_(path) {
        connection_.emplace(path, create ? Connection::Open::write : Connection::Open::read);
        if (create) {
            stored_version(*connection_);
            tune_for_writing(*connection_);
            migrate(*connection_);
        }
        require_present(*connection_);
        if (create)
            transaction_.emplace(*connection_);
        else
            snapshot_.emplace(*connection_);
    }

    bool empty() override {
        return connection_->integer(
                   "SELECT (SELECT count(*) FROM names) + "
                   "(SELECT count(*) FROM \"commit\")") == 0;
    }

    void read(const TransferTable& table,
              const std::function<void(const TransferRow&)>& each) override {
        Statement select(*connection_, fmt::format("SELECT {} FROM {} ORDER BY {}",
                                                   list(table, table.columns.size()),
                                                   quoted(table.name), list(table, table.keys)));
        TransferRow row(table.columns.size());
        for (Query query = select(); query.next();) {
            for (std::size_t i = 0; i < row.size(); ++i) {
                const int column = static_cast<int>(i);
                switch (sqlite3_column_type(query.handle(), column)) {
                    case SQLITE_NULL:
                        row[i] = std::monostate();
                        break;
                    case SQLITE_INTEGER:
                        row[i] = query.integer(column);
                        break;
                    default:
                        row[i] = query.string(column);
                }
            }
            each(row);
        }
    }

    void write(const TransferTable& table, std::span<const TransferRow> rows) override {
        std::string marks;
        for (std::size_t i = 0; i < table.columns.size(); ++i)
            marks += fmt::format("{}?{}", i > 0 ? ", " : "", i + 1);
        Statement insert(*connection_,
                         fmt::format("INSERT INTO {}({}) VALUES({})", quoted(table.name),
                                     list(table, table.columns.size()), marks));
        for (const TransferRow& row : rows)
            insert.run_row(row);
    }

    NextIds next_ids() override {
        const auto next = [&](std::string_view name) {
            return connection_->integer(fmt::format(
                "SELECT coalesce((SELECT next FROM sequence WHERE name = '{}'), 1)", name));
        };
        return {next("object"), next("activity")};
    }

    void finish(const NextIds& next) override {
        Statement put(*connection_,
                      "INSERT OR REPLACE INTO sequence(name, next) "
                      "VALUES ('object', ?1), ('activity', ?2)");
        put.run(next.object, next.activity);
        transaction_->commit();
    }

 private:
    LockFile lock_;
    std::optional<Connection> connection_;
    std::optional<Transaction> transaction_;
    std::optional<Snapshot> snapshot_;
};

}  // namespace

std::unique_ptr<TransferEnd> open_transfer(const std::string& path, bool create) {
    return std::make_unique<End>(path, create);
}

}  // namespace muster::sqlite
