#include "engine/expression_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <lua.hpp>

#include "base/error.h"
#include "base/limits.h"

namespace muster {

namespace {

constexpr std::size_t kBytesPerStep = 16;   // that a function reads
constexpr std::size_t kRoundsPerStep = 16;  // of a loop in C that does next to nothing
constexpr std::size_t kStepsPerCall = 10;

/// The part of Lua's own library that is safe and gives the same result every time: no pairs (its
/// order changes), no table.sort (so may that of equal elements), no patterns (their time is
/// without bound), nothing that reaches outside.
struct Standard {
    const char* table;
    lua_CFunction open;
    std::span<const char* const> names;
};

constexpr const char* kBase[] = {"assert", "error", "ipairs", "select", "tonumber", "type"};
constexpr const char* kMath[] = {"abs", "ceil",       "floor",     "fmod",       "huge",
                                 "max", "maxinteger", "min",       "mininteger", "modf",
                                 "pi",  "sqrt",       "tointeger", "type"};
constexpr const char* kString[] = {"byte", "char", "format", "len", "rep", "sub"};
constexpr const char* kStringArithmetic[] = {"__add", "__sub", "__mul",  "__mod",
                                             "__pow", "__div", "__idiv", "__unm"};
constexpr const char* kTable[] = {"concat", "insert", "pack", "remove", "unpack"};
constexpr const char* kUtf8[] = {"char", "codepoint", "codes", "len", "offset"};
constexpr Standard kStandard[] = {{"math", luaopen_math, kMath},
                                  {"string", luaopen_string, kString},
                                  {"table", luaopen_table, kTable},
                                  {"utf8", luaopen_utf8, kUtf8}};

std::vector<std::span<const Helper>> helper_tables() {
    return {text_helpers(), dn_helpers(), date_helpers(), list_helpers()};
}

/// What the arguments of a call cost: each one, their text by the byte, their lists by the element.
std::size_t steps_of_arguments(lua_State* lua) {
    const int count = lua_gettop(lua);
    std::size_t steps = kStepsPerCall + static_cast<std::size_t>(count);
    for (int i = count; i > 0; --i) {
        const auto length = static_cast<std::size_t>(lua_rawlen(lua, i));
        steps += lua_type(lua, i) == LUA_TSTRING ? length / kBytesPerStep : length;
    }
    return steps;
}

/// A function of Lua's own, paid for before it is called: it runs in C, where no steps are counted.
int call_charged(lua_State* lua) {
    Sandbox::of(lua).charge(steps_of_arguments(lua));
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

// What these two do in C follows from a number they are given, and need not show in what they read
// or make: string.rep repeats nothing as often as it is told, table.unpack gives nils.

int charged_rep(lua_State* lua) {
    const auto times =
        static_cast<std::size_t>(std::max<lua_Integer>(luaL_checkinteger(lua, 2), 0));
    Sandbox::of(lua).charge(times / kRoundsPerStep);
    return call_charged(lua);
}

int charged_unpack(lua_State* lua) {
    const auto first = luaL_optinteger(lua, 2, 1);
    const auto last = luaL_optinteger(lua, 3, 0);  // where it is left out, the list's length counts
    if (first < last) {
        Sandbox::of(lua).charge((static_cast<std::size_t>(last) - static_cast<std::size_t>(first)) /
                                kRoundsPerStep);
    }
    return call_charged(lua);
}

/// Computes into the sandbox's scratch; false where that is what is wrong.
bool compute(const Helper& helper, lua_State* lua, HelperValue& scratch) {
    try {
        const HelperArguments arguments(lua);
        scratch = arguments.has_nil() ? HelperValue() : helper.pure(arguments);
        return true;
    } catch (const BadArgument& bad) {
        scratch = fmt::format("{}.{}: {}", helper.table, helper.name, bad.what());
        return false;
    }
}

void push(lua_State* lua, const std::string& text) {
    lua_pushlstring(lua, text.data(), text.size());
}

void push(lua_State* lua, const std::vector<std::string>& texts) {
    lua_createtable(lua, static_cast<int>(texts.size()), 0);
    lua_Integer i = 0;
    for (const auto& text : texts) {
        push(lua, text);
        lua_rawseti(lua, -2, ++i);
    }
}

void push(lua_State* lua, bool value) {
    lua_pushboolean(lua, value ? 1 : 0);
}

void push(lua_State* lua, std::int64_t value) {
    lua_pushinteger(lua, value);
}

void push(lua_State* lua, std::monostate /*nothing*/) {
    lua_pushnil(lua);
}

int call_pure(lua_State* lua) {
    const auto& helper = *static_cast<const Helper*>(lua_touserdata(lua, lua_upvalueindex(1)));
    auto& sandbox = Sandbox::of(lua);
    sandbox.charge(steps_of_arguments(lua));
    if (!compute(helper, lua, sandbox.scratch)) {
        return luaL_error(lua, "%s", std::get<std::string>(sandbox.scratch).c_str());
    }
    std::visit([lua](const auto& value) { push(lua, value); }, sandbox.scratch);
    return 1;
}

bool is_scalar(int type) {
    return type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
}

/// Tables and functions spell as addresses, which differ from run to run.
int plain_tostring(lua_State* lua) {
    if (!is_scalar(lua_type(lua, 1))) {
        return luaL_error(lua, "a %s has no text", luaL_typename(lua, 1));
    }
    luaL_tolstring(lua, 1, nullptr);
    return 1;
}

/// Whether a pattern of string.format holds %p, with or without flags and width.
bool has_address(std::string_view pattern) {
    for (auto at = pattern.find('%'); at != std::string_view::npos; at = pattern.find('%')) {
        pattern.remove_prefix(at + 1);
        pattern.remove_prefix(
            std::min(pattern.find_first_not_of("-+ #0123456789."), pattern.size()));
        if (pattern.starts_with('p')) {
            return true;
        }
        pattern.remove_prefix(pattern.empty() ? 0 : 1);
    }
    return false;
}

int plain_format(lua_State* lua) {
    for (int i = lua_gettop(lua); i > 0; --i) {
        if (!is_scalar(lua_type(lua, i))) {
            return luaL_error(lua, "a %s has no text", luaL_typename(lua, i));
        }
    }
    std::size_t length = 0;
    const char* pattern = luaL_checklstring(lua, 1, &length);
    if (has_address({pattern, length})) {
        return luaL_error(lua, "%%p gives an address, which is another every time");
    }
    return call_charged(lua);
}

int refuse_assignment(lua_State* lua) {
    return luaL_error(lua, "nothing outside the expression can be changed");
}

/// Replaces the table on top of the stack by one through which it can only be read.
void make_unchangeable(lua_State* lua) {
    lua_newtable(lua);
    lua_createtable(lua, 0, 2);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_assignment);
    lua_setfield(lua, -2, "__newindex");
    lua_setmetatable(lua, -2);
    lua_replace(lua, -2);
}

lua_CFunction wrapper_of(std::string_view name) {
    if (name == "format") {
        return plain_format;
    }
    if (name == "rep") {
        return charged_rep;
    }
    return name == "unpack" ? charged_unpack : call_charged;
}

/// Copies names of the table at `from` into the one on top, functions as charged ones.
void copy_standard(lua_State* lua, int from, std::span<const char* const> names) {
    for (const char* name : names) {
        lua_getfield(lua, from, name);
        if (lua_iscfunction(lua, -1) != 0) {
            lua_pushcclosure(lua, wrapper_of(name), 1);
        }
        lua_setfield(lua, -2, name);
    }
}

void add_helpers(lua_State* lua, std::span<const Helper> helpers) {
    for (const auto& helper : helpers) {
        if (helper.raw != nullptr) {
            lua_pushcfunction(lua, helper.raw);
        } else {
            lua_pushlightuserdata(lua, const_cast<Helper*>(&helper));
            lua_pushcclosure(lua, call_pure, 1);
        }
        lua_setfield(lua, -2, helper.name);
    }
}

/// Methods of texts: name:lower() is text.lower(name), name:sub(1, 2) is string.sub(name, 1, 2).
void set_methods(lua_State* lua, int string_library) {
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_newtable(lua);
    copy_standard(lua, string_library, kString);
    add_helpers(lua, text_helpers());
    lua_setfield(lua, -2, "__index");
    // Arithmetic on texts reads them as numbers, however long they are.
    for (const char* event : kStringArithmetic) {
        lua_getfield(lua, -1, event);
        lua_pushcclosure(lua, call_charged, 1);
        lua_setfield(lua, -2, event);
    }
    lua_pop(lua, 2);
}

/// Stack: 1 the argument of run(), 2 Lua's own globals, 3 those of expressions.
int install(lua_State* lua) {
    lua_settop(lua, 1);
    lua_pushcfunction(lua, luaopen_base);
    lua_call(lua, 0, 1);
    lua_newtable(lua);
    copy_standard(lua, 2, kBase);
    lua_pushcfunction(lua, plain_tostring);
    lua_setfield(lua, -2, "tostring");
    for (const auto& standard : kStandard) {
        lua_pushcfunction(lua, standard.open);
        lua_call(lua, 0, 1);
        const int library = lua_gettop(lua);
        if (standard.open == luaopen_string) {
            set_methods(lua, library);
        }
        if (standard.open == luaopen_table) {
            lua_getfield(lua, library, "sort");
            lua_setfield(lua, LUA_REGISTRYINDEX, "sort");
        }
        lua_newtable(lua);
        copy_standard(lua, library, standard.names);
        make_unchangeable(lua);
        lua_setfield(lua, 3, standard.table);
        lua_pop(lua, 1);
    }
    for (const auto helpers : helper_tables()) {
        lua_newtable(lua);
        add_helpers(lua, helpers);
        make_unchangeable(lua);
        lua_setfield(lua, 3, helpers.front().table);
    }
    make_unchangeable(lua);
    lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    return 0;
}

}  // namespace

std::span<const std::string_view> library_names() {
    static const auto names = [] {
        std::vector<std::string_view> all(std::begin(kBase), std::end(kBase));
        all.emplace_back("tostring");
        for (const auto& standard : kStandard) {
            all.emplace_back(standard.table);
        }
        for (const auto helpers : helper_tables()) {
            all.push_back(helpers.front().table);
        }
        std::ranges::sort(all);
        return all;
    }();
    return names;
}

std::vector<LibraryTable> library_tables() {
    std::vector<LibraryTable> tables;
    for (const auto helpers : helper_tables()) {
        auto& [table, names] = tables.emplace_back(LibraryTable{helpers.front().table, {}});
        for (const auto& helper : helpers) {
            names.emplace_back(helper.name);
        }
    }
    for (const auto& standard : kStandard) {
        tables.push_back({standard.table, {standard.names.begin(), standard.names.end()}});
    }
    return tables;
}

std::vector<std::string_view> text_methods() {
    std::vector<std::string_view> names(std::begin(kString), std::end(kString));
    for (const auto& helper : text_helpers()) {
        names.emplace_back(helper.name);
    }
    return names;
}

void install_library(Sandbox& sandbox) {
    const bool installed = sandbox.run(install, nullptr);
    MUSTER_ASSERT(installed, "{}", sandbox.message());
}

namespace {

constexpr std::string_view kIntroduction = R"(# Expressions

<!-- Generated from the table of helper functions; `engine_test` compares this file with it. -->

Wherever a rule needs a value that is not just copied, it takes an expression: a [Lua 5.4](https://www.lua.org/manual/5.4/)
expression over the attributes of one object.

    givenName: { expression: nickname or first }
    displayName: { expression: official_full or (first .. " " .. last) }

Longer ones are written in several lines and say `return`:

    expression: |
      if chamber == "sen" then
        return "Senator " .. last
      end
      return "Representative " .. last

## What an expression sees

- Every attribute of the object's type is a variable. One without a value is `nil`.
- Text, decimal, datetime, guid and binary values are strings (a datetime as `2026-03-01T09:30:00Z`, bytes in
  base64); integers and booleans are what they are in Lua.
- A multi-valued attribute is always a list, empty where there are no values.
- An attribute whose name is no Lua name, or the name of one of the libraries below, is `attr["employee-type"]`.
- In the expression of a generated value, `count` counts the tries: 0, 1, 2, …; elsewhere there is no such variable.
- References cannot be seen: they flow from attribute to attribute.
- A name that is none of these is an error when the configuration is loaded, not when it runs.

## What it gives

- `nil`, and `false` where the target is no boolean: no value. So `twitter and "@" .. twitter` is safe.
- Text, a number or a boolean: one value, if it is one of the target attribute's type. Numbers without a fraction are
  written without one.
- A list: all its elements as values.
- As a scope or condition: `nil` and `false` mean no, everything else means yes, also `0` and `""`.

What goes wrong (text joined with `nil`, a result of the wrong type) is an item for that one object; the run goes on.

## What it cannot do

There are no files, no clock, no random numbers, no `pairs` (its order changes from run to run), no patterns, and
nothing can be kept from one evaluation to the next: the same attributes always give the same result. An evaluation
takes at most 100,000 steps (instructions of the Lua machine, and 64 bytes of memory asked for count as one) and 8 MB.

## Functions

Given `nil`, the functions of `text`, `dn` and `date` give `nil`; those of `list` take it for an empty list, and a
single value for a list of one. Those of `text` are methods, too: `last:first(1):lower()`.
)";

static_assert(limits::kExpressionInstructions == 100'000 && limits::kExpressionBytes == 8u << 20,
              "the introduction tells the reader");

constexpr std::string_view kStandardIntroduction = R"(
### From Lua itself

)";

}  // namespace

std::string expression_reference() {
    std::string out(kIntroduction);
    for (const auto helpers : helper_tables()) {
        out += fmt::format("\n### {}\n\n| function | gives |\n|---|---|\n", helpers.front().table);
        for (const auto& h : helpers) {
            out += fmt::format("| `{}.{}({})` | {} |\n", h.table, h.name, h.arguments, h.help);
        }
    }
    out += kStandardIntroduction;
    out += fmt::format("- `{}`, `tostring`\n", fmt::join(kBase, "`, `"));
    for (const auto& standard : kStandard) {
        std::vector<std::string> names;
        for (const char* name : standard.names) {
            names.push_back(fmt::format("`{}.{}`", standard.table, name));
        }
        out += fmt::format("- {}\n", fmt::join(names, ", "));
    }
    return out;
}

}  // namespace muster
