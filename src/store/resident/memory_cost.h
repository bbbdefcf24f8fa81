#pragma once

#include <cstddef>

namespace muster::resident {

/// What an allocation of `bytes` takes from the heap: rounded up, with what the allocator keeps
/// beside it.
inline std::size_t heap_cost(std::size_t bytes) {
    constexpr std::size_t kGrain = 16;
    return (bytes + sizeof(void*) + kGrain - 1) / kGrain * kGrain;
}

/// What an open-addressing table of the standard library's or Boost's kind takes: its slots and a
/// byte of metadata for each.
template <class Table>
std::size_t flat_table_cost(const Table& table) {
    return table.bucket_count() * (sizeof(typename Table::value_type) + 1);
}

}  // namespace muster::resident
