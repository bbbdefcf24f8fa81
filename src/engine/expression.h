#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/configuration.h"
#include "model/document.h"
#include "model/schema.h"

namespace muster {

/// Why an expression gave no answer: the Lua message with file, line and the expression's name.
struct ExpressionError {
    std::string message;
};

/// The variable that counts the tries in expressions that generate values.
inline constexpr std::string_view kCounterVariable = "count";

/// A compiled expression of one Evaluator.
using ExpressionId = Id<struct ExpressionTag, std::uint32_t>;

/// Compiles and evaluates the Lua 5.4 expressions of a configuration over the attributes of one
/// object at a time. Sandboxed: text and arithmetic, `text`, `dn`, `date`, `list` helpers
/// (docs/expressions.md), no I/O, no os, no load, no state kept between evaluations; at most
/// limits::kExpressionInstructions per evaluation and limits::kExpressionBytes of memory.
/// Deterministic: the same attributes give the same result. One Evaluator belongs to one thread.
class Evaluator {
 public:
    explicit Evaluator(const Schema& schema);
    ~Evaluator();
    Evaluator(Evaluator&&) noexcept;

    /// Compiles `expression` (a Lua expression, or a chunk with `return`) over attributes of
    /// `type`. Attributes appear as variables: nil where absent; text, decimal, datetime, guid,
    /// binary as string; integer and boolean as such; multi-valued ones always as a list, empty
    /// where absent. Names that are no identifiers: attr["…"]. Where it `generates` values, the
    /// variable `count` is the number of evaluate(), whether or not an attribute is called so.
    /// Throws Error(configuration) with location and cure where it does not compile or names an
    /// unknown variable.
    ExpressionId compile(const Expression& expression, TypeId type, bool generates = false);

    /// Evaluates; appends the result's values as canonical text of `result` type to `values` (nil:
    /// none; a list: each). Views stay valid until the next call. False: see error(). `count`
    /// as the expression sees it.
    [[nodiscard]] bool evaluate(ExpressionId expression, const Document& attributes, Type result,
                                std::vector<std::string_view>& values, std::int64_t count = 0);
    /// Evaluates as a condition by Lua's truth: nil and false are false. Nothing: see error().
    [[nodiscard]] std::optional<bool> test(ExpressionId expression, const Document& attributes);

    /// Of the last evaluation that failed.
    const ExpressionError& error() const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace muster
