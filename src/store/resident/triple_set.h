#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace muster::resident {

/// Three numbers, none negative: a link, a join, or a place in a list.
struct Triple {
    std::int64_t first = 0;
    std::uint16_t middle = 0;
    std::int64_t last = 0;
    friend auto operator<=>(const Triple&, const Triple&) = default;
};

/// A triple to be added to a set or taken out of it.
struct TripleChange {
    Triple triple;
    bool add = true;
};

/// An ordered set of triples in three to six bytes each: sorted, cut into chunks, and within a
/// chunk each triple is what distinguishes it from the one before. Made for changes in bulk; a
/// single one costs the decoding of a chunk.
class TripleSet {
    struct Chunk {
        std::unique_ptr<char[]> bytes;
        std::uint32_t size = 0;   // of bytes
        std::uint32_t count = 0;  // of triples
    };
    using Chunks = std::map<Triple, Chunk>;  // by what no triple of the chunk is below

 public:
    TripleSet();

    /// Makes the changes, whatever their order; of several of one triple the last one counts.
    /// Leaves `changes` empty. Adding what is there and removing what is not changes nothing.
    void apply(std::vector<TripleChange>& changes);

    std::size_t size() const { return size_; }
    /// Memory held, with what the allocator adds.
    std::size_t bytes() const;

    /// Reads a set that does not change meanwhile. Keeps the chunk it read last, so that places
    /// asked for in ascending order cost little.
    class Reader {
     public:
        explicit Reader(const TripleSet& set) : set_(set) {}

        /// Calls `take` for the triples from `from` on, ascending, until it returns false.
        template <class F>
        void from(const Triple& from, F&& take) {
            seek(from);
            do {
                for (; at_ < triples_.size(); ++at_) {
                    if (!take(triples_[at_])) {
                        return;
                    }
                }
            } while (next_chunk());
        }
        bool contains(const Triple& triple);

     private:
        void seek(const Triple& from);
        void load(Chunks::const_iterator chunk);
        bool next_chunk();

        const TripleSet& set_;
        Chunks::const_iterator chunk_;
        std::vector<Triple> triples_;  // of that chunk
        std::size_t at_ = 0;
        bool loaded_ = false;
    };

 private:
    /// Merges changes that all belong into one chunk.
    void merge(Chunks::iterator chunk, std::span<const TripleChange> changes);
    /// Replaces what a chunk holds, cutting it where it grew too large.
    void store(Chunks::iterator chunk, std::span<const Triple> triples);
    void encode(Chunks::iterator chunk, std::span<const Triple> triples);
    static void decode(const Triple& base, const Chunk& chunk, std::vector<Triple>& triples);

    Chunks chunks_;  // never empty; the first one begins at zero
    std::size_t size_ = 0;
    std::size_t encoded_bytes_ = 0;
    // Kept for their capacity
    std::vector<Triple> before_;
    std::vector<Triple> after_;
    std::string encoded_;
};

}  // namespace muster::resident
