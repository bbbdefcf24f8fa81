#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace muster {

/// What kind of trouble stopped an operation; the command line turns it into the exit code.
enum class ErrorCode {
    usage,          ///< wrong command line
    configuration,  ///< muster.yaml or something it names is wrong
    connection,     ///< a connected system cannot be reached or stopped answering
    data,           ///< a connected system's data cannot be trusted as a whole
    store,          ///< the store cannot be read or written
    busy,           ///< another run holds the store or the system
    cancelled,      ///< an operator or a signal asked to stop
    not_found,      ///< nothing, or more than one thing, answers to what was asked for
};

/// What stops a whole operation. Caught where a run, a task or a request ends, nowhere between.
/// What happens to a single object is never an Error: it is an outcome, and the run goes on.
class Error : public std::runtime_error {
 public:
    /// `message` says what happened, to what; `cure` says what to do about it (may be empty).
    Error(ErrorCode code, const std::string& message, std::string cure = {})
        : std::runtime_error(message), code_(code), cure_(std::move(cure)) {}

    ErrorCode code() const noexcept { return code_; }
    const std::string& cure() const noexcept { return cure_; }

 private:
    ErrorCode code_;
    std::string cure_;
};

namespace detail {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line,
                                   const std::string& values);
}

}  // namespace muster

/// States what only a bug of ours can break; always compiled in; prints the values it is given
/// (a format string and its arguments) and aborts. Never reachable from input.
#define MUSTER_ASSERT(condition, ...)                                          \
    do {                                                                       \
        if (!(condition)) [[unlikely]] {                                       \
            ::muster::detail::assertion_failed(#condition, __FILE__, __LINE__, \
                                               fmt::format("" __VA_ARGS__));   \
        }                                                                      \
    } while (false)
