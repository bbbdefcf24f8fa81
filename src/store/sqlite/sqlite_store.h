#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/sqlite/commit_watch.h"
#include "store/sqlite/lock_file.h"
#include "store/sqlite/sqlite_view.h"
#include "store/sqlite/writer.h"
#include "store/store.h"

namespace muster::sqlite {

/// A store in one SQLite file in WAL mode. Writing: one connection under a mutex, views with
/// connections of their own. Preview: one connection for all, inside a transaction that is never
/// committed (in a private temporary database where there is no store yet).
class SqliteStore final : public Store {
 public:
    SqliteStore(const std::string& path, const Schema& schema, StoreAccess access);

    std::unique_ptr<View> view() override;
    CommitNumber commit(const ChangeSet& changes) override;
    CommitNumber append(const ChangeSet& changes) override;
    void flush() override;
    ObjectId reserve_ids(std::size_t count) override;
    ActivityId reserve_activity() override;
    std::uint32_t intern(const std::string& pattern) override;
    std::unique_ptr<StoreLock> lock(std::string_view name) override;
    std::uint64_t forget(Instant moment) override;
    CommitNumber wait_beyond(CommitNumber after, std::chrono::milliseconds most) override;
    StoreStatus status() override;
    std::vector<std::string> check(
        std::size_t every_nth,
        const std::function<void(std::uint64_t, std::uint64_t)>& progress) override;

 private:
    void open_write();
    void open_preview();
    void start_writing();
    ViewSource source();
    std::shared_ptr<Connection> reader() const;
    Writer& writer();
    Writer& intact_writer();

    const std::string path_;
    const Schema schema_;
    const StoreAccess access_;
    std::optional<LockFile> lock_;
    std::mutex mutex_;                        // guards writer_ (but not its sequences)
    std::shared_ptr<Connection> connection_;  // write, preview
    std::unique_ptr<Transaction> preview_;    // rolled back at the end
    std::shared_ptr<const Names> names_;      // write, preview
    std::unique_ptr<Writer> writer_;
    std::mutex watches_mutex_;
    std::vector<std::unique_ptr<CommitWatch>> watches_;  // that nobody waits with at the moment
};

}  // namespace muster::sqlite
