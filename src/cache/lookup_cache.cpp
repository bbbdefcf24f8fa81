#include "cache/lookup_cache.h"

#include <mutex>

#include "cache/epoch.h"

namespace muster {

void LookupCache::get(std::span<const Digest> digests, std::span<ObjectId> ids, const Load& load,
                      CommitNumber at_least) {
    std::vector<std::size_t> missing;
    std::uint64_t seen = 0;
    const bool open = usable(at_least);
    if (open) {
        probe(digests, ids, missing, seen);
    } else {
        CacheTally::add(tally_.closed, digests.size());
        for (std::size_t i = 0; i < digests.size(); ++i)
            missing.push_back(i);
    }
    if (missing.empty())
        return;
    std::vector<ObjectId> loaded(missing.size());
    CacheTally::add(tally_.loads);
    try {
        load(missing, loaded);
    } catch (...) {
        CacheTally::add(tally_.load_errors);
        throw;
    }
    for (std::size_t i = 0; i < missing.size(); ++i)
        ids[missing[i]] = loaded[i];
    if (open)
        keep(digests, missing, loaded, seen);
}

void LookupCache::probe(std::span<const Digest> digests, std::span<ObjectId> ids,
                        std::vector<std::size_t>& missing, std::uint64_t& seen) const {
    const std::shared_lock lock(mutex_);
    seen = changes_.load();
    const std::uint64_t generation = generation_.load();
    const bool whole = complete_.load() == generation;
    const bool empty = map_generation_ != generation;
    for (std::size_t i = 0; i < digests.size(); ++i) {
        const auto found = empty ? map_.end() : map_.find(digests[i]);
        ids[i] = found == map_.end() ? ObjectId{} : found->second;
        if (found != map_.end())
            tally_.hits.add(reader_number());
        else if (whole)
            CacheTally::add(tally_.negative_hits);
        else
            missing.push_back(i);
    }
    CacheTally::add(tally_.misses, missing.size());
}

void LookupCache::keep(std::span<const Digest> digests, std::span<const std::size_t> places,
                       std::span<const ObjectId> ids, std::uint64_t seen) {
    const std::unique_lock lock(mutex_);
    if (seen != changes_.load()) {
        CacheTally::add(tally_.dropped_fills, places.size());
        return;
    }
    for (std::size_t i = 0; i < places.size(); ++i)
        if (ids[i] && !add({digests[places[i]], ids[i]}))
            CacheTally::add(tally_.refused);
}

bool LookupCache::add(const Key& key) {
    if (const std::uint64_t generation = generation_.load(); map_generation_ != generation) {
        Map().swap(map_);
        map_generation_ = generation;
    }
    if ((map_.size() + 1) * kEntryBytes > budget_bytes_)
        return false;
    map_.insert_or_assign(key.digest, key.id);
    return true;
}

bool LookupCache::warm(const LoadAll& load_all) {
    const std::uint64_t generation = generation_.load();
    const std::uint64_t seen = changes_.load();
    Map all;
    bool fits = true;
    CacheTally::add(tally_.loads);
    load_all([&](const Key& key) {
        fits = fits && (all.size() + 1) * kEntryBytes <= budget_bytes_;
        if (fits)
            all.insert_or_assign(key.digest, key.id);
    });
    if (!fits) {
        CacheTally::add(tally_.refused);
        return false;
    }
    const std::unique_lock lock(mutex_);
    if (generation != generation_.load() || seen != changes_.load()) {
        CacheTally::add(tally_.dropped_fills);
        return true;
    }
    map_.swap(all);  // the old one ends after the lock
    map_generation_ = generation;
    complete_.store(generation);
    return true;
}

void LookupCache::change(std::span<const Key> removed, std::span<const Key> added) {
    const std::unique_lock lock(mutex_);
    changes_.fetch_add(1);
    CacheTally::add(tally_.invalidations, removed.size() + added.size());
    for (const Key& key : removed)
        if (const auto found = map_.find(key.digest);
            found != map_.end() && found->second == key.id)
            map_.erase(found);
    for (const Key& key : added) {
        if (add(key))
            continue;
        complete_.store(0);
        map_.erase(key.digest);
        CacheTally::add(tally_.refused);
    }
}

void LookupCache::clear() noexcept {
    generation_.fetch_add(1);
    changes_.fetch_add(1);
    CacheTally::add(tally_.clears);
}

CacheCounters LookupCache::counters() const {
    CacheCounters counters = tally_.read();
    const std::shared_lock lock(mutex_);
    counters.entries = map_generation_ == generation_.load() ? map_.size() : 0;
    counters.bytes = map_.bucket_count() * sizeof(Map::value_type) + map_.bucket_count() / 15 * 16;
    return counters;
}

}  // namespace muster
