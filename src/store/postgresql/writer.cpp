#include "store/postgresql/writer.h"

#include <algorithm>
#include <random>
#include <thread>

#include "base/fault.h"
#include "base/limits.h"
#include "store/postgresql/patience.h"

namespace muster::postgresql {
namespace {

constexpr const char* kDefect = "run `muster db check`; this is a defect of Muster worth reporting";

/// Locks the counter; from then on the number it returns is kLast, until the transaction ends.
std::string next_commit(std::string_view step) {
    return fmt::format(
        "UPDATE counter SET last = last + {} RETURNING set_config('muster.commit', last::text, "
        "true)",
        step);
}
constexpr const char* kLast = "(SELECT current_setting('muster.commit')::bigint)";

std::string names_of(std::span<const Column> columns) {
    std::string names;
    for (const Column& column : columns)
        names += fmt::format("{}{}", names.empty() ? "" : ", ", column.name);
    return names;
}

/// A statement on rows, which are named between its two parts as a relation `w`.
struct OnRows {
    const char* before;
    const char* after;
};

// Both only where the object is still at the commit it was read at.
constexpr OnRows kErase{"DELETE FROM object o USING ",
                        " WHERE w.kind = 2 AND o.space = w.space::int AND o.id = w.id AND "
                        "o.commit_no = w.seen"};
constexpr OnRows kUpdate{
    "UPDATE object o SET flags = w.flags, joined = w.joined, commit_no = CASE w.logged WHEN 1 "
    "THEN current_setting('muster.commit')::bigint ELSE o.commit_no END, "
    "provenance = w.provenance, due = w.due, payload_low = w.payload_low, "
    "payload_high = w.payload_high, "
    "name_key = CASE w.identity WHEN 1 THEN w.name_key ELSE o.name_key END, "
    "anchor = CASE w.identity WHEN 1 THEN w.anchor ELSE o.anchor END, "
    "name = CASE w.identity WHEN 1 THEN w.name ELSE o.name END, "
    "attributes = coalesce(w.attributes, o.attributes) FROM ",
    " WHERE w.kind = 1 AND o.space = w.space::int AND o.id = w.id AND o.commit_no = w.seen"};

std::int64_t random_id() {
    std::random_device device;
    return static_cast<std::int64_t>((std::uint64_t{device()} << 31) ^ device()) &
           0x7fff'ffff'ffff'ffff;
}

}  // namespace

Writer::Writer(Connection& connection, const Schema& schema, const Names& names, bool preview)
    : connection_(connection),
      schema_(schema),
      names_(names),
      preview_(preview),
      id_(random_id()) {}

CommitNumber Writer::commit(const ChangeSet& changes, const std::function<void()>& restored) {
    if (changes.empty())
        return {};
    const Batch batch(changes, schema_, names_);
    ++serial_;
    Patience patience;
    for (bool lost = false;;) {
        try {
            if (lost) {
                connection_.reconnect();
                stage_exists_ = false;
                restored();
                CommitNumber number;
                if (settled(number))
                    return number;
                lost = false;
            }
            return attempt(batch);
        } catch (const ServerError& error) {
            if (preview_ || !(error.lost() || error.transient()) || !patience.wait())
                throw;
            lost = error.lost();
        }
    }
}

/// Whether the commit that was under way went in. The transaction it belonged to is ended first: a
/// cut connection may still stand open on the server's side.
bool Writer::settled(CommitNumber& number) {
    connection_.ask(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = "
        "current_setting('application_name') AND pid <> pg_backend_pid()");
    const Result row = connection_.ask(
        "INSERT INTO writer(id, serial, number, seen) VALUES ($1::bigint, 0, 0, now()) "
        "ON CONFLICT (id) DO UPDATE SET seen = now() RETURNING serial, number",
        Parameters(id_));
    number = row[0].id<CommitNumber>(1);
    return row[0].integer(0) == serial_;
}

CommitNumber Writer::attempt(const Batch& batch) {
    const std::size_t objects = batch.created.size() + batch.changed.size();
    try {
        queued_ = 0;
        expectations_.clear();
        std::vector<Result> begun;
        if (!preview_ && objects > limits::kStoreCopied)
            begun = copy_objects(batch);
        else
            queue_objects(batch);
        queue_parted(batch);
        queue_links(batch);
        queue_exports(batch);
        queue_journal(batch);
        std::vector<Result> results = connection_.finish();
        require_expected(batch, results);
        if (begun.empty())
            begun = std::move(results);
        const std::string number = begun[1][0].string(0);
        fault::point("store.commit.before");
        connection_.ask(preview_ ? "RELEASE page" : "COMMIT");
        fault::point("store.commit.after");
        return batch.logged ? CommitNumber(std::stoll(number)) : CommitNumber{};
    } catch (const ServerError& error) {
        roll_back();
        if (error.violates("_anchor") || error.violates("reservation_pkey") ||
            error.violates("reservation_owner"))
            throw Conflict{};
        throw;
    } catch (const Conflict&) {
        roll_back();
        throw;
    } catch (const Error&) {
        roll_back();
        throw;
    }
}

/// Nothing to do where the connection is gone: the server rolls back by itself.
void Writer::roll_back() {
    if (!connection_.alive() || !connection_.in_transaction())
        return;
    try {
        connection_.execute(preview_ ? "ROLLBACK TO page; RELEASE page" : "ROLLBACK");
    } catch (const ServerError& error) {
        if (!error.lost())
            throw;
    }
}

void Writer::queue(const std::string& sql, const Parameters& parameters) {
    connection_.queue(sql, parameters);
    ++queued_;
}

/// One statement over the rows as a relation `w`; more only where they are more bytes than a
/// message holds well.
void Writer::queue_rows(const std::string& before, const RowSet& rows, const std::string& after) {
    const std::string sql = before + rows.relation() + after;
    for (std::size_t first = 0; first < rows.size();) {
        std::vector<std::string> arrays = rows.arrays(first);
        queue(sql, Parameters::of(std::move(arrays)));
    }
}

void Writer::expect(std::size_t first, std::uint64_t affected, Failure failure) {
    expectations_.push_back({first, queued_, affected, failure});
}

/// Begins the transaction and writes the objects by COPY. Those that go come first, so that others
/// may take over their anchors in the same commit. The log is copied, too, where it is the second
/// table: more would be more round trips.
std::vector<Result> Writer::copy_objects(const Batch& batch) {
    std::string sql = fmt::format("BEGIN; {};", next_commit(batch.logged ? "1" : "0"));
    std::vector<RowPieces> sets;
    const auto copy = [&](const char* table, std::span<const Column> columns, RowPieces rows) {
        sql += fmt::format("COPY {}({}) FROM STDIN (FORMAT binary);", table, names_of(columns));
        sets.push_back(std::move(rows));
    };
    if (!batch.changed.empty()) {
        make_stage(batch.changed);
        copy("stage", batch.changed.columns(), one_piece(batch.changed));
        sql += fmt::format("{}stage AS w{};{}stage AS w{};", kErase.before, kErase.after,
                           kUpdate.before, kUpdate.after);
    }
    if (!batch.created.empty())
        copy("object", Batch::created_columns(),
             [&batch, piece = RowSet({}), next = std::size_t{0}]() mutable {
                 piece = batch.created_rows(next);
                 return piece.empty() ? nullptr : &piece;
             });
    const bool log = !batch.log.empty() && sets.size() == 1;
    if (log)
        copy("change", batch.log.columns(), one_piece(batch.log));
    std::vector<Result> results = connection_.copy_in(sql, sets);
    if (!batch.changed.empty() &&
        (results[3].affected() != batch.erased || results[4].affected() != batch.updated))
        refuse(batch, Failure::changed_meanwhile);
    fault::point("store.copied");
    if (!log)
        queue_insert("change", batch.log);
    return results;
}

void Writer::make_stage(const RowSet& rows) {
    if (stage_exists_)
        return;
    std::string columns;
    for (const Column& column : rows.columns())
        columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", column.name,
                               type_name(column.type));
    connection_.execute("CREATE TEMP TABLE IF NOT EXISTS stage(" + columns +
                        ") ON COMMIT DELETE ROWS");
    stage_exists_ = true;
}

/// The same in the pipeline.
void Writer::queue_objects(const Batch& batch) {
    queue(preview_ ? "SAVEPOINT page" : "BEGIN");
    queue(next_commit("$1::bigint"), Parameters(batch.logged));
    std::size_t first = queued_;
    if (batch.erased > 0) {
        queue_rows(kErase.before, batch.changed, kErase.after);
        expect(first, batch.erased, Failure::changed_meanwhile);
    }
    first = queued_;
    if (batch.updated > 0) {
        queue_rows(kUpdate.before, batch.changed, kUpdate.after);
        expect(first, batch.updated, Failure::changed_meanwhile);
    }
    for (std::size_t next = 0; next < batch.created.size();)
        queue_insert("object", batch.created_rows(next));
    queue_insert("change", batch.log);
}

/// Rows whose columns are the table's own.
void Writer::queue_insert(const char* table, const RowSet& rows) {
    const std::string columns = names_of(rows.columns());
    queue_rows(fmt::format("INSERT INTO {}({}) SELECT {} FROM ", table, columns, columns), rows);
}

/// What the configuration no longer has is joined to nobody once its metaverse object is erased:
/// no run looks at it that could say so.
void Writer::queue_parted(const Batch& batch) {
    if (batch.left.empty())
        return;
    const Parameters which(batch.left, batch.forgotten);
    const char* const parted = "WHERE joined = ANY($1::bigint[]) AND type = ANY($2::bigint[])";
    queue(fmt::format("INSERT INTO change(object, previous, space, type, kind, delta) SELECT id, "
                      "commit_no, space, type, 1, '{{\"joined\":[' || joined || ',null]}}' FROM "
                      "object {}",
                      parted),
          which);
    queue(fmt::format("UPDATE object SET joined = NULL, commit_no = {} {}", kLast, parted), which);
}

void Writer::queue_links(const Batch& batch) {
    std::size_t first = queued_;
    queue_rows("WITH closed AS (DELETE FROM link l USING ", batch.closed_links,
               fmt::format(" WHERE l.space = w.space::int AND l.source = w.source AND "
                           "l.attribute = w.attribute AND l.target = w.target AND "
                           "l.text_key = w.text_key RETURNING l.*) "
                           "INSERT INTO link_past(source, target, opened, closed, attribute, "
                           "text) SELECT source, target, opened, {}, attribute, text FROM closed",
                           kLast));
    expect(first, batch.closed_links.size(), Failure::no_link);
    queue_rows(fmt::format("INSERT INTO link(source, target, opened, text_key, space, attribute, "
                           "text) SELECT w.source, w.target, {}, w.text_key, w.space, "
                           "w.attribute, w.text FROM ",
                           kLast),
               batch.opened_links);
    first = queued_;
    queue_rows("DELETE FROM key k USING ", batch.removed_keys,
               " WHERE k.key = w.key::int AND k.space = w.space::int AND "
               "k.value_key = w.value_key AND k.object = w.object AND k.value = w.value");
    expect(first, batch.removed_keys.size(), Failure::no_key);
    queue_rows(
        "INSERT INTO key(key, space, value_key, value, object) "
        "SELECT w.key, w.space, w.value_key, w.value, w.object FROM ",
        batch.added_keys);
    queue_rows(
        "INSERT INTO reservation(attribute, folded_key, owner_key, value, folded, owner) "
        "SELECT w.attribute, w.folded_key, w.owner_key, w.value, w.folded, w.owner FROM ",
        batch.reservations, " ON CONFLICT DO NOTHING");
    first = queued_;
    queue_rows("SELECT FROM ", batch.reservations,
               " JOIN reservation r ON r.attribute = w.attribute AND "
               "r.folded_key = w.folded_key AND r.owner = w.owner");
    expect(first, batch.reservations.size(), Failure::reserved);
}

void Writer::queue_exports(const Batch& batch) {
    if (!batch.erased_exports.empty())
        queue("DELETE FROM export WHERE object = ANY($1::bigint[])",
              Parameters(batch.erased_exports));
    queue_rows(fmt::format("INSERT INTO export(object, cause, planned, space, type, kind, state, "
                           "released, attempts, error, delta) SELECT w.object, w.cause, "
                           "coalesce(nullif(w.planned, 0), {}), w.space, w.type, w.kind, w.state, "
                           "w.released, w.attempts, w.error, w.delta FROM ",
                           kLast),
               batch.exports,
               " ON CONFLICT (object) DO UPDATE SET cause = excluded.cause, "
               "planned = excluded.planned, space = excluded.space, type = excluded.type, "
               "kind = excluded.kind, state = excluded.state, released = excluded.released, "
               "attempts = excluded.attempts, error = excluded.error, delta = excluded.delta");
    queue_rows(
        "UPDATE export e SET state = w.state, released = w.released, attempts = w.attempts, "
        "error = w.error FROM ",
        batch.export_marks, " WHERE e.object = w.object");
    queue_rows("DELETE FROM export_link l USING ", batch.erased_export_links,
               " WHERE l.object = w.object AND l.attribute = w.attribute AND l.adds = w.adds AND "
               "l.target = w.target AND l.text_key = w.text_key");
    queue_rows(
        "INSERT INTO export_link(object, target, text_key, attribute, adds, state, released, "
        "text) SELECT w.object, w.target, w.text_key, w.attribute, w.adds, w.state, w.released, "
        "w.text FROM ",
        batch.export_links,
        " ON CONFLICT (object, attribute, adds, target, text_key) DO UPDATE "
        "SET state = excluded.state, released = excluded.released");
    if (!batch.linked.empty())
        queue(fmt::format("INSERT INTO export(object, cause, planned, space, type, kind, state, "
                          "released, attempts, error, delta) SELECT o.id, 0, {}, o.space, o.type, "
                          "1, 0, 0, 0, '', '' FROM unnest($1::bigint[]) w(id) "
                          "JOIN object o ON o.id = w.id "
                          "WHERE EXISTS (SELECT FROM export_link l WHERE l.object = w.id) "
                          "ON CONFLICT DO NOTHING",
                          kLast),
              Parameters(batch.linked));
    if (!batch.emptied.empty())
        queue(
            "DELETE FROM export e WHERE e.object = ANY($1::bigint[]) AND e.kind = 1 AND "
            "e.delta = '' AND NOT EXISTS (SELECT FROM export_link l WHERE l.object = e.object)",
            Parameters(batch.emptied));
    for (const ExportSweep& sweep : batch.sweeps)
        queue_sweep(sweep);
}

void Writer::queue_journal(const Batch& batch) {
    if (batch.logged)
        queue(fmt::format("INSERT INTO commit(number, time, activity, cause) "
                          "VALUES ({}, $1::bigint, $2::bigint, $3::text)",
                          kLast),
              Parameters(batch.time, batch.activity, batch.cause));
    queue_rows(
        "INSERT INTO population(space, type, attribute, count) "
        "SELECT w.space, w.type, w.attribute, w.sum FROM ",
        batch.population,
        " ON CONFLICT (space, type, attribute) DO UPDATE "
        "SET count = population.count + excluded.count");
    queue_rows(
        "INSERT INTO activity(id, parent, started, ended, kind, system, status, counters, "
        "message) SELECT w.id, w.parent, w.started, w.ended, w.kind, w.system, w.status, "
        "w.counters, w.message FROM ",
        batch.activities,
        " ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, started = excluded.started, "
        "ended = excluded.ended, kind = excluded.kind, system = excluded.system, "
        "status = excluded.status, counters = excluded.counters, message = excluded.message");
    queue_rows(
        "INSERT INTO item(activity, object, system, type, anchor, code, message, place) "
        "SELECT w.activity, w.object, w.system, w.type, w.anchor, w.code, w.message, w.place "
        "FROM ",
        batch.items);
    queue_rows(fmt::format("INSERT INTO follower(name, position) SELECT w.name, "
                           "coalesce(nullif(w.position, 0), {}) FROM ",
                           kLast),
               batch.followers, " ON CONFLICT (name) DO UPDATE SET position = excluded.position");
    queue_rows("INSERT INTO meta(name, value) SELECT w.name, w.value FROM ", batch.meta,
               " ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    if (preview_)
        return;
    queue(fmt::format("INSERT INTO writer(id, serial, number, seen) "
                      "SELECT $1::bigint, $2::bigint, CASE $3::bigint WHEN 1 THEN {} ELSE 0 END, "
                      "now() ON CONFLICT (id) DO UPDATE SET serial = excluded.serial, "
                      "number = excluded.number, seen = excluded.seen",
                      kLast),
          Parameters(id_, serial_, batch.logged));
    if (batch.logged)
        queue("NOTIFY muster_commit");
}

void Writer::require_expected(const Batch& batch, const std::vector<Result>& results) {
    for (const Expectation& expected : expectations_) {
        std::uint64_t affected = 0;
        for (std::size_t i = expected.first; i < expected.last; ++i)
            affected += results[i].affected();
        if (affected != expected.affected)
            refuse(batch, expected.failure);
    }
}

void Writer::refuse(const Batch& batch, Failure failure) {
    switch (failure) {
        case Failure::changed_meanwhile:
            throw Conflict{changed_object(batch)};
        case Failure::reserved:
            throw Conflict{};
        case Failure::no_link:
            throw Error(ErrorCode::store, "a link to close is not there", kDefect);
        case Failure::no_key:
            throw Error(ErrorCode::store, "a matching key to remove is not there", kDefect);
    }
    MUSTER_ASSERT(false, "failure {}", static_cast<int>(failure));
}

/// The first object that is not at the commit it was read at. The transaction has written the
/// others already; those it wrote are at its own commit or gone.
ObjectId Writer::changed_object(const Batch& batch) {
    connection_.execute(preview_ ? "ROLLBACK TO page" : "ROLLBACK");
    const std::string sql = "SELECT w.id FROM " + batch.changed.relation() +
                            " LEFT JOIN object o ON o.space = w.space::int AND o.id = w.id "
                            "WHERE o.commit_no IS DISTINCT FROM w.seen ORDER BY w.id LIMIT 1";
    for (std::size_t first = 0; first < batch.changed.size();) {
        std::vector<std::string> arrays = batch.changed.arrays(first);
        const Result row = connection_.ask(sql, Parameters::of(std::move(arrays)));
        if (!row.empty())
            return row[0].id<ObjectId>(0);
    }
    return {};
}

}  // namespace muster::postgresql
