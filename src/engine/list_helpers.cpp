#include <lua.hpp>

#include "engine/expression_library.h"

namespace muster {

namespace {

/// Makes the argument a list if it is none, nil an empty one; returns its length. Work on lists is
/// charged by element.
lua_Integer as_list(lua_State* lua, int position) {
    if (lua_isnoneornil(lua, position)) {
        lua_settop(lua, lua_gettop(lua) < position ? position : lua_gettop(lua));
        lua_newtable(lua);
        lua_replace(lua, position);
    } else if (!lua_istable(lua, position)) {
        lua_createtable(lua, 1, 0);
        lua_pushvalue(lua, position);
        lua_rawseti(lua, -2, 1);
        lua_replace(lua, position);
    }
    const auto length = lua_rawlen(lua, position);
    Sandbox::of(lua).charge(1 + static_cast<std::size_t>(length));
    return static_cast<lua_Integer>(length);
}

int list_first(lua_State* lua) {
    as_list(lua, 1);
    lua_rawgeti(lua, 1, 1);
    return 1;
}

int list_count(lua_State* lua) {
    lua_pushinteger(lua, as_list(lua, 1));
    return 1;
}

int list_contains(lua_State* lua) {
    luaL_checkany(lua, 2);
    const auto length = as_list(lua, 1);
    bool found = false;
    for (lua_Integer i = 1; i <= length && !found; ++i) {
        lua_rawgeti(lua, 1, i);
        found = lua_rawequal(lua, -1, 2) != 0;
        lua_pop(lua, 1);
    }
    lua_pushboolean(lua, found ? 1 : 0);
    return 1;
}

int list_join(lua_State* lua) {
    const auto length = as_list(lua, 1);
    std::size_t separator_length = 0;
    const char* separator = luaL_optlstring(lua, 2, ", ", &separator_length);
    if (length == 0) {
        lua_pushnil(lua);
        return 1;
    }
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (lua_Integer i = 1; i <= length; ++i) {
        if (i > 1) {
            luaL_addlstring(&buffer, separator, separator_length);
        }
        if (lua_rawgeti(lua, 1, i) != LUA_TSTRING && lua_isnumber(lua, -1) == 0) {
            return luaL_error(lua, "element %d is neither text nor a number", static_cast<int>(i));
        }
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    return 1;
}

int list_sort(lua_State* lua) {
    const auto length = as_list(lua, 1);
    lua_getfield(lua, LUA_REGISTRYINDEX, "sort");
    lua_createtable(lua, static_cast<int>(length), 0);
    for (lua_Integer i = 1; i <= length; ++i) {
        lua_rawgeti(lua, 1, i);
        lua_rawseti(lua, -2, i);
    }
    lua_pushvalue(lua, -1);
    lua_insert(lua, -3);
    lua_call(lua, 1, 0);
    return 1;
}

int list_unique(lua_State* lua) {
    const auto length = as_list(lua, 1);
    lua_settop(lua, 1);
    lua_newtable(lua);  // 2: what was seen
    lua_newtable(lua);  // 3: the result
    lua_Integer kept = 0;
    for (lua_Integer i = 1; i <= length; ++i) {
        lua_rawgeti(lua, 1, i);
        lua_pushvalue(lua, -1);
        if (lua_rawget(lua, 2) == LUA_TNIL) {
            lua_pushvalue(lua, -2);
            lua_pushboolean(lua, 1);
            lua_rawset(lua, 2);
            lua_pushvalue(lua, -2);
            lua_rawseti(lua, 3, ++kept);
        }
        lua_pop(lua, 2);
    }
    return 1;
}

int list_concat(lua_State* lua) {
    const int lists = lua_gettop(lua);
    luaL_checkstack(lua, 4, nullptr);
    lua_newtable(lua);
    const int result = lists + 1;
    lua_Integer count = 0;
    for (int list = 1; list <= lists; ++list) {
        const auto length = as_list(lua, list);
        for (lua_Integer i = 1; i <= length; ++i) {
            lua_rawgeti(lua, list, i);
            lua_rawseti(lua, result, ++count);
        }
    }
    return 1;
}

int list_map(lua_State* lua) {
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    const auto length = as_list(lua, 1);
    lua_settop(lua, 2);
    lua_newtable(lua);
    lua_Integer count = 0;
    for (lua_Integer i = 1; i <= length; ++i) {
        lua_pushvalue(lua, 2);
        lua_rawgeti(lua, 1, i);
        lua_call(lua, 1, 1);
        if (lua_isnil(lua, -1)) {
            lua_pop(lua, 1);
        } else {
            lua_rawseti(lua, 3, ++count);
        }
    }
    return 1;
}

constexpr Helper kHelpers[] = {
    {"list", "first", "l", "The first element; nil of an empty list.", nullptr, list_first},
    {"list", "count", "l", "The number of elements.", nullptr, list_count},
    {"list", "contains", "l, value", "Whether an element equals the value exactly.", nullptr,
     list_contains},
    {"list", "join", "l, separator",
     "One text of all elements, with `, ` between them where no separator is given; nil of an "
     "empty "
     "list.",
     nullptr, list_join},
    {"list", "sort", "l", "The elements in ascending order.", nullptr, list_sort},
    {"list", "unique", "l", "Every element once, in order of first appearance.", nullptr,
     list_unique},
    {"list", "concat", "a, b, …", "One list of all elements, in order.", nullptr, list_concat},
    {"list", "map", "l, f",
     "What f gives for each element; an element for which it gives nil is left out.", nullptr,
     list_map},
};

}  // namespace

std::span<const Helper> list_helpers() {
    return kHelpers;
}

}  // namespace muster
