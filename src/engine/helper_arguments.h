#pragma once

#include <cstdint>
#include <forward_list>
#include <stdexcept>
#include <string>
#include <string_view>

struct lua_State;

namespace muster {

/// A helper was called with something it cannot work on.
struct BadArgument : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The arguments of a helper function, counted from 1. Reading them never raises a Lua error, so
/// that helpers are ordinary C++: what does not fit throws BadArgument, which the caller turns into
/// one.
class HelperArguments {
 public:
    explicit HelperArguments(lua_State* lua);

    int count() const { return count_; }
    bool has_nil() const;
    /// Strings, and numbers as they are spelled.
    std::string_view text(int position) const;
    std::string_view text_or(int position, std::string_view otherwise) const;
    std::int64_t integer(int position) const;

 private:
    lua_State* lua_;
    int count_;
    mutable std::forward_list<std::string> spelled_;  ///< numbers that were asked for as text
};

}  // namespace muster
