#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

struct lua_State;
struct lua_Debug;

namespace muster {

/// What a helper function of an expression gives: nothing, or a value that becomes Lua's.
using HelperValue =
    std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>>;

/// A Lua state that can neither run long nor grow large, and in which nothing survives an
/// evaluation.
///
/// Every evaluation has limits::kExpressionInstructions steps. A step is one instruction of the Lua
/// machine, kBytesPerStep bytes of memory asked for, or what a helper function is charged for; so
/// that work done in C, where instructions are not counted, is paid for as well. The collector
/// stands still during an evaluation: the same evaluation always takes the same steps.
///
/// Lua is compiled as C and unwinds with longjmp: between a call into Lua that may fail and the
/// protected call around it no object with a destructor may be alive. What must outlive such a call
/// is kept in `scratch`.
class Sandbox {
 public:
    Sandbox();
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    lua_State* lua() const { return lua_; }
    /// The sandbox a Lua state belongs to.
    static Sandbox& of(lua_State* lua);

    using Body = int (*)(lua_State*);
    /// Calls body(lua) with `argument` as light userdata, protected, on an empty stack. Its one
    /// result stays on the stack until the next run. False: see message().
    [[nodiscard]] bool run(Body body, void* argument);
    /// The same with steps counted.
    [[nodiscard]] bool evaluate(Body body, void* argument);
    /// Of the run that failed: Lua's words, a place first if Lua knows it ("expression:2: …").
    const std::string& message() const { return message_; }

    /// Takes steps from the evaluation; raises a Lua error where none are left.
    void charge(std::size_t steps);

    HelperValue scratch;

 private:
    static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
    static void count(lua_State* lua, lua_Debug* event);
    void collect();

    lua_State* lua_ = nullptr;
    std::size_t heap_bytes_ = 0;
    std::size_t collected_bytes_ = 0;  ///< heap after the last collection
    std::int64_t steps_left_ = 0;
    bool counting_ = false;
    std::string message_;
};

}  // namespace muster
