#include "store/postgresql/tables.h"

#include <iterator>

#include "store/postgresql/typed_views.h"

namespace muster::postgresql {
namespace {

// The tables of the SQLite store, but: texts that may be longer than an index holds are found by 64
// bits of their digest (*_key); objects and links are partitioned by space; and what several
// processes share, numbers above all, has rows of its own. The setting muster.commit is the number
// of the commit being made, so that rows can be copied in before their sender knows it.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE version(number bigint NOT NULL);
INSERT INTO version VALUES (0);

CREATE TABLE names(
    id bigint PRIMARY KEY,
    kind int NOT NULL,                -- store/names.h: space, type, attribute, key
    parent bigint NOT NULL,           -- a type's space; an attribute's or key's type
    name text COLLATE "C" NOT NULL,
    definition text NOT NULL,
    redefined bigint NOT NULL,
    UNIQUE(kind, parent, name));

CREATE TABLE object(
    id bigint NOT NULL,
    joined bigint,
    commit_no bigint NOT NULL DEFAULT current_setting('muster.commit')::bigint,
    due bigint,                       -- microseconds since 1970, as all times
    payload_low bigint NOT NULL,
    payload_high bigint NOT NULL,
    name_key bigint,
    space int NOT NULL,
    type int NOT NULL,
    flags int NOT NULL,               -- store/object_row.h: state, unconfirmed, retry, waiting
    provenance int NOT NULL,
    anchor text COLLATE "C",
    name text COLLATE "C",
    attributes jsonb NOT NULL) PARTITION BY LIST(space);

CREATE TABLE link(
    source bigint NOT NULL,
    target bigint NOT NULL,           -- 0: not resolved
    opened bigint NOT NULL,
    text_key bigint NOT NULL,         -- 0: no text
    space int NOT NULL,
    attribute int NOT NULL,
    text text COLLATE "C" NOT NULL) PARTITION BY LIST(space);

CREATE TABLE link_past(
    source bigint NOT NULL,
    target bigint NOT NULL,
    opened bigint NOT NULL,
    closed bigint NOT NULL,
    attribute int NOT NULL,
    text text COLLATE "C" NOT NULL);
CREATE INDEX link_past_source ON link_past(source, attribute, opened);
CREATE INDEX link_past_target ON link_past(target, attribute, opened);
CREATE INDEX link_past_closed ON link_past(closed);

CREATE TABLE key(
    object bigint NOT NULL,
    value_key bigint NOT NULL,
    key int NOT NULL,
    space int NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY(key, space, value_key, object));

CREATE TABLE reservation(
    attribute bigint NOT NULL,
    folded_key bigint NOT NULL,
    owner_key bigint NOT NULL,
    value text COLLATE "C" NOT NULL,
    folded text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    PRIMARY KEY(attribute, folded_key));
CREATE UNIQUE INDEX reservation_owner ON reservation(attribute, owner_key);

-- The one row that orders commits: whoever writes holds it until the end of the transaction.
CREATE TABLE counter(last bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO counter VALUES (0);

-- The last commit of each process that writes: how one of unknown fate is settled.
CREATE TABLE writer(
    id bigint PRIMARY KEY,
    serial bigint NOT NULL,
    number bigint NOT NULL,
    seen timestamptz NOT NULL) WITH (fillfactor = 20);

CREATE TABLE commit(
    number bigint PRIMARY KEY,
    time bigint NOT NULL,
    activity bigint NOT NULL,
    cause text NOT NULL);

-- No index by object: the history of one goes from object.commit_no along `previous`.
CREATE TABLE change(
    commit_no bigint NOT NULL DEFAULT current_setting('muster.commit')::bigint,
    object bigint NOT NULL,
    previous bigint NOT NULL,
    space int NOT NULL,
    type int NOT NULL,
    kind int NOT NULL,
    delta text COLLATE "C" NOT NULL,
    PRIMARY KEY(commit_no, object));
CREATE INDEX change_erased ON change(object) WHERE kind = 2;

CREATE TABLE export(
    object bigint PRIMARY KEY,
    cause bigint NOT NULL,
    planned bigint NOT NULL,
    space int NOT NULL,
    type int NOT NULL,
    kind int NOT NULL,
    state int NOT NULL,
    released int NOT NULL,
    attempts int NOT NULL,
    error text NOT NULL,
    delta text COLLATE "C" NOT NULL) WITH (fillfactor = 80);  -- empty: only links are pending
CREATE INDEX export_space ON export(space, state, object);
-- What safety limits count: creations, by far the most, are none of it.
CREATE INDEX export_limited ON export(space, type, kind) WHERE kind <> 0;

CREATE TABLE export_link(
    object bigint NOT NULL,
    target bigint NOT NULL,
    text_key bigint NOT NULL,
    attribute int NOT NULL,
    adds int NOT NULL,
    state int NOT NULL,
    released int NOT NULL,
    text text COLLATE "C" NOT NULL,
    PRIMARY KEY(object, attribute, adds, target, text_key)) WITH (fillfactor = 80);
CREATE INDEX export_link_removal ON export_link(object)
    WHERE adds = 0 AND (target = 0 OR text_key = 0);

CREATE TABLE activity(
    id bigint PRIMARY KEY,
    parent bigint,
    started bigint NOT NULL,
    ended bigint,
    kind text NOT NULL,
    system text NOT NULL,
    status text NOT NULL,
    counters text NOT NULL,
    message text NOT NULL);
CREATE INDEX activity_parent ON activity(parent) WHERE parent IS NOT NULL;

CREATE TABLE item(
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    activity bigint NOT NULL,
    object bigint NOT NULL,
    system text NOT NULL,
    type text NOT NULL,
    anchor text NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    place text NOT NULL);
CREATE INDEX item_activity ON item(activity);

CREATE TABLE follower(name text COLLATE "C" PRIMARY KEY, position bigint NOT NULL);
CREATE TABLE meta(name text COLLATE "C" PRIMARY KEY, value text NOT NULL);
CREATE TABLE pattern(id bigint PRIMARY KEY, text_key bigint NOT NULL UNIQUE, text text NOT NULL);
CREATE TABLE sequence(name text COLLATE "C" PRIMARY KEY, next bigint NOT NULL);
INSERT INTO sequence VALUES ('object', 1), ('activity', 1), ('pattern', 1);

-- How many there are: objects of a type (attribute 0) and links of an attribute.
CREATE TABLE population(
    space int NOT NULL,
    type int NOT NULL,
    attribute int NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY(space, type, attribute)) WITH (fillfactor = 10);
)sql";

// Step i takes version i to i + 1. Steps are never edited once released, only added.
constexpr const char* kSteps[] = {kVersion1};

// Room for a second version of one row in eight, so that an update that leaves the indexed columns
// alone writes no index.
constexpr const char* kPartition = R"sql(
CREATE TABLE object_{0} PARTITION OF object FOR VALUES IN ({0}) WITH (fillfactor = 88);
ALTER TABLE object_{0} ADD CONSTRAINT object_{0}_id PRIMARY KEY (id);
CREATE UNIQUE INDEX object_{0}_anchor ON object_{0}(type, anchor) WHERE anchor IS NOT NULL;
CREATE INDEX object_{0}_name ON object_{0}(name_key) WHERE name_key IS NOT NULL;
CREATE INDEX object_{0}_joined ON object_{0}(joined) WHERE joined IS NOT NULL;
CREATE INDEX object_{0}_due ON object_{0}(due) WHERE due IS NOT NULL;
CREATE INDEX object_{0}_gone ON object_{0}(id) WHERE (flags & 7) = 2;
CREATE INDEX object_{0}_retry ON object_{0}(id) WHERE (flags & 16) <> 0;
CREATE TABLE link_{0} PARTITION OF link FOR VALUES IN ({0});
ALTER TABLE link_{0} ADD CONSTRAINT link_{0}_key
    PRIMARY KEY (source, attribute, target, text_key);
CREATE INDEX link_{0}_target ON link_{0}(target, attribute, source);
)sql";

}  // namespace

const std::int64_t kPresentVersion = std::size(kSteps);

std::int64_t stored_version(Connection& connection) {
    const Result table = connection.ask("SELECT to_regclass('version')::oid::bigint");
    if (table[0].null(0))
        return 0;
    const Result row = connection.ask("SELECT number FROM version");
    const std::int64_t version = row.empty() ? 0 : row[0].integer(0);
    if (version > kPresentVersion)
        throw Error(ErrorCode::store,
                    fmt::format("{} was written by a newer Muster (store version {}, this program "
                                "knows {})",
                                connection.place(), version, kPresentVersion),
                    "install the newer Muster, or restore a backup from before the upgrade");
    return version;
}

void migrate(Connection& connection) {
    std::int64_t version = stored_version(connection);
    if (version == kPresentVersion)
        return;
    if (connection.execute("SHOW server_encoding")[0].string(0) != "UTF8")
        throw Error(ErrorCode::store, connection.place() + " is not encoded in UTF-8",
                    "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0");
    if (version == 0)
        connection.execute(
            "DO $$ BEGIN EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', "
            "current_setting('search_path')); END $$");
    for (; version < kPresentVersion; ++version) {
        connection.execute(kSteps[version]);
        connection.execute(fmt::format("UPDATE version SET number = {}", version + 1));
    }
}

void require_present(Connection& connection) {
    const std::int64_t version = stored_version(connection);
    if (version == 0)
        throw Error(ErrorCode::store,
                    fmt::format("there is no store in {} yet", connection.place()),
                    "`muster db init` or the first `muster run` of a role that may creates it");
    if (version < kPresentVersion)
        throw Error(ErrorCode::store,
                    fmt::format("{} is of store version {}; this program works with {}",
                                connection.place(), version, kPresentVersion),
                    "run `muster db migrate` as the role that owns the tables");
}

std::vector<NameRow> read_names(Connection& connection) {
    std::vector<NameRow> rows;
    const Result result = connection.ask(
        "SELECT id, kind, parent, name, definition, redefined FROM names ORDER BY kind, id");
    for (int i = 0; i < result.size(); ++i) {
        const Row row = result[i];
        rows.push_back({row.integer(0), row.as<NameKind>(1), row.integer(2), row.string(3),
                        row.string(4), row.integer(5)});
    }
    return rows;
}

void record_names(Connection& connection, const Schema& schema) {
    if (changed_names(read_names(connection), schema, {}).empty() && has_typed_views(connection))
        return;  // a store that was moved here has names, but no views
    connection.execute("LOCK TABLE names IN SHARE ROW EXCLUSIVE MODE");
    const Result last = connection.ask("SELECT last FROM counter");
    const auto changed = changed_names(read_names(connection), schema, last[0].id<CommitNumber>(0));
    for (const NameRow& row : changed) {
        const Result put = connection.ask(
            "INSERT INTO names(id, kind, parent, name, definition, redefined) "
            "VALUES ($1::bigint, $2::bigint::int, $3::bigint, $4::text, $5::text, $6::bigint) "
            "ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, "
            "redefined = excluded.redefined RETURNING xmax::text = '0'",
            Parameters(row.id, row.kind, row.parent, row.name, row.definition, row.redefined));
        if (row.kind == NameKind::space && put[0].integer(0) != 0)
            add_partitions(connection, row.id);
    }
    create_typed_views(connection, schema, Names(read_names(connection), schema));
}

void add_partitions(Connection& connection, std::int64_t space) {
    connection.execute(fmt::format(fmt::runtime(kPartition), space));
}

std::string role_statements() {
    return R"sql(-- Run as the owner of the database, after `muster db init`. Give the roles LOGIN
-- and a password, or grant them to the roles that log in.
CREATE ROLE muster_worker NOLOGIN;   -- muster run
CREATE ROLE muster_reader NOLOGIN;   -- muster status, show, explain; reports
GRANT USAGE ON SCHEMA muster TO muster_worker, muster_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA muster TO muster_worker, muster_reader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA muster TO muster_worker;
REVOKE INSERT, UPDATE, DELETE ON muster.version, muster.names FROM muster_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA muster TO muster_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA muster GRANT SELECT ON TABLES TO muster_worker, muster_reader;
)sql";
}

}  // namespace muster::postgresql
