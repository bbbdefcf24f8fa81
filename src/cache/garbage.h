#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace muster {

/// What has been unlinked and may still be read under a Pin. Guarded by whoever owns it; what
/// comes out is destroyed by the caller after letting go of its locks.
class Garbage {
 public:
    using Thing = std::unique_ptr<void, void (*)(void*)>;

    void add(void* thing, void (*free)(void*), std::size_t bytes) {
        fresh_.things.emplace_back(thing, free);
        fresh_.bytes += bytes;
        bytes_ += bytes;
    }
    template <class T>
    void add(T* thing, std::size_t bytes) {
        add(thing, [](void* p) { delete static_cast<T*>(p); }, bytes);
    }
    /// Moves what nobody can read any more to `free`. Cheap while there is little, unless told to
    /// look `now`.
    void sort_out(bool now, std::vector<Thing>& free);
    std::size_t bytes() const { return bytes_; }

 private:
    struct Batch {
        std::vector<Thing> things;
        std::size_t bytes = 0;
        std::uint64_t epoch = 0;  ///< in which the last of them was unlinked
    };
    Batch fresh_;
    std::deque<Batch> waiting_;
    std::size_t bytes_ = 0;
};

}  // namespace muster
