#include "store/resident/object_table.h"

#include <cstring>

#include "store/resident/memory_cost.h"
#include "store/resident/packed_object.h"

namespace muster::resident {

void ObjectTable::put(ObjectId id, std::string_view packed) {
    auto& page = pages_[id.value / kPage];
    if (!page) {
        page = std::make_unique<Page>();
    }
    auto& bytes = page->slots[slot(id)];
    if (bytes) {
        packed_bytes_ -= heap_cost(resident::packed_bytes(bytes.get()).size());
    } else {
        ++page->used;
        ++size_;
    }
    bytes = std::make_unique_for_overwrite<char[]>(packed.size());
    std::memcpy(bytes.get(), packed.data(), packed.size());
    packed_bytes_ += heap_cost(packed.size());
}

void ObjectTable::erase(ObjectId id) {
    const auto page = pages_.find(id.value / kPage);
    if (page == pages_.end() || !page->second->slots[slot(id)]) {
        return;
    }
    auto& bytes = page->second->slots[slot(id)];
    packed_bytes_ -= heap_cost(resident::packed_bytes(bytes.get()).size());
    bytes.reset();
    --size_;
    if (--page->second->used == 0) {
        pages_.erase(page);
    }
}

std::size_t ObjectTable::bytes() const {
    return packed_bytes_ + pages_.size() * heap_cost(sizeof(Page)) + flat_table_cost(pages_);
}

}  // namespace muster::resident
