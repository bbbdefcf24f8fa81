#include "store/sqlite/sqlite_store.h"

#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "store/sqlite/check.h"
#include "store/sqlite/stored_names.h"
#include "store/sqlite/tables.h"

namespace muster::sqlite {
namespace {

namespace fs = std::filesystem;

bool holds_anything(const std::string& path) {
    std::error_code none;
    const auto size = fs::file_size(path, none);
    return !none && size > 0;
}

/// A reader of a database in WAL mode needs shared memory beside the file. Where it cannot have
/// that, and no log is there to be read, nobody is writing either: the file is read as it is.
std::shared_ptr<Connection> open_reader(const std::string& path) {
    try {
        auto connection = std::make_shared<Connection>(path, Connection::Open::read);
        require_present(*connection);
        return connection;
    } catch (const Error&) {
        const std::string folder = fs::absolute(path).parent_path();
        if (::access(folder.c_str(), W_OK) == 0 || holds_anything(path + "-wal"))
            throw;
        auto connection = std::make_shared<Connection>(path, Connection::Open::immutable);
        require_present(*connection);
        return connection;
    }
}

}  // namespace

SqliteStore::SqliteStore(const std::string& path, const Schema& schema, StoreAccess access)
    : path_(path), schema_(schema), access_(access) {
    switch (access) {
        case StoreAccess::read:
            reader();
            break;
        case StoreAccess::write:
            open_write();
            break;
        case StoreAccess::preview:
            open_preview();
            break;
    }
}

void SqliteStore::open_write() {
    lock_.emplace(path_);
    connection_ = std::make_shared<Connection>(path_, Connection::Open::write);
    stored_version(*connection_);
    tune_for_writing(*connection_);
    migrate(*connection_);
    Transaction transaction(*connection_);
    start_writing();
    transaction.commit();
}

void SqliteStore::open_preview() {
    if (holds_anything(path_)) {
        lock_.emplace(path_);
        connection_ = std::make_shared<Connection>(path_, Connection::Open::write);
        stored_version(*connection_);
    } else {
        connection_ = std::make_shared<Connection>(path_, Connection::Open::temporary);
    }
    tune_for_writing(*connection_);
    preview_ = std::make_unique<Transaction>(*connection_);
    migrate(*connection_);
    start_writing();
}

void SqliteStore::start_writing() {
    const CommitNumber last(connection_->integer("SELECT max(number) FROM \"commit\""));
    record_names(*connection_, schema_, last);
    names_ = std::make_shared<const Names>(read_names(*connection_), schema_);
    writer_ = std::make_unique<Writer>(*connection_, schema_, *names_);
}

std::shared_ptr<Connection> SqliteStore::reader() const {
    if (!holds_anything(path_))
        throw Error(ErrorCode::store, fmt::format("there is no store at {}", path_),
                    "let `muster run` create it, or name another file in muster.yaml");
    auto connection = open_reader(path_);
    tune_for_reading(*connection);
    return connection;
}

// A reader takes the names afresh: the store may have met some since the last view.
ViewSource SqliteStore::source() {
    if (access_ == StoreAccess::preview)
        return {connection_, &mutex_, &schema_, names_};
    auto connection = reader();
    auto names = names_ ? names_ : std::make_shared<const Names>(read_names(*connection), schema_);
    return {std::move(connection), nullptr, &schema_, std::move(names)};
}

std::unique_ptr<View> SqliteStore::view() {
    return std::make_unique<SqliteView>(source());
}

Writer& SqliteStore::writer() {
    MUSTER_ASSERT(writer_, "{} is open for reading only", path_);
    return *writer_;
}

// A disk that fills up can end the whole transaction of a preview. What came after would be real.
Writer& SqliteStore::intact_writer() {
    if (preview_ && !connection_->in_transaction())
        throw Error(ErrorCode::store, fmt::format("{}: the preview broke off", path_),
                    "free space on the disk, then preview again");
    return writer();
}

CommitNumber SqliteStore::commit(const ChangeSet& changes) {
    const std::lock_guard lock(mutex_);
    return intact_writer().commit(changes);
}

CommitNumber SqliteStore::append(const ChangeSet& changes) {
    const std::lock_guard lock(mutex_);
    return intact_writer().append(changes);
}

void SqliteStore::flush() {
    const std::lock_guard lock(mutex_);
    writer().flush();
}

ObjectId SqliteStore::reserve_ids(std::size_t count) {
    return writer().sequences().take_ids(count);
}

ActivityId SqliteStore::reserve_activity() {
    return writer().sequences().take_activity();
}

std::uint32_t SqliteStore::intern(const std::string& pattern) {
    return writer().sequences().intern(pattern);
}

// The lock file keeps every other writer away as it is.
std::unique_ptr<StoreLock> SqliteStore::lock(std::string_view /*name*/) {
    return std::make_unique<StoreLock>();
}

std::uint64_t SqliteStore::forget(Instant moment) {
    const std::lock_guard lock(mutex_);
    return intact_writer().forget(moment);
}

CommitNumber SqliteStore::wait_beyond(CommitNumber after, std::chrono::milliseconds most) {
    if (access_ == StoreAccess::preview)  // seen by its own connection alone
        return Store::wait_beyond(after, most);
    std::unique_ptr<CommitWatch> watch;
    {
        const std::lock_guard lock(watches_mutex_);
        if (!watches_.empty()) {
            watch = std::move(watches_.back());
            watches_.pop_back();
        }
    }
    if (!watch)
        watch = std::make_unique<CommitWatch>(reader());
    const CommitNumber last = watch->wait_beyond(after, most);
    const std::lock_guard lock(watches_mutex_);
    watches_.push_back(std::move(watch));
    return last;
}

StoreStatus SqliteStore::status() {
    const ViewSource from = source();
    const auto lock = from.mutex ? std::unique_lock(*from.mutex) : std::unique_lock<std::mutex>();
    Connection& connection = *from.connection;
    StoreStatus status;
    status.kind = std::string("SQLite ") + sqlite3_libversion();
    status.version = stored_version(connection);
    status.last = CommitNumber(connection.integer("SELECT max(number) FROM \"commit\""));
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::error_code absent;
        const auto size = fs::file_size(path_ + suffix, absent);
        status.bytes += absent ? 0 : size;
    }
    Statement followers(connection, "SELECT name, position FROM follower ORDER BY name");
    Query row = followers();
    while (row.next())
        status.watermarks.emplace_back(row.string(0), row.id<CommitNumber>(1));
    return status;
}

std::vector<std::string> SqliteStore::check(
    std::size_t every_nth, const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    return sqlite::check(source(), every_nth, progress);
}

}  // namespace muster::sqlite

namespace muster {

std::unique_ptr<Store> open_sqlite_store(const std::string& path, const Schema& schema,
                                         StoreAccess access) {
    return std::make_unique<sqlite::SqliteStore>(path, schema, access);
}

}  // namespace muster
