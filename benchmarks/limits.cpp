// What a file and SQLite allow at most: the limits that imports are measured against.
//   limits insert PEOPLE.csv STORE.db   the same file, the same documents, prepared statements
//   limits hash FILE…                   every byte read and hashed
// Prints one line of JSON.

#include <fmt/core.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/limits.h"

namespace {

using muster::digest;

/// Splits one row of a file without line ends in cells; quotes doubled within quotes.
void split(std::string_view row, std::vector<std::string>& cells) {
    std::size_t cell = 0;
    bool quoted = false;
    cells.resize(1);
    cells[0].clear();
    for (std::size_t i = 0; i < row.size(); ++i) {
        const char c = row[i];
        if (quoted && c == '"' && i + 1 < row.size() && row[i + 1] == '"') {
            cells[cell] += row[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            ++cell;
            cells.resize(cell + 1);
            cells[cell].clear();
        } else {
            cells[cell] += c;
        }
    }
}

void append_json(std::string_view text, std::string& out) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    out += '"';
}

/// A connection on which every failure is an exception.
class Database {
 public:
    explicit Database(const std::string& path) {
        check(sqlite3_open(path.c_str(), &handle_));
        run("PRAGMA journal_mode=WAL");
        run("PRAGMA synchronous=NORMAL");
        run("PRAGMA cache_size=-65536");
        // An object, found by its id and its anchor, and nothing else: no log, no keys, no links.
        run("CREATE TABLE object(id INTEGER PRIMARY KEY, space INTEGER, type INTEGER, flags "
            "INTEGER,"
            " commit_no INTEGER, payload_low INTEGER, payload_high INTEGER, anchor TEXT,"
            " attributes TEXT NOT NULL)");
        run("CREATE UNIQUE INDEX object_anchor ON object(type, anchor)");
        check(sqlite3_prepare_v2(handle_, "INSERT INTO object VALUES(?,2,3,0,?,?,?,?,?)", -1,
                                 &insert_, nullptr));
    }
    ~Database() {
        sqlite3_finalize(insert_);
        sqlite3_close(handle_);
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void run(const char* sql) { check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr)); }

    void insert(std::int64_t id, std::int64_t commit, const std::string& anchor,
                const std::string& document) {
        const auto payload = digest(document);
        sqlite3_bind_int64(insert_, 1, id);
        sqlite3_bind_int64(insert_, 2, commit);
        sqlite3_bind_int64(insert_, 3, static_cast<std::int64_t>(payload.low));
        sqlite3_bind_int64(insert_, 4, static_cast<std::int64_t>(payload.high));
        sqlite3_bind_text(insert_, 5, anchor.data(), static_cast<int>(anchor.size()),
                          SQLITE_STATIC);
        sqlite3_bind_text(insert_, 6, document.data(), static_cast<int>(document.size()),
                          SQLITE_STATIC);
        if (sqlite3_step(insert_) != SQLITE_DONE) {
            throw std::runtime_error(sqlite3_errmsg(handle_));
        }
        sqlite3_reset(insert_);
    }

 private:
    void check(int result) {
        if (result != SQLITE_OK) {
            throw std::runtime_error(sqlite3_errmsg(handle_));
        }
    }

    sqlite3* handle_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

std::size_t insert_rows(const std::string& file, const std::string& store) {
    std::ifstream in(file, std::ios::binary);
    std::string line;
    if (!std::getline(in, line)) {
        throw std::runtime_error("cannot read " + file);
    }
    std::vector<std::string> names;
    split(line, names);
    Database database(store);
    std::vector<std::string> cells;
    std::string document;
    std::size_t count = 0;
    database.run("BEGIN");
    while (std::getline(in, line)) {
        split(line, cells);
        document = "{";
        for (std::size_t i = 0; i < cells.size() && i < names.size(); ++i) {
            if (!cells[i].empty()) {
                document += document.size() > 1 ? "," : "";
                append_json(names[i], document);
                document += ':';
                append_json(cells[i], document);
            }
        }
        document += '}';
        ++count;
        const auto page = muster::limits::kPageObjects;
        database.insert(static_cast<std::int64_t>(count),
                        static_cast<std::int64_t>(count / page + 1), cells[0], document);
        if (count % page == 0) {
            database.run("COMMIT");
            database.run("BEGIN");
        }
    }
    database.run("COMMIT");
    return count;
}

std::size_t hash_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string line;
    std::size_t count = 0;
    std::uint64_t sum = 0;
    while (std::getline(in, line)) {
        sum ^= digest(line).low;
        ++count;
    }
    if (count == 0 || sum == 0) {
        throw std::runtime_error("cannot read " + file);
    }
    return count;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const bool inserts = arguments.size() == 3 && arguments[0] == "insert";
    const bool hashes = arguments.size() >= 2 && arguments[0] == "hash";
    if (!inserts && !hashes) {
        fmt::print(stderr, "usage: limits insert PEOPLE.csv STORE.db | limits hash FILE…\n");
        return 64;
    }
    try {
        const auto start = std::chrono::steady_clock::now();
        std::size_t rows = 0;
        if (inserts) {
            rows = insert_rows(arguments[1], arguments[2]);
        }
        for (std::size_t i = 1; hashes && i < arguments.size(); ++i) {
            rows += hash_file(arguments[i]);
        }
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
        fmt::print("{{\"rows\": {}, \"seconds\": {:.6f}}}\n", rows, time.count());
    } catch (const std::exception& error) {
        fmt::print(stderr, "limits: {}\n", error.what());
        return 1;
    }
    return 0;
}
