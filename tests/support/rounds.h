#pragma once

#include <cstdlib>

namespace muster::testing {

/// How often a test that waits for a rare accident tries: `count`, MUSTER_ROUNDS times as often
/// where the environment says so.
inline int rounds(int count) {
    const char* const times = std::getenv("MUSTER_ROUNDS");  // NOLINT(concurrency-mt-unsafe)
    return times == nullptr ? count : count * static_cast<int>(std::strtol(times, nullptr, 10));
}

}  // namespace muster::testing
