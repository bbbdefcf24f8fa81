#include "engine/sandbox.h"

#include <fmt/format.h>

#include <cstdlib>
#include <lua.hpp>

#include "base/error.h"
#include "base/limits.h"

namespace muster {

namespace {

constexpr std::size_t kBytesPerStep = 64;
constexpr int kStepsPerHook = 1'000;
/// Collecting more rarely costs memory, more often time.
constexpr std::size_t kGarbageBytes = 1u << 20;

}  // namespace

Sandbox::Sandbox() {
    lua_ = lua_newstate(allocate, this);  // allocates already: the members must stand
    MUSTER_ASSERT(lua_ != nullptr, "no memory for an empty Lua state");
    lua_gc(lua_, LUA_GCSTOP);
}

Sandbox::~Sandbox() {
    counting_ = false;
    lua_close(lua_);
}

Sandbox& Sandbox::of(lua_State* lua) {
    void* self = nullptr;
    lua_getallocf(lua, &self);
    return *static_cast<Sandbox*>(self);
}

void* Sandbox::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
    auto& sandbox = *static_cast<Sandbox*>(self);
    const std::size_t before =
        block == nullptr ? 0 : old_size;  // else old_size says what it is for
    if (new_size == 0) {
        std::free(block);
        sandbox.heap_bytes_ -= before;
        return nullptr;
    }
    if (new_size > before) {
        if (sandbox.heap_bytes_ - before + new_size > limits::kExpressionBytes) {
            return nullptr;
        }
        if (sandbox.counting_) {
            sandbox.steps_left_ -= static_cast<std::int64_t>(new_size / kBytesPerStep);
            if (sandbox.steps_left_ < 0) {
                return nullptr;
            }
        }
    }
    void* moved = std::realloc(block, new_size);
    if (moved == nullptr) {
        return new_size <= before ? block : nullptr;  // Lua relies on shrinking to succeed
    }
    sandbox.heap_bytes_ = sandbox.heap_bytes_ - before + new_size;
    return moved;
}

void Sandbox::charge(std::size_t steps) {
    steps_left_ -= static_cast<std::int64_t>(steps);
    if (counting_ && steps_left_ < 0) {
        luaL_error(lua_, "too many steps");
    }
}

void Sandbox::count(lua_State* lua, lua_Debug* /*event*/) {
    of(lua).charge(kStepsPerHook);
}

void Sandbox::collect() {
    if (heap_bytes_ > collected_bytes_ + kGarbageBytes) {
        lua_gc(lua_, LUA_GCCOLLECT);
        collected_bytes_ = heap_bytes_;
    }
}

bool Sandbox::run(Body body, void* argument) {
    lua_settop(lua_, 0);
    collect();
    lua_pushcfunction(lua_, body);
    lua_pushlightuserdata(lua_, argument);
    const int status = lua_pcall(lua_, 1, 1, 0);
    if (status == LUA_OK) {
        return true;
    }
    const char* words = lua_type(lua_, -1) == LUA_TSTRING ? lua_tostring(lua_, -1) : nullptr;
    if (counting_ && steps_left_ < 0) {
        message_ = fmt::format("it takes more than {} steps, or handles too much text",
                               limits::kExpressionInstructions);
    } else if (status == LUA_ERRMEM) {
        message_ =
            fmt::format("it needs more than {} MB of memory", limits::kExpressionBytes >> 20);
    } else {
        message_ = words != nullptr ? words : "it failed without a message";
    }
    return false;
}

bool Sandbox::evaluate(Body body, void* argument) {
    steps_left_ = limits::kExpressionInstructions;
    counting_ = true;
    lua_sethook(lua_, count, LUA_MASKCOUNT, kStepsPerHook);
    const bool good = run(body, argument);
    counting_ = false;
    return good;
}

}  // namespace muster
