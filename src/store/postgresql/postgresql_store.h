#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "store/postgresql/numbers.h"
#include "store/postgresql/postgresql_view.h"
#include "store/postgresql/writer.h"
#include "store/store.h"

namespace muster::postgresql {

/// A store in a PostgreSQL database. Any number of processes may write at a time; each commit holds
/// the one counter while it merges. Preview: one connection for all, inside a transaction that is
/// never committed and that holds the counter, so that nobody else commits meanwhile.
class PostgresqlStore final : public Store {
 public:
    PostgresqlStore(const std::string& url, const Schema& schema, StoreAccess access);
    ~PostgresqlStore() override;

    std::unique_ptr<View> view() override;
    CommitNumber commit(const ChangeSet& changes) override;
    bool shared() const override { return access_ == StoreAccess::write; }
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

    /// How often the writing connection has waited for the server, and what it has sent.
    struct Traffic {
        std::uint64_t round_trips;
        std::uint64_t bytes_sent;
    };
    Traffic traffic();

 private:
    class NamedLock;
    void open_write();
    void open_preview();
    void take_lock(const std::string& name);
    void release_lock(const std::string& name);
    Writer& writer();
    Numbers& numbers();

    const std::string url_;
    const Schema schema_;
    const StoreAccess access_;
    std::shared_ptr<ConnectionPool> pool_;
    std::mutex mutex_;                        // guards connection_ and writer_
    std::unique_ptr<Connection> connection_;  // write, preview
    std::shared_ptr<const Names> names_;      // write, preview
    std::unique_ptr<Writer> writer_;
    std::unique_ptr<Numbers> numbers_;
    std::set<std::string> locks_;
    std::mutex listeners_mutex_;
    std::vector<std::unique_ptr<Connection>> listeners_;  // that nobody waits with at the moment
};

}  // namespace muster::postgresql
