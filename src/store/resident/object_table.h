#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <string_view>

#include "base/ids.h"

namespace muster::resident {

/// Packed objects by id. Ids are handed out in sequence, so pages of pointers hold them; an object
/// costs a pointer beside its bytes.
class ObjectTable {
 public:
    /// Null where there is none. Valid until that object is put or erased.
    const char* find(ObjectId id) const {
        const auto page = pages_.find(id.value / kPage);
        return page == pages_.end() ? nullptr : page->second->slots[slot(id)].get();
    }
    /// Adds or replaces an object by what pack() wrote; copies it.
    void put(ObjectId id, std::string_view packed);
    void erase(ObjectId id);

    /// Calls `f(id, packed)` for each object, in no order.
    template <class F>
    void each(F&& f) const {
        for (const auto& [number, page] : pages_) {
            for (std::int64_t i = 0; i < kPage; ++i) {
                if (const char* const packed = page->slots[static_cast<std::size_t>(i)].get()) {
                    f(ObjectId(number * kPage + i), packed);
                }
            }
        }
    }

    std::size_t size() const { return size_; }
    /// Memory held, with what the allocator adds.
    std::size_t bytes() const;

 private:
    static constexpr std::int64_t kPage = 1'024;  // ids
    struct Page {
        std::array<std::unique_ptr<char[]>, kPage> slots;
        std::size_t used = 0;
    };
    static std::size_t slot(ObjectId id) { return static_cast<std::size_t>(id.value % kPage); }

    boost::unordered_flat_map<std::int64_t, std::unique_ptr<Page>> pages_;
    std::size_t size_ = 0;
    std::size_t packed_bytes_ = 0;
};

}  // namespace muster::resident
