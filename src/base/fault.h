#pragma once

#include <atomic>

namespace muster::fault {

namespace detail {
extern std::atomic<bool> armed;
void pass(const char* name);
}  // namespace detail

/// A named place at which a test can kill the process: with MUSTER_FAULT=name:count in the
/// environment, the count-th passing (from 1, over all threads) ends it by SIGKILL, as a power cut
/// would. With name:count:stop it stops there by SIGSTOP instead, until SIGCONT. Without either
/// this is the check of one flag.
inline void point(const char* name) {
    if (detail::armed.load(std::memory_order_relaxed)) [[unlikely]] {
        detail::pass(name);
    }
}

}  // namespace muster::fault
