#include "store/postgresql/transfer.h"

#include <algorithm>

#include "base/error.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/tables.h"
#include "store/postgresql/text_key.h"

namespace muster::postgresql {
namespace {

constexpr const char* kSnapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ";

const char* column_name(const char* column) {
    return std::string_view(column) == "add" ? "adds" : column;
}

ColumnType type_of(std::string_view table, std::string_view column) {
    static constexpr std::string_view kTexts[] = {
        "name",  "definition", "text",   "anchor", "value",    "folded",  "owner", "cause",
        "delta", "error",      "system", "status", "counters", "message", "code",  "place"};
    if (column == "attributes")
        return ColumnType::json;
    if ((table == "activity" && column == "kind") || (table == "item" && column == "type"))
        return ColumnType::text;
    if (table == "export" && column == "cause")
        return ColumnType::number;
    return std::find(std::begin(kTexts), std::end(kTexts), column) != std::end(kTexts)
               ? ColumnType::text
               : ColumnType::number;
}

/// What the tables here have beside those of the move: a column, and that whose text it is made of.
struct Derived {
    const char* table;
    const char* column;
    const char* from;
};
constexpr Derived kDerived[] = {
    {"pattern", "text_key", "text"},       {"link", "text_key", "text"},
    {"key", "value_key", "value"},         {"reservation", "folded_key", "folded"},
    {"reservation", "owner_key", "owner"}, {"export_link", "text_key", "text"}};

/// The columns of a table as they are sent.
struct Layout {
    std::vector<Column> columns;
    std::vector<std::size_t> derived_from;  // of those that come last
    std::string names;
};

Layout layout_of(const TransferTable& table) {
    Layout layout;
    for (const char* column : table.columns)
        layout.columns.push_back({column_name(column), type_of(table.name, column)});
    for (const Derived& derived : kDerived) {
        if (std::string_view(derived.table) != table.name)
            continue;
        layout.columns.push_back({derived.column});
        const auto from =
            std::find(table.columns.begin(), table.columns.end(), std::string_view(derived.from));
        layout.derived_from.push_back(static_cast<std::size_t>(from - table.columns.begin()));
    }
    for (const Column& column : layout.columns)
        layout.names += fmt::format("{}{}", layout.names.empty() ? "" : ", ", column.name);
    return layout;
}

/// Everything in one transaction.
class End final : public TransferEnd {
 public:
    End(const std::string& url, bool create) : connection_(url, Connection::Purpose::whole) {
        connection_.execute(create ? "BEGIN" : kSnapshot);
        if (create)
            migrate(connection_);
        require_present(connection_);
        if (create)
            connection_.execute("SELECT last FROM counter FOR UPDATE");
    }

    bool empty() override {
        return connection_
                   .ask("SELECT (SELECT count(*) FROM names) + (SELECT count(*) FROM commit)")[0]
                   .integer(0) == 0;
    }

    void read(const TransferTable& table,
              const std::function<void(const TransferRow&)>& each) override {
        std::string columns;
        std::string keys;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const std::string name =
                (i > 0 ? ", " : "") + std::string(column_name(table.columns[i]));
            columns += name;
            if (i < table.keys)
                keys += name;
        }
        TransferRow cells(table.columns.size());
        std::string buffer;
        connection_.copy_out(
            fmt::format("SELECT {} FROM {} ORDER BY {}", columns, table.name, keys),
            [&](const Row& row) {
                for (std::size_t i = 0; i < cells.size(); ++i) {
                    const ColumnType type = type_of(table.name, table.columns[i]);
                    if (row.null(i))
                        cells[i] = std::monostate();
                    else if (type == ColumnType::number)
                        cells[i] = row.integer(i);
                    else if (type == ColumnType::text)
                        cells[i] = row.string(i);
                    else
                        cells[i] = std::string(row.json(i, buffer));
                }
                each(cells);
            });
    }

    void write(const TransferTable& table, std::span<const TransferRow> rows) override {
        const Layout layout = layout_of(table);
        RowSet set(layout.columns);
        for (const TransferRow& row : rows) {
            set.begin();
            for (std::size_t i = 0; i < row.size(); ++i)
                std::visit([&](const auto& cell) { put(set, i, cell); }, row[i]);
            for (std::size_t i = 0; i < layout.derived_from.size(); ++i)
                set.append(row.size() + i,
                           key_of(table, std::get<std::string>(row[layout.derived_from[i]])));
        }
        if (std::string_view(table.name) == "names")
            for (const TransferRow& row : rows)
                if (std::get<std::int64_t>(row[1]) == static_cast<std::int64_t>(NameKind::space))
                    add_partitions(connection_, std::get<std::int64_t>(row[0]));
        const bool link = std::string_view(table.name) == "link";
        const std::string identity =
            std::string_view(table.name) == "item" ? " OVERRIDING SYSTEM VALUE" : "";
        const std::string source =
            link ? " JOIN names a ON a.id = w.attribute JOIN names t ON t.id = a.parent" : "";
        for (std::size_t first = 0; first < set.size();) {
            std::vector<std::string> arrays = set.arrays(first);
            connection_.ask(
                fmt::format("INSERT INTO {}({}{}){} SELECT {}{} FROM {}{}", table.name,
                            layout.names, link ? ", space" : "", identity, selected(layout),
                            link ? ", t.parent" : "", set.relation(), source),
                Parameters::of(std::move(arrays)));
        }
    }

    NextIds next_ids() override {
        const Result next = connection_.ask(
            "SELECT (SELECT next FROM sequence WHERE name = 'object'), "
            "(SELECT next FROM sequence WHERE name = 'activity')");
        return {next[0].integer(0), next[0].integer(1)};
    }

    void finish(const NextIds& next) override {
        connection_.execute(fmt::format(
            "UPDATE counter SET last = coalesce((SELECT max(number) FROM commit), 0);"
            "UPDATE sequence SET next = CASE name WHEN 'object' THEN {} WHEN 'activity' THEN {} "
            "ELSE 1 + coalesce((SELECT max(id) FROM pattern), 0) END;"
            "SELECT setval(pg_get_serial_sequence('item', 'id'), "
            "greatest((SELECT max(id) FROM item), 1));"
            "COMMIT; ANALYZE",
            next.object, next.activity));
    }

 private:
    static void put(RowSet& set, std::size_t column, std::monostate /*none*/) {
        set.append(column, std::optional<std::int64_t>());
    }
    template <class Cell>
    static void put(RowSet& set, std::size_t column, const Cell& cell) {
        set.append(column, cell);
    }
    static std::int64_t key_of(const TransferTable& table, const std::string& text) {
        const std::string_view name = table.name;
        return name == "link" || name == "export_link" ? text_key_or_zero(text) : text_key(text);
    }
    static std::string selected(const Layout& layout) {
        std::string text;
        for (const Column& column : layout.columns)
            text += fmt::format("{}w.{}", text.empty() ? "" : ", ", column.name);
        return text;
    }

    Connection connection_;
};

}  // namespace

std::unique_ptr<TransferEnd> open_transfer(const std::string& url, bool create) {
    return std::make_unique<End>(url, create);
}

}  // namespace muster::postgresql
