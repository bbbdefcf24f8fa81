#include "store/resident/triple_set.h"

#include <algorithm>
#include <cstring>

#include "store/resident/memory_cost.h"
#include "store/resident/varint.h"

namespace muster::resident {
namespace {

constexpr std::size_t kChunkTriples = 128;  // most
constexpr std::size_t kSmallChunk = 32;     // below that it is joined with the next, if both fit

// The first number of an encoded triple holds in its lowest bits which of the three differ first
// from the triple before, and above them by how much. What comes after is as it is.
enum Differs : std::uint64_t { kInLast = 0, kInMiddle = 1, kInFirst = 2 };

void encode_after(const Triple& before, const Triple& triple, std::string& out) {
    const auto head = [&](std::int64_t by, Differs where) {
        put_varint(out, static_cast<std::uint64_t>(by) << 2 | where);
    };
    if (triple.first != before.first) {
        head(triple.first - before.first, kInFirst);
        put_varint(out, triple.middle);
        put_varint(out, static_cast<std::uint64_t>(triple.last));
    } else if (triple.middle != before.middle) {
        head(triple.middle - before.middle, kInMiddle);
        put_varint(out, static_cast<std::uint64_t>(triple.last));
    } else {
        head(triple.last - before.last, kInLast);
    }
}

Triple decode_after(Triple triple, const char*& at) {
    const std::uint64_t head = get_varint(at);
    const auto by = static_cast<std::int64_t>(head >> 2);
    switch (head & 3) {
        case kInLast:
            triple.last += by;
            return triple;
        case kInMiddle:
            triple.middle = static_cast<std::uint16_t>(triple.middle + by);
            break;
        default:
            triple.first += by;
            triple.middle = static_cast<std::uint16_t>(get_varint(at));
            break;
    }
    triple.last = static_cast<std::int64_t>(get_varint(at));
    return triple;
}

}  // namespace

TripleSet::TripleSet() {
    chunks_.emplace(Triple{}, Chunk{});
    encoded_bytes_ = heap_cost(0);
}

void TripleSet::decode(const Triple& base, const Chunk& chunk, std::vector<Triple>& triples) {
    triples.resize(chunk.count);
    const char* at = chunk.bytes.get();
    Triple triple = base;
    for (Triple& next : triples) {
        next = triple = decode_after(triple, at);
    }
}

void TripleSet::encode(Chunks::iterator place, std::span<const Triple> triples) {
    encoded_.clear();
    const Triple* before = &place->first;
    for (const Triple& triple : triples) {
        encode_after(*before, triple, encoded_);
        before = &triple;
    }
    Chunk& chunk = place->second;
    encoded_bytes_ -= heap_cost(chunk.size);
    size_ -= chunk.count;
    if (chunk.size != encoded_.size()) {
        chunk.bytes = std::make_unique_for_overwrite<char[]>(encoded_.size());
        chunk.size = static_cast<std::uint32_t>(encoded_.size());
    }
    std::memcpy(chunk.bytes.get(), encoded_.data(), encoded_.size());
    chunk.count = static_cast<std::uint32_t>(triples.size());
    encoded_bytes_ += heap_cost(chunk.size);
    size_ += chunk.count;
}

void TripleSet::store(Chunks::iterator place, std::span<const Triple> triples) {
    const std::size_t pieces = (triples.size() + kChunkTriples - 1) / kChunkTriples;
    if (pieces == 0) {
        encode(place, {});
        if (place != chunks_.begin()) {
            encoded_bytes_ -= heap_cost(0);
            chunks_.erase(place);
        }
        return;
    }
    for (std::size_t piece = pieces; piece-- > 0;) {  // backwards: the first stays where it is
        const std::size_t begin = triples.size() * piece / pieces;
        const std::size_t end = triples.size() * (piece + 1) / pieces;
        auto target = place;
        if (piece > 0) {
            target = chunks_.emplace_hint(std::next(place), triples[begin], Chunk{});
            encoded_bytes_ += heap_cost(0);
        }
        encode(target, triples.subspan(begin, end - begin));
    }
}

void TripleSet::merge(Chunks::iterator place, std::span<const TripleChange> changes) {
    decode(place->first, place->second, before_);
    after_.clear();
    auto old = before_.begin();
    for (const TripleChange& change : changes) {
        const auto upto = std::lower_bound(old, before_.end(), change.triple);
        after_.insert(after_.end(), old, upto);
        old = upto;
        if (old != before_.end() && *old == change.triple) {
            ++old;
        }
        if (change.add) {
            after_.push_back(change.triple);
        }
    }
    after_.insert(after_.end(), old, before_.end());
    const auto next = std::next(place);
    if (after_.size() < kSmallChunk && next != chunks_.end() &&
        after_.size() + next->second.count <= kChunkTriples / 2) {
        decode(next->first, next->second, before_);
        after_.insert(after_.end(), before_.begin(), before_.end());
        store(next, {});
    }
    store(place, after_);
}

void TripleSet::apply(std::vector<TripleChange>& changes) {
    std::ranges::stable_sort(changes, {}, &TripleChange::triple);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (i + 1 == changes.size() || changes[i].triple != changes[i + 1].triple) {
            changes[kept++] = changes[i];
        }
    }
    changes.resize(kept);
    for (auto first = changes.begin(); first != changes.end();) {
        const auto above = chunks_.upper_bound(first->triple);
        const auto end = above == chunks_.end()
                             ? changes.end()
                             : std::ranges::lower_bound(first, changes.end(), above->first, {},
                                                        &TripleChange::triple);
        merge(std::prev(above), {first, end});
        first = end;
    }
    changes.clear();
}

std::size_t TripleSet::bytes() const {
    constexpr std::size_t kTreeNode = 4 * sizeof(void*);  // what std::map adds to a chunk
    return sizeof(*this) + encoded_bytes_ +
           chunks_.size() * heap_cost(sizeof(Chunks::value_type) + kTreeNode);
}

void TripleSet::Reader::load(Chunks::const_iterator chunk) {
    chunk_ = chunk;
    loaded_ = true;
    decode(chunk->first, chunk->second, triples_);
}

void TripleSet::Reader::seek(const Triple& from) {
    const bool inside =
        loaded_ && chunk_->first <= from && !triples_.empty() && from <= triples_.back();
    if (!inside) {
        load(std::prev(set_.chunks_.upper_bound(from)));
    }
    at_ = static_cast<std::size_t>(std::ranges::lower_bound(triples_, from) - triples_.begin());
}

bool TripleSet::Reader::next_chunk() {
    if (std::next(chunk_) == set_.chunks_.end()) {
        return false;
    }
    load(std::next(chunk_));
    at_ = 0;
    return true;
}

bool TripleSet::Reader::contains(const Triple& triple) {
    seek(triple);
    return at_ < triples_.size() && triples_[at_] == triple;
}

}  // namespace muster::resident
