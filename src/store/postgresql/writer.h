#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "store/postgresql/batch.h"
#include "store/postgresql/connection.h"

namespace muster::postgresql {

/// Writes commits: locks the counter, writes every part by one statement, all in one pipeline, and
/// commits. That is two round trips. The objects of a large one go by binary COPY before that:
/// created ones straight into their table, changed ones into a temporary one from which they are
/// merged; that is five round trips at most, whatever the number of objects. Who holds the counter
/// is the only one to write, hence no deadlocks, and no commit becomes visible before the one with
/// the number below.
class Writer {
 public:
    /// `preview`: the connection is inside a transaction for good; commits are savepoints.
    Writer(Connection& connection, const Schema& schema, const Names& names, bool preview);

    /// Throws Conflict, or Error with nothing written. What a lost server left open is settled by
    /// looking, and tried again for limits::kStoreRetrySeconds. `restored` is called on each new
    /// connection.
    CommitNumber commit(const ChangeSet& changes, const std::function<void()>& restored);
    std::uint64_t forget(Instant moment);

 private:
    /// What the answers to a range of statements must add up to.
    enum class Failure : std::uint8_t { changed_meanwhile, no_link, no_key, reserved };
    struct Expectation {
        std::size_t first;
        std::size_t last;
        std::uint64_t affected;
        Failure failure;
    };

    CommitNumber attempt(const Batch& batch);
    std::vector<Result> copy_objects(const Batch& batch);
    void make_stage(const RowSet& rows);
    void queue_objects(const Batch& batch);
    void queue_parted(const Batch& batch);
    void queue_links(const Batch& batch);
    void queue_exports(const Batch& batch);
    void queue_sweep(const ExportSweep& sweep);
    void queue_journal(const Batch& batch);
    void queue(const std::string& sql, const Parameters& parameters = Parameters());
    void queue_rows(const std::string& before, const RowSet& rows, const std::string& after = {});
    void queue_insert(const char* table, const RowSet& rows);
    void expect(std::size_t first, std::uint64_t affected, Failure failure);
    void require_expected(const Batch& batch, const std::vector<Result>& results);
    [[noreturn]] void refuse(const Batch& batch, Failure failure);
    ObjectId changed_object(const Batch& batch);
    void roll_back();
    bool settled(CommitNumber& number);

    Connection& connection_;
    const Schema& schema_;
    const Names& names_;
    const bool preview_;
    const std::int64_t id_;    // of this writer among all
    std::int64_t serial_ = 0;  // of the commit being made
    bool stage_exists_ = false;
    std::size_t queued_ = 0;
    std::vector<Expectation> expectations_;
};

}  // namespace muster::postgresql
