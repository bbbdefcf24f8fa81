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

/// Reads or fills a whole store, table by table, at one state of it.
class TransferEnd {
 public:
    virtual ~TransferEnd() = default;
    /// Whether nothing was ever written to it.
    virtual bool empty() = 0;
    /// Every row in the order of its keys, texts by their bytes.
    virtual void read(const TransferTable& table,
                      const std::function<void(const TransferRow&)>& row) = 0;
    /// Adds rows. What is written is kept by finish() only.
    virtual void write(const TransferTable& table, std::span<const TransferRow> rows) = 0;
    virtual void finish() = 0;
};

/// The end of a move at `location`, a URL or a path; `create` makes the store where there is none.
/// Throws Error.
std::unique_ptr<TransferEnd> open_transfer(const std::string& location, bool create);

struct TransferResult {
    std::uint64_t rows = 0;
    Digest digest;  ///< of everything, the same at both ends
};

/// Copies a store into an empty one, log and all, and reads it back to compare. `progress` (may be
/// empty) is told the table and how many rows of it were written. Throws Error(store) with nothing
/// kept where the target is not empty or does not hold the same.
TransferResult transfer(TransferEnd& from, TransferEnd& to,
                        const std::function<void(const char*, std::uint64_t)>& progress);

}  // namespace muster
