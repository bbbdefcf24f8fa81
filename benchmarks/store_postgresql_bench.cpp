// Writing to PostgreSQL, Muster's way and others, of the same objects:
//   store_postgresql_bench URL WAY OBJECTS
// WAY is muster, one-writer or two-writers (loading alone, objects made up meanwhile), values (a
// row per value, with the indexes and keys such layouts have), value-rows or document-rows (INSERT
// … ON CONFLICT, one after the other). Prints JSON: what was done, seconds, and where it is Muster
// round trips and bytes.
//   store_postgresql_bench FOLDER documents OBJECTS
// writes files of the documents, for COPY into a bare table.

#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "bench_schema.h"
#include "store/postgresql/postgresql_store.h"

namespace {

using namespace muster;
using postgresql::ColumnType;
using postgresql::Connection;
using postgresql::RowSet;

constexpr std::size_t kShare = 10;  // one object in so many is updated

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string value(std::size_t object, int attribute, int version) {
    return fmt::format("value {} {}", attribute,
                       object * 31 + static_cast<std::size_t>(attribute == 0 ? version : 0));
}

std::string anchor(std::size_t object) {
    return fmt::format("{:08x}-person-{}", static_cast<std::uint32_t>(object * 2654435761u),
                       object);
}

/// Objects made up in pages, and what they take as JSON.
class Sample {
 public:
    explicit Sample(std::size_t size) : count(size) {
        for (int i = 0; i < kAttributes; ++i)
            attributes_.push_back(schema.find_attribute(type, attribute_name(i)));
    }

    Object make(std::size_t i, int version) const {
        Object object;
        object.type = type;
        object.anchor = anchor(i);
        for (int a = 0; a < kAttributes; ++a)
            object.attributes.add(attributes_[static_cast<std::size_t>(a)], value(i, a, version));
        object.attributes.normalise();
        object.payload = {i, 1};
        return object;
    }
    ObjectWrite creation(std::size_t i, ObjectId id) const {
        ObjectWrite write;
        write.kind = ChangeKind::create;
        write.object = make(i, 0);
        write.object.id = id;
        write.delta = hex(digest(write.object.anchor));
        return write;
    }
    std::string json(std::size_t i, int version) const {
        std::string text;
        encode(make(i, version).attributes, schema, text);
        return text;
    }

    const std::size_t count;
    const Schema schema = make_schema();
    const TypeId type = schema.find_type(SpaceId(2), "person");
    const AttributeId member = schema.find_attribute(type, "member");

 private:
    std::vector<AttributeId> attributes_;
};

void print(const char* what, std::size_t objects, double seconds, std::uint64_t trips = 0,
           std::uint64_t bytes = 0) {
    fmt::print(
        "{{\"what\":\"{}\",\"objects\":{},\"seconds\":{:.4f},\"round_trips\":{},"
        "\"bytes\":{}}}\n",
        what, objects, seconds, trips, bytes);
    std::fflush(stdout);
}

/// Times commits alone; what goes into them is made up between.
class MusterWay {
 public:
    MusterWay(const std::string& url, const Sample& population)
        : population_(population), store_(url, population.schema, StoreAccess::write) {}

    void run() {
        first_ = store_.reserve_ids(population_.count).value;
        pages("load", 1, [&](std::size_t i) { create(i); });
        pages("update", kShare, [&](std::size_t i) { update(i, 1); });
        pages("update with links", kShare, [&](std::size_t i) {
            update(i, 2);
            changes_.links.push_back({{population_.member, id(i), id(0), {}}, true});
        });
        pages("delete", 1, [&](std::size_t i) { erase(i); });
    }

 private:
    ObjectId id(std::size_t i) const { return ObjectId(first_ + static_cast<std::int64_t>(i)); }

    void pages(const char* what, std::size_t step, const std::function<void(std::size_t)>& add) {
        const auto before = store_.traffic();
        double seconds = 0;
        std::size_t objects = 0;
        for (std::size_t i = 0; i < population_.count;) {
            changes_.clear();
            for (; i < population_.count && changes_.objects.size() < limits::kPageObjects;
                 i += step)
                add(i);
            objects += changes_.objects.size();
            seconds += seconds_of([&] { store_.commit(changes_); });
        }
        const auto after = store_.traffic();
        print(what, objects, seconds, after.round_trips - before.round_trips,
              after.bytes_sent - before.bytes_sent);
    }

    void create(std::size_t i) {
        changes_.objects.push_back(population_.creation(i, id(i)));
        last_commits_.resize(std::max(last_commits_.size(), i + 1));
        last_commits_[i] = page_of(i);
    }
    // Commits are numbered by page: what an object was read at is known without reading it.
    CommitNumber page_of(std::size_t i) const {
        return CommitNumber(static_cast<std::int64_t>(i / limits::kPageObjects) + 1);
    }
    void update(std::size_t i, int version) {
        ObjectWrite& write = changes_.objects.emplace_back();
        write.object = population_.make(i, version);
        write.object.id = id(i);
        write.object.commit = last_commits_[i];
        write.identity_changed = false;
        Delta delta;
        delta.attributes =
            diff(population_.make(i, version - 1).attributes, write.object.attributes);
        encode(delta, population_.schema, write.delta);
        const std::size_t load_pages =
            (population_.count + limits::kPageObjects - 1) / limits::kPageObjects;
        const std::size_t update_pages =
            (population_.count / kShare + limits::kPageObjects - 1) / limits::kPageObjects;
        last_commits_[i] = CommitNumber(static_cast<std::int64_t>(
            load_pages + static_cast<std::size_t>(version - 1) * update_pages +
            i / kShare / limits::kPageObjects + 1));
    }
    void erase(std::size_t i) {
        ObjectWrite& write = changes_.objects.emplace_back();
        write.kind = ChangeKind::erase;
        write.object.id = id(i);
        write.object.type = population_.type;
        write.object.commit = last_commits_[i];
        Delta delta;
        delta.attributes = diff(population_.make(i, 0).attributes, {});
        encode(delta, population_.schema, write.delta);
        if (i % kShare == 0)
            changes_.links.push_back({{population_.member, id(i), id(0), {}}, false});
    }

    const Sample& population_;
    postgresql::PostgresqlStore store_;
    std::int64_t first_ = 0;
    std::vector<CommitNumber> last_commits_;
    ChangeSet changes_;
};

/// Loads by several writers at once, each with a connection of its own and its share of the pages.
/// The time includes making up the objects, which each does for itself.
void load_by(std::size_t writers, const std::string& url, const Sample& population) {
    constexpr std::size_t kPage = limits::kPageObjects;
    std::deque<postgresql::PostgresqlStore> stores;
    for (std::size_t i = 0; i < writers; ++i)
        stores.emplace_back(url, population.schema, StoreAccess::write);
    const std::int64_t first = stores[0].reserve_ids(population.count).value;
    const auto load = [&](std::size_t writer) {
        ChangeSet changes;
        for (std::size_t begin = writer * kPage; begin < population.count;
             begin += writers * kPage) {
            changes.clear();
            for (std::size_t i = begin; i < std::min(begin + kPage, population.count); ++i)
                changes.objects.push_back(
                    population.creation(i, ObjectId(first + static_cast<std::int64_t>(i))));
            stores[writer].commit(changes);
        }
    };
    const double seconds = seconds_of([&] {
        std::vector<std::jthread> threads;
        threads.reserve(writers);
        for (std::size_t i = 0; i < writers; ++i)
            threads.emplace_back(load, i);
    });
    print("load", population.count, seconds);
}

/// The documents as files that psql copies into a bare table in one go: the limit. An update is
/// limited by the COPY of as many.
void documents(const std::string& folder, const Sample& population) {
    constexpr postgresql::Column kColumns[] = {{"id"}, {"attributes", ColumnType::json}};
    constexpr std::string_view kHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
    const auto write = [&](const char* name, std::size_t step, std::int64_t offset) {
        RowSet rows(kColumns);
        for (std::size_t i = 0; i < population.count; i += step)
            rows.add(static_cast<std::int64_t>(i) + offset, population.json(i, 0));
        std::ofstream file(folder + "/" + name, std::ios::binary);
        file << kHeader << rows.bytes() << "\377\377";
        if (!file.flush())
            throw Error(ErrorCode::store, folder + " cannot be written");
    };
    write("load.copy", 1, 0);
    write("update.copy", kShare, 1'000'000'000);
}

/// A table for one row a value: 13 columns, primary key, seven indexes and three foreign keys.
void make_values_table(Connection& connection, std::size_t objects) {
    connection.execute(
        "DROP TABLE IF EXISTS av, av_object, av_attribute;"
        "CREATE TABLE av_object(id bigint PRIMARY KEY);"
        "CREATE TABLE av_attribute(id bigint PRIMARY KEY);"
        "CREATE TABLE av(id bigint PRIMARY KEY, object bigint NOT NULL REFERENCES av_object, "
        "attribute bigint NOT NULL REFERENCES av_attribute, value text, i bigint, l bigint, "
        "d timestamptz, b bytea, g uuid, o boolean, r bigint REFERENCES av_object, u text, "
        "n numeric);"
        "CREATE INDEX ON av(object); CREATE INDEX ON av(attribute); CREATE INDEX ON av(r);"
        "CREATE INDEX ON av(object, attribute); CREATE INDEX ON av(attribute, value);"
        "CREATE INDEX ON av(attribute, i); CREATE INDEX ON av(u);");
    connection.execute(
        fmt::format("INSERT INTO av_object SELECT generate_series(0, {}); "
                    "INSERT INTO av_attribute SELECT generate_series(0, 99)",
                    objects));
}

std::size_t value_id(std::size_t object, int attribute) {
    return object * kAttributes + static_cast<std::size_t>(attribute);
}

/// One row a value, by COPY, a page at a time.
void values(Connection& connection, const Sample& population) {
    constexpr postgresql::Column kColumns[] = {
        {"id"}, {"object"}, {"attribute"}, {"value", ColumnType::text}};
    make_values_table(connection, population.count);
    double seconds = 0;
    for (std::size_t i = 0; i < population.count;) {
        RowSet rows(kColumns);
        for (const std::size_t end = std::min(population.count, i + limits::kPageObjects); i < end;
             ++i)
            for (int a = 0; a < kAttributes; ++a)
                rows.add(value_id(i, a), i, a, value(i, a, 0));
        const postgresql::RowPieces sets[] = {postgresql::one_piece(rows)};
        seconds += seconds_of([&] {
            connection.copy_in("COPY av(id, object, attribute, value) FROM STDIN (FORMAT binary)",
                               sets);
        });
    }
    print("load", population.count, seconds);
}

/// One row a value, one statement and round trip each.
void value_rows(Connection& connection, const Sample& population) {
    make_values_table(connection, population.count);
    print("load", population.count, seconds_of([&] {
              for (std::size_t i = 0; i < population.count; ++i)
                  for (int a = 0; a < kAttributes; ++a)
                      connection.ask(
                          "INSERT INTO av(id, object, attribute, value) "
                          "VALUES ($1::bigint, $2::bigint, $3::bigint, $4::text) "
                          "ON CONFLICT (id) DO UPDATE SET value = excluded.value",
                          postgresql::Parameters(value_id(i, a), i, a, value(i, a, 0)));
          }));
}

/// A document an object, one statement and round trip each.
void document_rows(Connection& connection, const Sample& population) {
    connection.execute(
        "DROP TABLE IF EXISTS bare; CREATE TABLE bare(id bigint PRIMARY KEY, attributes jsonb)");
    double seconds = 0;
    for (std::size_t i = 0; i < population.count; ++i) {
        const std::string json = population.json(i, 0);
        seconds += seconds_of([&] {
            connection.ask(
                "INSERT INTO bare VALUES ($1::bigint, $2::text::jsonb) ON CONFLICT (id) "
                "DO UPDATE SET attributes = excluded.attributes",
                postgresql::Parameters(i, json));
        });
    }
    print("load", population.count, seconds);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        fmt::print(stderr, "store_postgresql_bench URL WAY OBJECTS\n");
        return 64;
    }
    const std::string way = arguments[2];
    const Sample population(std::strtoul(arguments[3], nullptr, 10));
    try {
        if (way == "documents") {
            documents(arguments[1], population);
            return 0;
        }
        const std::string url = arguments[1];
        if (way == "muster") {
            MusterWay(url, population).run();
            return 0;
        }
        if (way == "one-writer" || way == "two-writers") {
            load_by(way == "one-writer" ? 1 : 2, url, population);
            return 0;
        }
        Connection connection(url, Connection::Purpose::whole);
        connection.execute("SET search_path = public");
        if (way == "values")
            values(connection, population);
        else if (way == "value-rows")
            value_rows(connection, population);
        else
            document_rows(connection, population);
    } catch (const Error& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    return 0;
}
