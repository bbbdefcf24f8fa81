#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "connect/connector.h"

namespace muster {

/// Entries copied out of a connector's hands: all text in one buffer.
class ReadBatch {
 public:
    struct Row {
        TypeId type;
        Digest payload;  ///< of the type's schema and all values, in the order they came
        std::size_t first_value = 0;
        std::size_t end_value = 0;
        std::size_t first_flaw = 0;
        std::size_t end_flaw = 0;
        std::size_t text = 0;  ///< anchor, name and where, one after the other
        std::uint32_t anchor_bytes = 0;
        std::uint32_t name_bytes = 0;
        std::uint32_t where_bytes = 0;
    };

    /// Copies an entry. `schema_seed` separates payloads read under different schemas.
    void add(const Entry& entry, std::uint64_t schema_seed);
    /// Copies a row of another batch.
    void add(const ReadBatch& other, const Row& row);

    std::span<const Row> rows() const { return rows_; }
    std::size_t bytes() const { return bytes_.size(); }
    bool empty() const { return rows_.empty() && problems.empty(); }
    std::string_view anchor(const Row& row) const {
        return {bytes_.data() + row.text, row.anchor_bytes};
    }
    std::string_view name(const Row& row) const {
        return {bytes_.data() + row.text + row.anchor_bytes, row.name_bytes};
    }
    std::string_view where(const Row& row) const {
        return {bytes_.data() + row.text + row.anchor_bytes + row.name_bytes, row.where_bytes};
    }
    /// Calls `value(attribute, text)` for each value of a row.
    template <class F>
    void each_value(const Row& row, F&& value) const {
        for (auto i = row.first_value; i < row.end_value; ++i) {
            value(values_[i].attribute,
                  std::string_view{bytes_.data() + values_[i].offset, values_[i].length});
        }
    }

    std::span<const EntryFlaw> flaws(const Row& row) const {
        return std::span(flaws_).subspan(row.first_flaw, row.end_flaw - row.first_flaw);
    }

    /// Values that may be the row's own; null where there are none.
    const OwnerlessValues* ownerless(const Row& row) const {
        const auto of_type = ownerless_.find(row.type);
        return of_type == ownerless_.end() ? nullptr : of_type->second.get();
    }

    std::vector<ReadProblem> problems;

 private:
    struct ValueRef {
        AttributeId attribute;
        std::uint32_t length;
        std::size_t offset;
    };
    std::string bytes_;
    std::vector<ValueRef> values_;
    std::vector<EntryFlaw> flaws_;
    std::vector<Row> rows_;
    std::map<TypeId, std::shared_ptr<const OwnerlessValues>> ownerless_;
};

/// Runs a connector's reading in a thread of its own and hands over what it reads in batches. At
/// most limits::kPagesInFlight batches wait.
class Reader {
 public:
    using Read = std::function<ReadResult(EntrySink&, std::stop_token)>;

    /// `seeds` by TypeId: what separates payloads read under different schemas.
    Reader(Read read, std::vector<std::uint64_t> seeds, std::size_t batch_rows,
           std::stop_token stop);
    /// Stops the reading where it is not done.
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// The next batch; nothing at the end. Blocks. Rethrows what the connector threw.
    std::optional<ReadBatch> next();
    /// How the reading ended; to be asked after next() gave nothing.
    const ReadResult& result() const { return result_; }

 private:
    class Sink;
    void hand_over(ReadBatch&& batch);

    std::vector<std::uint64_t> seeds_;
    std::size_t batch_rows_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<ReadBatch> waiting_;
    bool done_ = false;
    bool abandoned_ = false;
    std::exception_ptr failure_;
    ReadResult result_;
    std::stop_source stop_;
    std::optional<std::stop_callback<std::function<void()>>> outer_stop_;
    std::thread thread_;
};

}  // namespace muster
