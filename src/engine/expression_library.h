#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/helper_arguments.h"
#include "engine/sandbox.h"

namespace muster {

/// A helper function of expressions. One table of these is what is registered in Lua, what
/// misspelled names are compared with, and what docs/expressions.md is generated from.
struct Helper {
    const char* table;           ///< "text"
    const char* name;            ///< "first"
    std::string_view arguments;  ///< "s, n"
    std::string_view help;       ///< one sentence
    /// Either a function of plain values, which gives nil where it is given nil …
    HelperValue (*pure)(const HelperArguments&) = nullptr;
    /// … or one that works on Lua's own values.
    int (*raw)(lua_State*) = nullptr;
};

/// Part of the table each, by file.
std::span<const Helper> text_helpers();
std::span<const Helper> dn_helpers();
std::span<const Helper> date_helpers();
std::span<const Helper> list_helpers();

/// Every name expressions may use beside attributes.
std::span<const std::string_view> library_names();

/// A table of functions ("text", "string") and the names in it.
struct LibraryTable {
    std::string_view name;
    std::vector<std::string_view> functions;
};
std::vector<LibraryTable> library_tables();

/// What may be called as a method of a text: name:lower().
std::vector<std::string_view> text_methods();

/// Puts the helpers and the safe part of Lua's own library into a new sandbox, unchangeable.
void install_library(Sandbox& sandbox);

/// docs/expressions.md.
std::string expression_reference();

}  // namespace muster
