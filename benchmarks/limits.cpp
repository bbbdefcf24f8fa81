// What a file and SQLite allow at most: the limits that imports are measured against.
//   limits insert STORE.db PEOPLE.csv GROUPS.csv MEMBERSHIPS.csv
//                                       the same documents and links, prepared statements
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
#include <unordered_map>
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
        // An object, found by its id and its anchor, links from their source, and nothing else: no
        // log, no keys, no way back along links.
        run("CREATE TABLE object(id INTEGER PRIMARY KEY, space INTEGER, type INTEGER, flags "
            "INTEGER,"
            " commit_no INTEGER, payload_low INTEGER, payload_high INTEGER, anchor TEXT,"
            " attributes TEXT NOT NULL)");
        run("CREATE UNIQUE INDEX object_anchor ON object(type, anchor)");
        run("CREATE TABLE link(source INTEGER, attribute INTEGER, target INTEGER, opened INTEGER,"
            " PRIMARY KEY(source, attribute, target)) WITHOUT ROWID");
        check(sqlite3_prepare_v2(handle_, "INSERT INTO object VALUES(?,2,3,0,?,?,?,?,?)", -1,
                                 &insert_, nullptr));
        check(sqlite3_prepare_v2(handle_, "INSERT OR IGNORE INTO link VALUES(?,7,?,?)", -1, &link_,
                                 nullptr));
    }
    ~Database() {
        sqlite3_finalize(insert_);
        sqlite3_finalize(link_);
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
        step(insert_);
    }

    void link(std::int64_t source, std::int64_t target, std::int64_t commit) {
        sqlite3_bind_int64(link_, 1, source);
        sqlite3_bind_int64(link_, 2, target);
        sqlite3_bind_int64(link_, 3, commit);
        step(link_);
    }

 private:
    void step(sqlite3_stmt* statement) {
        if (sqlite3_step(statement) != SQLITE_DONE) {
            throw std::runtime_error(sqlite3_errmsg(handle_));
        }
        sqlite3_reset(statement);
    }
    void check(int result) {
        if (result != SQLITE_OK) {
            throw std::runtime_error(sqlite3_errmsg(handle_));
        }
    }

    sqlite3* handle_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* link_ = nullptr;
};

/// Reads files and inserts what they hold, a page a transaction.
class Inserter {
 public:
    explicit Inserter(const std::string& store) : database_(store) { database_.run("BEGIN"); }

    /// Every row an object, its first cell the anchor. Returns how many.
    std::size_t objects(const std::string& file) {
        std::vector<std::string> names;
        std::string document;
        return rows(file, names, [&](const std::vector<std::string>& cells) {
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
            const auto id = static_cast<std::int64_t>(ids_.size() + 1);
            ids_.emplace(cells[0], id);
            database_.insert(id, commit_, cells[0], document);
        });
    }

    /// Every row a link between two objects, by their anchors.
    void links(const std::string& file) {
        std::vector<std::string> names;
        rows(file, names, [&](const std::vector<std::string>& cells) {
            const auto source = ids_.find(cells[0]);
            const auto target = ids_.find(cells[1]);
            if (source != ids_.end() && target != ids_.end()) {
                database_.link(source->second, target->second, commit_);
            }
        });
    }

    void finish() { database_.run("COMMIT"); }

 private:
    template <class Each>
    std::size_t rows(const std::string& file, std::vector<std::string>& names, const Each& each) {
        std::ifstream in(file, std::ios::binary);
        std::string line;
        if (!std::getline(in, line)) {
            throw std::runtime_error("cannot read " + file);
        }
        split(line, names);
        std::vector<std::string> cells;
        std::size_t count = 0;
        while (std::getline(in, line)) {
            split(line, cells);
            each(cells);
            if (++count % muster::limits::kPageObjects == 0) {
                database_.run("COMMIT");
                database_.run("BEGIN");
                ++commit_;
            }
        }
        return count;
    }

    Database database_;
    std::unordered_map<std::string, std::int64_t> ids_;
    std::int64_t commit_ = 1;
};

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
    const bool inserts = arguments.size() == 5 && arguments[0] == "insert";
    const bool hashes = arguments.size() >= 2 && arguments[0] == "hash";
    if (!inserts && !hashes) {
        fmt::print(stderr,
                   "usage: limits insert STORE.db PEOPLE.csv GROUPS.csv MEMBERSHIPS.csv | limits "
                   "hash FILE…\n");
        return 64;
    }
    try {
        const auto start = std::chrono::steady_clock::now();
        std::size_t rows = 0;
        if (inserts) {
            Inserter inserter(arguments[1]);
            rows = inserter.objects(arguments[2]) + inserter.objects(arguments[3]);
            inserter.links(arguments[4]);
            inserter.finish();
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
