#include "engine/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <lua.hpp>

#include "base/error.h"
#include "base/suggest.h"
#include "engine/expression_library.h"
#include "engine/expression_names.h"
#include "engine/sandbox.h"

namespace muster {

namespace {

constexpr const char* kChunk = "=expression";
constexpr std::string_view kPlace = "expression:";  // how Lua's messages start, with the line after
constexpr std::size_t kMostVariables = 180;         // Lua has 200 locals in a function

/// An argument of a compiled expression.
struct Parameter {
    enum class Kind : std::uint8_t { attribute, number, attributes };
    Kind kind = Kind::attribute;
    AttributeId attribute;
    std::vector<AttributeId> fields;  ///< attributes: those that `attr` holds
};

struct Compiled {
    int function = LUA_NOREF;  ///< reference in Lua's registry
    std::vector<Parameter> parameters;
    Location where;
};

/// What the Lua side of an evaluation works on.
struct Evaluation {
    const Compiled& expression;
    const Schema& schema;
    const Document& document;
    std::int64_t count;
};

void push_scalar(lua_State* lua, Type type, std::string_view text) {
    switch (type) {
        case Type::integer: {
            lua_Integer value = 0;
            const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
            MUSTER_ASSERT(read.ec == std::errc(), "\"{}\" is no canonical integer", text);
            lua_pushinteger(lua, value);
            return;
        }
        case Type::boolean:
            lua_pushboolean(lua, text == "true" ? 1 : 0);
            return;
        case Type::text:
        case Type::decimal:
        case Type::datetime:
        case Type::guid:
        case Type::binary:
        case Type::reference:
            lua_pushlstring(lua, text.data(), text.size());
            return;
    }
}

void push_attribute(lua_State* lua, const Attribute& attribute, const Document& document) {
    const auto values = document.values(attribute.id);
    if (!attribute.multi) {
        if (values.empty()) {
            lua_pushnil(lua);
        } else {
            push_scalar(lua, attribute.type, values.front());
        }
        return;
    }
    lua_createtable(lua, static_cast<int>(values.size()), 0);
    lua_Integer i = 0;
    for (const auto value : values) {
        push_scalar(lua, attribute.type, value.text);
        lua_rawseti(lua, -2, ++i);
    }
}

void push_parameter(lua_State* lua, const Parameter& parameter, const Evaluation& evaluation) {
    switch (parameter.kind) {
        case Parameter::Kind::attribute:
            push_attribute(lua, evaluation.schema.attribute(parameter.attribute),
                           evaluation.document);
            return;
        case Parameter::Kind::number:
            lua_pushinteger(lua, evaluation.count);
            return;
        case Parameter::Kind::attributes:
            lua_createtable(lua, 0, static_cast<int>(parameter.fields.size()));
            for (const auto id : parameter.fields) {
                const auto& attribute = evaluation.schema.attribute(id);
                lua_pushlstring(lua, attribute.name.data(), attribute.name.size());
                push_attribute(lua, attribute, evaluation.document);
                lua_rawset(lua, -3);
            }
            return;
    }
}

/// Runs protected.
int call_expression(lua_State* lua) {
    const auto& evaluation = *static_cast<const Evaluation*>(lua_touserdata(lua, 1));
    const auto count = static_cast<int>(evaluation.expression.parameters.size());
    luaL_checkstack(lua, count + 8, nullptr);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, evaluation.expression.function);
    for (const auto& parameter : evaluation.expression.parameters) {
        push_parameter(lua, parameter, evaluation);
    }
    lua_call(lua, count, 1);
    return 1;
}

/// Runs protected. Compiles the chunk; gives its reference.
int load_chunk(lua_State* lua) {
    const auto& chunk = *static_cast<const std::string*>(lua_touserdata(lua, 1));
    if (luaL_loadbufferx(lua, chunk.data(), chunk.size(), kChunk, "t") != LUA_OK) {
        return lua_error(lua);
    }
    lua_pushinteger(lua, luaL_ref(lua, LUA_REGISTRYINDEX));
    return 1;
}

std::string describe(const Location& where) {
    return fmt::format("{}:{}:{}", where.file, where.line, where.column);
}

/// Lua's message with its place in words of the configuration.
std::string located(std::string_view message, const Location& where) {
    std::string line;
    if (message.starts_with(kPlace)) {
        const auto end = message.find(':', kPlace.size());
        line = message.substr(kPlace.size(), end - kPlace.size());
        message = message.substr(std::min(end, message.size() - 2) + 2);
    }
    return fmt::format("{}: {}{}", describe(where), message,
                       line.empty() || line == "1"
                           ? std::string()
                           : fmt::format(" (in line {} of the expression)", line));
}

}  // namespace

struct Evaluator::State {
    explicit State(const Schema& schema_) : schema(schema_) { install_library(sandbox); }

    const Schema& schema;
    Sandbox sandbox;
    std::deque<Compiled> expressions;
    std::deque<std::string> spelled;  ///< results that Lua does not hold as text
    ExpressionError error;

    AttributeId variable(std::string_view name, TypeId type, const Location& where) const;
    Parameter parameter(const ExpressionNames::Variable& variable, const ExpressionNames& names,
                        TypeId type, bool generates, const Location& where) const;
    std::vector<AttributeId> fields(const ExpressionNames& names, TypeId type,
                                    const Location& where) const;
    int load(const std::string& parameters, const Expression& expression, bool returns);
    bool run(ExpressionId id, const Document& attributes, std::int64_t count);
    bool refuse(const Location& where, std::string_view message);
    bool take(const Location& where, int position, Type result,
              std::vector<std::string_view>& values);
    bool take_list(const Location& where, Type result, std::vector<std::string_view>& values);
};

/// Throws: `written` ("string.lower", "x:gsub") is no function. The cure is the same name
/// elsewhere, or one like it in `known`.
[[noreturn]] void refuse_function(const std::string& written, std::string_view name,
                                  const std::vector<std::string_view>& known,
                                  const Location& where) {
    std::string cure = suggest(name, known);
    for (const auto& table : library_tables()) {
        if (std::ranges::find(table.functions, name) != table.functions.end()) {
            cure = fmt::format("did you mean '{}.{}'?", table.name, name);
            break;
        }
    }
    throw Error(ErrorCode::configuration,
                fmt::format("{}: unknown function '{}'", describe(where), written),
                cure.empty() ? "docs/expressions.md lists the functions there are" : cure);
}

/// Throws where a function is named that does not exist.
void check_functions(const ExpressionNames& names, const Location& where) {
    const auto tables = library_tables();
    for (const auto& [table, name] : names.fields) {
        const auto found = std::ranges::find(tables, table, &LibraryTable::name);
        if (found != tables.end() &&
            std::ranges::find(found->functions, name) == found->functions.end()) {
            refuse_function(fmt::format("{}.{}", table, name), name, found->functions, where);
        }
    }
    for (const auto name : names.methods) {  // only texts have any
        const auto methods = text_methods();
        if (std::ranges::find(methods, name) == methods.end()) {
            refuse_function(fmt::format("x:{}", name), name, methods, where);
        }
    }
}

/// The attribute of that name. Throws where there is none, or none that can be seen.
AttributeId Evaluator::State::variable(std::string_view name, TypeId type,
                                       const Location& where) const {
    const auto id = schema.find_attribute(type, name);
    if (id && schema.attribute(id).type == Type::reference) {
        throw Error(ErrorCode::configuration,
                    fmt::format("{}: '{}' is a reference, which expressions cannot see",
                                describe(where), name),
                    "let the reference flow directly: target: source");
    }
    if (!id) {
        std::vector<std::string_view> known(library_names().begin(), library_names().end());
        for (const auto& attribute : schema.attributes(type)) {
            known.push_back(attribute.name);
        }
        throw Error(ErrorCode::configuration,
                    fmt::format("{}: unknown variable '{}': {} has no such attribute",
                                describe(where), name, schema.type(type).name),
                    suggest(name, known));
    }
    return id;
}

std::vector<AttributeId> Evaluator::State::fields(const ExpressionNames& names, TypeId type,
                                                  const Location& where) const {
    std::vector<AttributeId> ids;
    ids.reserve(names.attr_fields.size());
    for (const auto& field : names.attr_fields) {
        ids.push_back(variable(field.name, type, where));
    }
    if (names.attr_open) {
        ids.clear();
        for (const auto& attribute : schema.attributes(type)) {
            if (attribute.type != Type::reference) {
                ids.push_back(attribute.id);
            }
        }
    }
    return ids;
}

Parameter Evaluator::State::parameter(const ExpressionNames::Variable& used,
                                      const ExpressionNames& names, TypeId type, bool generates,
                                      const Location& where) const {
    // `n` is what the counter was called first; an attribute of that name goes before it.
    if (generates && (used.name == kCounterVariable ||
                      (used.name == "n" && !schema.find_attribute(type, used.name)))) {
        return {Parameter::Kind::number, {}, {}};
    }
    if (used.name == "attr") {
        return {Parameter::Kind::attributes, {}, fields(names, type, where)};
    }
    return {Parameter::Kind::attribute, variable(used.name, type, where), {}};
}

/// Compiles; first as an expression and, where it has a `return` of its own, as a chunk.
int Evaluator::State::load(const std::string& parameters, const Expression& expression,
                           bool returns) {
    std::string chunk = parameters + "return " + expression.source;
    bool loaded = sandbox.run(load_chunk, &chunk);
    if (!loaded && returns) {
        chunk = parameters + expression.source;
        loaded = sandbox.run(load_chunk, &chunk);
    }
    if (!loaded) {
        throw Error(ErrorCode::configuration, located(sandbox.message(), expression.where),
                    "docs/expressions.md says how expressions are written");
    }
    return static_cast<int>(lua_tointegerx(sandbox.lua(), -1, nullptr));
}

bool Evaluator::State::refuse(const Location& where, std::string_view message) {
    error.message = located(message, where);
    return false;
}

bool Evaluator::State::run(ExpressionId id, const Document& attributes, std::int64_t count) {
    MUSTER_ASSERT(id && id.value <= expressions.size(), "no expression {}", id.value);
    const auto& expression = expressions[id.value - 1];
    spelled.clear();
    Evaluation evaluation{expression, schema, attributes, count};
    return sandbox.evaluate(call_expression, &evaluation) ||
           refuse(expression.where, sandbox.message());
}

/// Takes one value from the stack, in the canonical text of the result's type.
bool Evaluator::State::take(const Location& where, int position, Type result,
                            std::vector<std::string_view>& values) {
    lua_State* lua = sandbox.lua();
    std::string_view text;
    switch (lua_type(lua, position)) {
        case LUA_TNIL:
            return true;
        case LUA_TBOOLEAN:
            if (lua_toboolean(lua, position) == 0 && result != Type::boolean) {
                return true;  // `condition and value` where the condition does not hold
            }
            if (result != Type::boolean) {
                return refuse(
                    where, fmt::format("it gives true, which is not {}", type_expectation(result)));
            }
            text = lua_toboolean(lua, position) != 0 ? "true" : "false";
            break;
        case LUA_TNUMBER: {
            const auto number = lua_tonumberx(lua, position, nullptr);
            int whole = 0;
            const auto integer = lua_tointegerx(lua, position, &whole);
            if (!std::isfinite(number)) {
                return refuse(where, "it gives a number that is not finite");
            }
            text = spelled.emplace_back(whole != 0 ? fmt::format("{}", integer)
                                                   : fmt::format("{}", number));
            break;
        }
        case LUA_TSTRING: {
            std::size_t length = 0;
            const char* bytes = lua_tolstring(lua, position, &length);
            text = {bytes, length};
            break;
        }
        default:
            return refuse(where, fmt::format("it gives a {}, which is no value",
                                             lua_typename(lua, lua_type(lua, position))));
    }
    std::string buffer;
    const auto value = canonical(result, text, buffer);
    if (!value) {
        constexpr std::size_t kShown = 100;
        return refuse(where, fmt::format("it gives \"{}\", which is not {}", text.substr(0, kShown),
                                         type_expectation(result)));
    }
    values.push_back(value->data() == buffer.data() ? spelled.emplace_back(*value) : *value);
    return true;
}

bool Evaluator::State::take_list(const Location& where, Type result,
                                 std::vector<std::string_view>& values) {
    lua_State* lua = sandbox.lua();
    const auto length = static_cast<lua_Integer>(lua_rawlen(lua, 1));
    lua_pushnil(lua);
    if (length == 0 && lua_next(lua, 1) != 0) {
        return refuse(where, "it gives a table with names in it, which is no list");
    }
    const auto before = values.size();
    for (lua_Integer i = 1; i <= length; ++i) {
        lua_rawgeti(lua, 1, i);
        if (!take(where, -1, result, values)) {
            values.resize(before);
            return false;
        }
        lua_pop(lua, 1);  // the list keeps it alive
    }
    return true;
}

Evaluator::Evaluator(const Schema& schema) : state_(std::make_unique<State>(schema)) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;

ExpressionId Evaluator::compile(const Expression& expression, TypeId type, bool generates) {
    const auto names = find_names(expression.source);
    if (names.empty) {
        throw Error(ErrorCode::configuration,
                    describe(expression.where) + ": the expression is empty",
                    "write a value, such as an attribute's name, or leave the entry out");
    }
    check_functions(names, expression.where);
    Compiled compiled{LUA_NOREF, {}, expression.where};
    std::string parameters;
    for (const auto& variable : names.variables) {
        if (std::ranges::binary_search(library_names(), variable.name)) {
            continue;
        }
        compiled.parameters.push_back(
            state_->parameter(variable, names, type, generates, expression.where));
        parameters += parameters.empty() ? "local " : ",";
        parameters += variable.name;
    }
    if (compiled.parameters.size() > kMostVariables) {
        throw Error(ErrorCode::configuration,
                    fmt::format("{}: the expression uses more than {} attributes",
                                describe(expression.where), kMostVariables),
                    "use attr[\"name\"] for some of them");
    }
    parameters += parameters.empty() ? "" : "=... ";
    compiled.function = state_->load(parameters, expression, names.returns);
    state_->expressions.push_back(std::move(compiled));
    return ExpressionId(static_cast<std::uint32_t>(state_->expressions.size()));
}

bool Evaluator::evaluate(ExpressionId expression, const Document& attributes, Type result,
                         std::vector<std::string_view>& values, std::int64_t count) {
    if (!state_->run(expression, attributes, count)) {
        return false;
    }
    const auto& where = state_->expressions[expression.value - 1].where;
    return lua_istable(state_->sandbox.lua(), 1) ? state_->take_list(where, result, values)
                                                 : state_->take(where, 1, result, values);
}

std::optional<bool> Evaluator::test(ExpressionId expression, const Document& attributes) {
    if (!state_->run(expression, attributes, 0)) {
        return std::nullopt;
    }
    return lua_toboolean(state_->sandbox.lua(), 1) != 0;
}

const ExpressionError& Evaluator::error() const {
    return state_->error;
}

}  // namespace muster
