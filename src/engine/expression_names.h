#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// The names in the source of an expression, found without Lua's help: attributes are handed to an
/// expression as arguments, so that only those it mentions cost anything.
struct ExpressionNames {
    struct Variable {
        std::string_view name;
        int line = 1;
    };
    std::vector<Variable> variables;    ///< free ones, each once, in order of appearance
    std::vector<Variable> attr_fields;  ///< attr["name"] and attr.name
    struct Field {
        std::string_view table;
        std::string_view name;
    };
    std::vector<Field> fields;  ///< table.name and table["name"] of free variables
    /// The names of calls x:name(…) that are nowhere given to something of the expression's own.
    std::vector<std::string_view> methods;
    bool attr_open = false;  ///< attr is used in some other way, too
    bool returns = false;    ///< the word `return` appears
    bool empty = true;       ///< nothing but blanks and comments
};

/// Views into `source`. What is no Lua is left to Lua to complain about.
ExpressionNames find_names(std::string_view source);

}  // namespace muster
