#pragma once

#include <cstddef>
#include <optional>

namespace muster::testing {

/// Calls of operator new in this program so far, by all threads; nothing under a sanitizer, which
/// brings an operator new of its own. A program linked with this has one that counts.
std::optional<std::size_t> count_allocations();

}  // namespace muster::testing
