#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"

namespace muster {

/// A table of a store as it moves to another: the columns both kinds of store have. Every column is
/// a number or a text; the first `keys` of them order the rows and identify them.
struct TransferTable {
    const char* name;
    std::vector<const char*> columns;
    std::size_t keys;
};

/// Every table, in the order they are written.
std::span<const TransferTable> transfer_tables();

/// Nothing, a number or a text. Documents are texts, in the store's own spelling of JSON.
using TransferCell = std::variant<std::monostate, std::int64_t, std::string>;
using TransferRow = std::vector<TransferCell>;

/// What a store hands out next.
struct NextIds {
    std::int64_t object = 1;
    std::int64_t activity = 1;
};

/// Reads or fills a whole store, table by table, at one state of it. Every call blocks and throws
/// Error(store) when the store fails.
class TransferEnd {
 public:
    virtual ~TransferEnd() = default;
    /// Whether nothing was ever written to it.
    virtual bool empty() = 0;
    /// Every row, by its keys as this store orders them: texts may come in another order elsewhere.
    virtual void read(const TransferTable& table,
                      const std::function<void(const TransferRow&)>& row) = 0;
    /// Adds rows. What is written is kept by finish() only.
    virtual void write(const TransferTable& table, std::span<const TransferRow> rows) = 0;
    virtual void finish(const NextIds& next) = 0;
    virtual NextIds next_ids() = 0;
};

/// The end of a move at `location`, a URL or a path; `create` makes the store where there is none.
/// Throws Error.
std::unique_ptr<TransferEnd> open_transfer(const std::string& location, bool create);

struct TransferResult {
    std::uint64_t rows = 0;
    Digest digest;  ///< of all rows in whatever order, the same at both ends
};

/// Copies a store into an empty one, log and all, and reads it back to compare. `progress` (may be
/// empty) is told the table and how many rows of it were written. Throws Error(store) with nothing
/// kept where the target is not empty or does not hold the same.
TransferResult transfer(TransferEnd& from, TransferEnd& to,
                        const std::function<void(const char*, std::uint64_t)>& progress);

}  // namespace muster
