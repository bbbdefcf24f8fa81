#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cache/eviction.h"

namespace muster {

/// An object with what a cache has to know of it in front of it, so that a hit touches one place.
template <class Value>
struct Cached : Queued {
    explicit Cached(Value&& v) : value(std::move(v)) {}

    /// The generation of the cache it may answer in; 0: none.
    std::atomic<std::uint64_t> life{0};
    const Value value;

    static void release(void* cached) {
        auto* self = static_cast<Cached*>(cached);
        if (self->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete self;
    }
};

/// Shares in the ownership of an immutable object; may be none. Half the size of a shared_ptr, and
/// the object, its count and its place in the cache are one allocation.
template <class Value>
class Shared {
 public:
    Shared() = default;
    Shared(std::nullptr_t) {}  // NOLINT(google-explicit-constructor)
    /// Adds an owner.
    explicit Shared(Cached<Value>& cached) : cached_(&cached) {
        cached_->owners.fetch_add(1, std::memory_order_relaxed);
    }
    Shared(const Shared& other) : cached_(other.cached_) {
        if (cached_ != nullptr)
            cached_->owners.fetch_add(1, std::memory_order_relaxed);
    }
    Shared(Shared&& other) noexcept : cached_(std::exchange(other.cached_, nullptr)) {}
    Shared& operator=(Shared other) noexcept {
        std::swap(cached_, other.cached_);
        return *this;
    }
    ~Shared() {
        if (cached_ != nullptr)
            Cached<Value>::release(cached_);
    }

    static Shared make(Value&& value) { return Shared(*new Cached<Value>(std::move(value))); }

    explicit operator bool() const { return cached_ != nullptr; }
    const Value* get() const { return cached_ != nullptr ? &cached_->value : nullptr; }
    const Value& operator*() const { return cached_->value; }
    const Value* operator->() const { return &cached_->value; }
    Cached<Value>* cached() const { return cached_; }
    friend bool operator==(const Shared& a, const Shared& b) = default;  ///< the same one
    friend bool operator==(const Shared& a, std::nullptr_t) { return a.cached_ == nullptr; }

 private:
    Cached<Value>* cached_ = nullptr;
};

}  // namespace muster
