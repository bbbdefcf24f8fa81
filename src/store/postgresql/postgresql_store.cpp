#include "store/postgresql/postgresql_store.h"

#include <algorithm>
#include <random>

#include "base/error.h"
#include "base/limits.h"
#include "store/postgresql/check.h"
#include "store/postgresql/tables.h"
#include "store/replay.h"

namespace muster::postgresql {
namespace {

// Advisory locks are of the whole database, which may hold several stores.
constexpr const char* kLockKey =
    "hashtextextended(current_setting('search_path') || '/' || $1::text, 0)";

/// Distinguishes the writing connections of one process from each other.
std::string writer_name() {
    return fmt::format("muster {:08x}", std::random_device{}());
}

/// One migration at a time; released at the end of the transaction.
void exclude_other_migrations(Connection& connection) {
    connection.ask(fmt::format("SELECT pg_advisory_xact_lock({})", kLockKey),
                   Parameters(std::string_view("migration")));
}

}  // namespace

class PostgresqlStore::NamedLock final : public StoreLock {
 public:
    NamedLock(PostgresqlStore& store, std::string name) : store_(store), name_(std::move(name)) {}
    ~NamedLock() override { store_.release_lock(name_); }
    NamedLock(const NamedLock&) = delete;
    NamedLock& operator=(const NamedLock&) = delete;

 private:
    PostgresqlStore& store_;
    const std::string name_;
};

PostgresqlStore::PostgresqlStore(const std::string& url, const Schema& schema, StoreAccess access)
    : url_(url), schema_(schema), access_(access), pool_(std::make_shared<ConnectionPool>(url)) {
    switch (access) {
        case StoreAccess::read: {
            auto connection = pool_->take();
            require_present(*connection);
            pool_->give_back(std::move(connection));
            break;
        }
        case StoreAccess::write:
            open_write();
            break;
        case StoreAccess::preview:
            open_preview();
            break;
    }
}

PostgresqlStore::~PostgresqlStore() = default;

void PostgresqlStore::open_write() {
    connection_ = std::make_unique<Connection>(url_, Connection::Purpose::rows, writer_name());
    connection_->execute("BEGIN");
    exclude_other_migrations(*connection_);
    migrate(*connection_);
    record_names(*connection_, schema_);
    connection_->execute("COMMIT");
    names_ = std::make_shared<const Names>(read_names(*connection_), schema_);
    writer_ = std::make_unique<Writer>(*connection_, schema_, *names_, false);
    numbers_ = std::make_unique<Numbers>(url_);
}

void PostgresqlStore::open_preview() {
    connection_ = std::make_unique<Connection>(url_, Connection::Purpose::rows, writer_name());
    connection_->execute("BEGIN");
    migrate(*connection_);
    connection_->execute("SELECT last FROM counter FOR UPDATE");
    record_names(*connection_, schema_);
    names_ = std::make_shared<const Names>(read_names(*connection_), schema_);
    writer_ = std::make_unique<Writer>(*connection_, schema_, *names_, true);
    numbers_ = std::make_unique<Numbers>(*connection_, mutex_);
}

// A reader takes the names afresh: the store may have met some since the last view.
std::unique_ptr<View> PostgresqlStore::view() {
    if (access_ == StoreAccess::preview)
        return std::make_unique<PostgresqlView>(
            std::make_unique<SharedSource>(*connection_, mutex_), schema_, names_);
    auto names = names_;
    if (!names) {
        auto connection = pool_->take();
        names = std::make_shared<const Names>(read_names(*connection), schema_);
        pool_->give_back(std::move(connection));
    }
    return std::make_unique<PostgresqlView>(std::make_unique<OwnSource>(pool_), schema_,
                                            std::move(names));
}

Writer& PostgresqlStore::writer() {
    MUSTER_ASSERT(writer_, "{} is open for reading only", shown_url(url_));
    return *writer_;
}

Numbers& PostgresqlStore::numbers() {
    MUSTER_ASSERT(numbers_, "{} is open for reading only", shown_url(url_));
    return *numbers_;
}

CommitNumber PostgresqlStore::commit(const ChangeSet& changes) {
    const std::lock_guard lock(mutex_);
    return writer().commit(changes, [this] {
        for (const std::string& name : locks_)
            take_lock(name);
    });
}

ObjectId PostgresqlStore::reserve_ids(std::size_t count) {
    return numbers().take_ids(count);
}

ActivityId PostgresqlStore::reserve_activity() {
    return numbers().take_activity();
}

std::uint32_t PostgresqlStore::intern(const std::string& pattern) {
    return numbers().intern(pattern);
}

/// Locks belong to the writing connection: a worker that has lost its server has lost them, and
/// takes them again before it writes.
std::unique_ptr<StoreLock> PostgresqlStore::lock(std::string_view name) {
    const std::string own(name);
    const std::lock_guard lock(mutex_);
    MUSTER_ASSERT(connection_, "{} is open for reading only", shown_url(url_));
    if (locks_.contains(own))
        throw Error(ErrorCode::busy, fmt::format("{} is locked by this very process", own),
                    "wait for what is going on to end, then try again");
    take_lock(own);
    locks_.insert(own);
    return std::make_unique<NamedLock>(*this, own);
}

void PostgresqlStore::take_lock(const std::string& name) {
    const Parameters parameters{std::string_view(name)};
    const Result taken =
        connection_->ask(fmt::format("SELECT pg_try_advisory_lock({})", kLockKey), parameters);
    if (taken[0].integer(0) != 0)
        return;
    const Result holder = connection_->ask(
        fmt::format("SELECT a.application_name, coalesce(a.client_addr::text, 'a local socket') "
                    "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
                    "WHERE l.locktype = 'advisory' AND l.granted AND a.datname = "
                    "current_database() AND (l.classid::bigint << 32 | l.objid::bigint) = {}",
                    kLockKey),
        parameters);
    throw Error(ErrorCode::busy,
                holder.empty() ? fmt::format("{} is locked by another process", name)
                               : fmt::format("{} is locked by {} (from {})", name,
                                             holder[0].string(0), holder[0].string(1)),
                "wait for that run to end, or stop it, then try again");
}

void PostgresqlStore::release_lock(const std::string& name) {
    const std::lock_guard lock(mutex_);
    locks_.erase(name);
    if (!connection_->alive())
        return;
    try {
        connection_->ask(fmt::format("SELECT pg_advisory_unlock({})", kLockKey),
                         Parameters(std::string_view(name)));
    } catch (const ServerError&) {
        connection_->drop();  // which ends the lock as well; the next commit connects anew
    }
}

std::uint64_t PostgresqlStore::forget(Instant moment) {
    const std::lock_guard lock(mutex_);
    return writer().forget(moment);
}

// A notification is only the wake-up: what counts is the counter, looked at after every one and
// from time to time without.
CommitNumber PostgresqlStore::wait_beyond(CommitNumber after, std::chrono::milliseconds most) {
    if (access_ == StoreAccess::preview)  // seen by its own connection alone
        return Store::wait_beyond(after, most);
    const auto until = std::chrono::steady_clock::now() + most;
    std::unique_ptr<Connection> listener;
    {
        const std::lock_guard lock(listeners_mutex_);
        if (!listeners_.empty()) {
            listener = std::move(listeners_.back());
            listeners_.pop_back();
        }
    }
    if (!listener) {
        listener = std::make_unique<Connection>(url_, Connection::Purpose::rows);
        listener->execute("LISTEN muster_commit");
    }
    for (;;) {
        const CommitNumber last = listener->ask("SELECT last FROM counter")[0].id<CommitNumber>(0);
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        if (last > after || left.count() <= 0) {
            const std::lock_guard lock(listeners_mutex_);
            listeners_.push_back(std::move(listener));
            return last;
        }
        listener->wait_for_notification(std::min(left, limits::kStoreListen));
    }
}

StoreStatus PostgresqlStore::status() {
    std::unique_ptr<Source> source;
    if (access_ == StoreAccess::preview)
        source = std::make_unique<SharedSource>(*connection_, mutex_);
    else
        source = std::make_unique<OwnSource>(pool_);
    const Result facts = source->ask(
        "SELECT current_setting('server_version'), (SELECT number FROM version), "
        "(SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind IN "
        "('r', 'S') AND relnamespace = current_schema()::regnamespace), "
        "(SELECT last FROM counter)",
        Parameters());
    const Row row = facts[0];
    StoreStatus status;
    status.kind = "PostgreSQL " + row.string(0).substr(0, row.string(0).find(' '));
    status.version = row.integer(1);
    status.bytes = static_cast<std::uint64_t>(row.integer(2));
    status.last = row.id<CommitNumber>(3);
    const Result followers =
        source->ask("SELECT name, position FROM follower ORDER BY name", Parameters());
    for (int i = 0; i < followers.size(); ++i)
        status.watermarks.emplace_back(followers[i].string(0), followers[i].id<CommitNumber>(1));
    return status;
}

std::vector<std::string> PostgresqlStore::check(
    std::size_t every_nth, const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    // One state for all questions, whatever others commit meanwhile. (A preview's is its own.)
    std::unique_ptr<Connection> own;
    std::mutex own_mutex;
    const bool preview = access_ == StoreAccess::preview;
    if (!preview) {
        own = std::make_unique<Connection>(url_, Connection::Purpose::whole);
        require_present(*own);
        own->execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }
    Connection& connection = preview ? *connection_ : *own;
    std::mutex& mutex = preview ? mutex_ : own_mutex;
    const auto names =
        names_ ? names_ : std::make_shared<const Names>(read_names(connection), schema_);
    SharedSource source(connection, mutex);
    std::vector<std::string> complaints = ask_questions(source);
    PostgresqlView view(std::make_unique<SharedSource>(connection, mutex), schema_, names);
    replay_log(view, schema_, *names, every_nth, progress, complaints);
    return complaints;
}

PostgresqlStore::Traffic PostgresqlStore::traffic() {
    const std::lock_guard lock(mutex_);
    return {connection_->round_trips(), connection_->bytes_sent()};
}

}  // namespace muster::postgresql
