#include "store/sqlite/tables.h"

#include <iterator>

#include "base/error.h"

namespace muster::sqlite {
namespace {

constexpr std::int64_t kApplicationId = 0x4D757374;  // "Must"

// Small columns stand before the document, so that scans and joins never read into it. Ids of
// spaces, types, attributes and keys are those of `names`. Zero means none where a column is part
// of a key; elsewhere NULL does, so that partial indexes stay small.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE names(
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,            -- names.cpp: space, type, attribute, key
    parent INTEGER NOT NULL,          -- a type's space; an attribute's or key's type
    name TEXT NOT NULL,
    definition TEXT NOT NULL,         -- names.cpp: what an attribute's values look like
    redefined INTEGER NOT NULL,       -- last commit under another definition; 0: there was none
    UNIQUE(kind, parent, name));

CREATE TABLE object(
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL,
    type INTEGER NOT NULL,
    flags INTEGER NOT NULL,           -- object_row.h: state, unconfirmed, retry, waiting
    joined INTEGER,
    commit_no INTEGER NOT NULL,
    provenance INTEGER NOT NULL,
    due INTEGER,
    payload_low INTEGER NOT NULL,
    payload_high INTEGER NOT NULL,
    name_key INTEGER,                 -- 64 bits of the digest of the normalised name
    anchor TEXT,
    name TEXT,
    attributes TEXT NOT NULL);
CREATE INDEX object_type ON object(type);
CREATE UNIQUE INDEX object_anchor ON object(type, anchor) WHERE anchor IS NOT NULL;
CREATE INDEX object_name ON object(name_key) WHERE name_key IS NOT NULL;
CREATE INDEX object_joined ON object(joined, type) WHERE joined IS NOT NULL;
CREATE INDEX object_due ON object(due) WHERE due IS NOT NULL;
CREATE INDEX object_gone ON object(space) WHERE (flags & 7) = 2;
CREATE INDEX object_retry ON object(space) WHERE (flags & 16) <> 0;

CREATE TABLE link(
    source INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    target INTEGER NOT NULL,
    text TEXT NOT NULL,
    opened INTEGER NOT NULL,
    PRIMARY KEY(source, attribute, target, text)) WITHOUT ROWID;
CREATE INDEX link_target ON link(target, attribute, source);

CREATE TABLE link_past(
    source INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    target INTEGER NOT NULL,
    text TEXT NOT NULL,
    opened INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    PRIMARY KEY(source, attribute, target, text, opened)) WITHOUT ROWID;
CREATE INDEX link_past_target ON link_past(target, attribute, source);

CREATE TABLE "key"(
    "key" INTEGER NOT NULL,
    space INTEGER NOT NULL,
    value TEXT NOT NULL,
    object INTEGER NOT NULL,
    PRIMARY KEY("key", space, value, object)) WITHOUT ROWID;

CREATE TABLE reservation(
    attribute INTEGER NOT NULL,
    folded TEXT NOT NULL,
    value TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY(attribute, folded)) WITHOUT ROWID;
CREATE UNIQUE INDEX reservation_owner ON reservation(attribute, owner);

CREATE TABLE "commit"(
    number INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    activity INTEGER NOT NULL,
    cause TEXT NOT NULL);

-- No index by object: the history of one goes from object.commit_no along `previous`.
CREATE TABLE change(
    commit_no INTEGER NOT NULL,
    object INTEGER NOT NULL,
    space INTEGER NOT NULL,
    type INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    delta TEXT NOT NULL,
    PRIMARY KEY(commit_no, object)) WITHOUT ROWID;
CREATE INDEX change_erased ON change(object) WHERE kind = 2;

CREATE TABLE export(
    object INTEGER PRIMARY KEY,
    space INTEGER NOT NULL,
    type INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    released INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    planned INTEGER NOT NULL,
    error TEXT NOT NULL,
    delta TEXT NOT NULL);             -- empty where only links are pending
CREATE INDEX export_space ON export(space, state);
-- What safety limits count: creations, by far the most, are none of it.
CREATE INDEX export_limited ON export(space, type, kind) WHERE kind <> 0;

CREATE TABLE export_link(
    object INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    "add" INTEGER NOT NULL,
    target INTEGER NOT NULL,
    text TEXT NOT NULL,
    state INTEGER NOT NULL,
    released INTEGER NOT NULL,
    PRIMARY KEY(object, attribute, "add", target, text)) WITHOUT ROWID;
CREATE INDEX export_link_removal ON export_link(object)
    WHERE "add" = 0 AND (target = 0 OR text = '');

CREATE TABLE activity(
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    kind TEXT NOT NULL,
    system TEXT NOT NULL,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    counters TEXT NOT NULL,
    message TEXT NOT NULL);
CREATE INDEX activity_parent ON activity(parent) WHERE parent IS NOT NULL;

CREATE TABLE item(
    id INTEGER PRIMARY KEY,
    activity INTEGER NOT NULL,
    object INTEGER NOT NULL,
    system TEXT NOT NULL,
    type TEXT NOT NULL,
    anchor TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    place TEXT NOT NULL);
CREATE INDEX item_activity ON item(activity);

CREATE TABLE follower(name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pattern(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE sequence(name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;

-- How many there are: objects of a type (attribute 0) and links of an attribute.
CREATE TABLE population(
    space INTEGER NOT NULL,
    type INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY(space, type, attribute)) WITHOUT ROWID;
)sql";

// Step i takes version i to i + 1. Steps are never edited once released, only added.
constexpr const char* kSteps[] = {kVersion1};
constexpr std::int64_t kPresentVersion = std::size(kSteps);

}  // namespace

std::int64_t stored_version(Connection& connection) {
    const std::int64_t application = connection.integer("PRAGMA application_id");
    const std::int64_t version = connection.integer("PRAGMA user_version");
    if (application == 0 && version == 0 &&
        connection.integer("SELECT count(*) FROM sqlite_schema") == 0)
        return 0;
    if (application != kApplicationId)
        throw Error(ErrorCode::store,
                    fmt::format("{} is a database of another program", connection.path()),
                    "name another file as the store in muster.yaml");
    if (version > kPresentVersion)
        throw Error(ErrorCode::store,
                    fmt::format("{} was written by a newer Muster (store version {}, this program "
                                "knows {})",
                                connection.path(), version, kPresentVersion),
                    "install the newer Muster, or restore a backup from before the upgrade");
    return version;
}

void migrate(Connection& connection) {
    for (std::int64_t version = stored_version(connection); version < kPresentVersion; ++version) {
        Transaction transaction(connection);
        connection.execute(kSteps[version]);
        connection.execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
        connection.execute(fmt::format("PRAGMA user_version = {}", version + 1));
        transaction.commit();
    }
}

void require_present(Connection& connection) {
    const std::int64_t version = stored_version(connection);
    if (version < kPresentVersion)
        throw Error(ErrorCode::store,
                    fmt::format("{} is of store version {}; this program works with {}",
                                connection.path(), version, kPresentVersion),
                    "let `muster run` migrate it");
}

// FULL: what was sent to a system must be known after a power loss, and one fsync a page costs
// little. Checkpoints come in large steps, so that a page that many commits change is written back
// once. The file of the log keeps the size of such a step, which costs less than growing again.
void tune_for_writing(Connection& connection) {
    connection.execute(
        "PRAGMA page_size = 8192;"
        "PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -262144;"
        "PRAGMA wal_autocheckpoint = 32768;"
        "PRAGMA journal_size_limit = 272629760;"
        "PRAGMA temp_store = MEMORY;");
}

void tune_for_reading(Connection& connection) {
    connection.execute("PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;");
}

}  // namespace muster::sqlite
