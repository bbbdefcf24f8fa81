#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "base/error.h"
#include "cache/garbage.h"

namespace muster {

/// A hash table of pointers to nodes: any number of readers under a Pin and without a lock, one
/// writer at a time. A reader may miss a node that is being moved, never see a wrong one: the
/// caller's `matches` decides. The packaged concurrent maps were not used because a hit in them
/// takes a lock or writes a counter that all readers share.
///
/// A slot is one word, the node's address below 16 bits of its hash, so that a probe seldom touches
/// a node in vain. Linear probing, at most two thirds full.
template <class Node>
class Index {
 public:
    Index() : table_(new Table(kLeastSlots)) {}
    ~Index() { delete table_.load(); }
    Index(const Index&) = delete;
    Index& operator=(const Index&) = delete;

    template <class Matches>
    Node* find(std::size_t hash, const Matches& matches) const {
        const std::uint64_t mixed = mix(hash);
        const Table& table = *table_.load(std::memory_order_acquire);
        for (std::size_t i = mixed >> table.shift;; i = (i + 1) & table.mask) {
            const std::uint64_t word = table.slots[i].load(std::memory_order_acquire);
            if (word == kEmpty)
                return nullptr;
            if ((word >> kAddressBits) == (mixed & kTagMask) && word != kErased) {
                Node* node = node_of(word);
                if (matches(*node)) [[likely]]
                    return node;
            }
        }
    }

    /// `hash_of(node)` gives the hash a node was inserted with. What a growing table leaves behind
    /// goes to `garbage`.
    template <class HashOf>
    void insert(std::size_t hash, Node& node, const HashOf& hash_of, Garbage& garbage) {
        if ((table_.load()->used + 1) * 3 > table_.load()->size() * 2)
            rebuild(hash_of, garbage);
        place(*table_.load(), hash, node);
        ++live_;
    }

    void erase(std::size_t hash, const Node& node) {
        Table& table = *table_.load();
        const std::uint64_t mixed = mix(hash);
        for (std::size_t i = mixed >> table.shift;; i = (i + 1) & table.mask) {
            const std::uint64_t word = table.slots[i].load(std::memory_order_relaxed);
            if (word == kEmpty)
                return;
            if (word != kErased && node_of(word) == &node) {
                const bool last = table.slots[(i + 1) & table.mask].load() == kEmpty;
                table.slots[i].store(last ? kEmpty : kErased, std::memory_order_release);
                table.used -= last ? 1u : 0u;
                --live_;
                return;
            }
        }
    }

    std::size_t bytes() const { return table_.load()->bytes(); }

 private:
    static constexpr std::size_t kLeastSlots = 64;
    static constexpr unsigned kAddressBits = 48;
    static constexpr std::uint64_t kTagMask = 0xffff;
    static constexpr std::uint64_t kEmpty = 0;
    static constexpr std::uint64_t kErased = 1;

    struct Table {
        explicit Table(std::size_t size)
            : slots(new std::atomic<std::uint64_t>[size]()),
              mask(size - 1),
              shift(64u - static_cast<unsigned>(std::countr_zero(size))) {}
        std::size_t size() const { return mask + 1; }
        std::size_t bytes() const { return size() * sizeof(slots[0]); }
        std::unique_ptr<std::atomic<std::uint64_t>[]> slots;
        std::size_t mask;
        unsigned shift;
        std::size_t used = 0;  ///< slots that are not empty; the writer's
    };

    /// The upper bits choose the slot, the lower ones are the tag.
    static std::uint64_t mix(std::uint64_t hash) {
        return (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15u;
    }
    static Node* node_of(std::uint64_t word) {
        // A slot holds the address and the tag in one word, to be exchanged at once.
        // NOLINTNEXTLINE(performance-no-int-to-ptr)
        return reinterpret_cast<Node*>(word & ((std::uint64_t{1} << kAddressBits) - 1));
    }

    static void place(Table& table, std::size_t hash, Node& node) {
        const auto address = reinterpret_cast<std::uint64_t>(&node);
        MUSTER_ASSERT(address >> kAddressBits == 0, "an address of more than 48 bits: {:x}",
                      address);
        const std::uint64_t mixed = mix(hash);
        std::size_t i = mixed >> table.shift;
        while (table.slots[i].load(std::memory_order_relaxed) > kErased)
            i = (i + 1) & table.mask;
        table.used += table.slots[i].load(std::memory_order_relaxed) == kEmpty ? 1u : 0u;
        table.slots[i].store(address | (mixed & kTagMask) << kAddressBits,
                             std::memory_order_release);
    }

    template <class HashOf>
    void rebuild(const HashOf& hash_of, Garbage& garbage) {
        Table* old = table_.load();
        auto grown = std::make_unique<Table>(std::max(kLeastSlots, std::bit_ceil(live_ * 3)));
        for (std::size_t i = 0; i < old->size(); ++i) {
            const std::uint64_t word = old->slots[i].load(std::memory_order_relaxed);
            if (word > kErased)
                place(*grown, hash_of(*node_of(word)), *node_of(word));
        }
        table_.store(grown.release(), std::memory_order_release);
        garbage.add(old, old->bytes());
    }

    std::atomic<Table*> table_;
    std::size_t live_ = 0;
};

}  // namespace muster
