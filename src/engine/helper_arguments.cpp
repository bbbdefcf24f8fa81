#include "engine/helper_arguments.h"

#include <fmt/format.h>

#include <lua.hpp>

namespace muster {

HelperArguments::HelperArguments(lua_State* lua) : lua_(lua), count_(lua_gettop(lua)) {}

bool HelperArguments::has_nil() const {
    for (int i = 1; i <= count_; ++i) {
        if (lua_isnil(lua_, i)) {
            return true;
        }
    }
    return false;
}

std::string_view HelperArguments::text(int position) const {
    switch (lua_type(lua_, position)) {
        case LUA_TSTRING: {
            std::size_t length = 0;
            const char* bytes = lua_tolstring(lua_, position, &length);
            return {bytes, length};
        }
        case LUA_TNUMBER:
            // lua_tolstring would convert in place, and could run out of memory doing so.
            return lua_isinteger(lua_, position) != 0
                       ? spelled_.emplace_front(
                             fmt::format("{}", lua_tointegerx(lua_, position, nullptr)))
                       : spelled_.emplace_front(
                             fmt::format("{}", lua_tonumberx(lua_, position, nullptr)));
        default:
            throw BadArgument(fmt::format("argument {} must be text, not {}", position,
                                          lua_typename(lua_, lua_type(lua_, position))));
    }
}

std::string_view HelperArguments::text_or(int position, std::string_view otherwise) const {
    return position <= count_ ? text(position) : otherwise;
}

std::int64_t HelperArguments::integer(int position) const {
    int is_integer = 0;
    const auto value = lua_tointegerx(lua_, position, &is_integer);
    if (is_integer == 0) {
        throw BadArgument(fmt::format("argument {} must be a whole number", position));
    }
    return value;
}

}  // namespace muster
