#pragma once

// Definitions of cache/entity_cache.h, which includes this at its end.

#include "cache/entity_cache.h"

namespace muster {

template <class Traits>
EntityCache<Traits>::~EntityCache() {
    for (Queued* entry = queue_.oldest(); entry != nullptr; entry = queue_.oldest()) {
        queue_.remove(*entry);
        Entry::release(static_cast<Entry*>(entry));
    }
}

template <class Traits>
template <class By>
auto EntityCache<Traits>::probe(const typename By::Key& key) const -> Entry* {
    const std::uint64_t generation = generation_.load(std::memory_order_acquire);
    return access<By>().index.find(By::hash(key), [&](const Entry& entry) {
        return By::of(entry.value) == key && valid(entry, generation);
    });
}

// Reading

template <class Traits>
template <class By>
auto EntityCache<Traits>::get(const typename By::Key& key, CommitNumber at_least) -> Handle {
    {
        const Reader reader(*this, at_least);
        if (Handle hit = reader.template share<By>(key))
            return hit;
    }
    Handle handle;
    const typename By::Owned owned(key);
    if (usable(at_least))
        fetch<By>({&owned, 1}, {&handle, 1}, options_.keep != Keep::nothing);
    else
        pass_by<By>({&owned, 1}, {&handle, 1});
    return handle;
}

template <class Traits>
template <class By>
void EntityCache<Traits>::get_many(std::span<const typename By::Owned> keys, Rows& handles,
                                   CommitNumber at_least) {
    handles.assign(keys.size(), {});
    std::vector<std::size_t> places;
    std::vector<typename By::Owned> missing;
    {
        const Reader reader(*this, at_least);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            handles[i] = reader.template share<By>(keys[i]);
            if (!handles[i]) {
                places.push_back(i);
                missing.push_back(keys[i]);
            }
        }
    }
    if (missing.empty())
        return;
    Rows loaded(missing.size());
    if (usable(at_least))
        fetch<By>(missing, loaded, options_.keep == Keep::entities);
    else
        pass_by<By>(missing, loaded);
    for (std::size_t i = 0; i < places.size(); ++i)
        handles[places[i]] = std::move(loaded[i]);
}

template <class Traits>
template <class By, class Use>
bool EntityCache<Traits>::with(const typename By::Key& key, const Use& use) {
    {
        const Reader reader(*this, {});
        if (const Value* hit = reader.template find<By>(key)) {
            use(*hit);
            return true;
        }
    }
    const Handle handle = get<By>(key);
    if (handle != nullptr)
        use(*handle);
    return handle != nullptr;
}

template <class Traits>
auto EntityCache<Traits>::all(CommitNumber at_least) -> std::shared_ptr<const Rows> {
    const bool open = usable(at_least);
    if (!open || options_.keep != Keep::entities) {
        CacheTally::add(tally_.closed, open ? 0 : 1);
        CacheTally::add(tally_.loads);
        return ask_all();
    }
    {
        const Pin pin;
        if (const auto* hit = all_.find(pin))
            return *hit;
    }
    bool whole = true;
    return all_.get([&] { return load_all(whole); }, [&](const Rows&) { return whole; });
}

template <class Traits>
CacheCounters EntityCache<Traits>::counters() const {
    CacheCounters counters = tally_.read();
    const std::lock_guard lock(mutex_);
    counters.entries = queue_.count();
    counters.retired_bytes = garbage_.bytes();
    counters.bytes = queue_.bytes() + garbage_.bytes() + table_bytes();
    return counters;
}

// Loading

/// Loads what is not there yet; what another thread is loading already is waited for instead.
template <class Traits>
template <class By>
void EntityCache<Traits>::fetch(std::span<const typename By::Owned> keys, std::span<Handle> handles,
                                bool keep) {
    Lease<Id> lease(0);
    Load<By> load;
    std::vector<Wait<By>> waits;
    sort<By>(keys, handles, load, waits, lease);
    if (!load.keys.empty())
        run<By>(load, lease, handles, keep);
    for (const Wait<By>& wait : waits) {
        if (wait.flight->wait(limits::kCacheWait, handles[wait.place]))
            continue;
        CacheTally::add(tally_.waits_given_up);
        handles[wait.place] = ask<By>({&wait.key, 1}).front();
    }
}

/// One look under the lock at each key. Where anything is to be loaded, the lease is out after it.
template <class Traits>
template <class By>
void EntityCache<Traits>::sort(std::span<const typename By::Owned> keys, std::span<Handle> handles,
                               Load<By>& load, std::vector<Wait<By>>& waits, Lease<Id>& lease) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t generation = generation_.load();
    Access<By>& by = access<By>();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (Entry* entry = probe<By>(keys[i])) {  // it came meanwhile
            tally_.hits.add(reader_number());
            handles[i] = Handle(*entry);
        } else if (by.absent.contains(keys[i], generation)) {
            CacheTally::add(tally_.negative_hits);
        } else if (!join<By>(keys[i], i, waits)) {
            load.keys.push_back(keys[i]);
            load.places.push_back(i);
            load.flights.push_back(std::make_shared<Flight<Handle>>());
            by.pending.push_back({keys[i], &lease, load.flights.back()});
        }
    }
    CacheTally::add(tally_.misses, load.keys.size() + waits.size());
    if (!load.keys.empty()) {
        lease = Lease<Id>(generation);
        leases_.push_back(&lease);
    }
}

/// Only a load that nothing has overtaken may be waited for: who comes after a change must see it.
template <class Traits>
template <class By>
bool EntityCache<Traits>::join(const typename By::Owned& key, std::size_t place,
                               std::vector<Wait<By>>& waits) {
    for (const Pending<By>& pending : access<By>().pending) {
        if (!(pending.key == key))
            continue;
        const Lease<Id>& lease = *pending.lease;
        if constexpr (std::is_same_v<By, ById>) {
            if (lease.overtaken(key))
                continue;
        } else if (lease.overtaken()) {
            continue;
        }
        if (lease.generation() != 0 && lease.generation() != generation_.load())
            continue;
        CacheTally::add(tally_.waits);
        waits.push_back({key, place, pending.flight});
        return true;
    }
    return false;
}

template <class Traits>
template <class By>
void EntityCache<Traits>::run(const Load<By>& load, Lease<Id>& lease, std::span<Handle> handles,
                              bool keep) {
    try {
        const Rows rows = ask<By>(load.keys);
        {
            LetGo let_go;
            const std::lock_guard lock(mutex_);
            if (keep)
                keep_loaded<By>(load, rows, lease, let_go);
            end<By>(lease);
        }
        for (std::size_t i = 0; i < rows.size(); ++i) {
            handles[load.places[i]] = rows[i];
            load.flights[i]->land(rows[i]);
        }
    } catch (...) {
        {
            const std::lock_guard lock(mutex_);
            end<By>(lease);
        }
        for (const auto& flight : load.flights)
            flight->fail(std::current_exception());
        throw;
    }
}

template <class Traits>
template <class By>
void EntityCache<Traits>::keep_loaded(const Load<By>& load, const Rows& rows,
                                      const Lease<Id>& lease, LetGo& let_go) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i] != nullptr)
            keep_one(rows[i], lease, let_go);
        else if (!lease.overtaken())
            access<By>().absent.put(load.keys[i], lease.generation());
    }
    garbage_.sort_out(false, let_go);
}

template <class Traits>
template <class By>
void EntityCache<Traits>::end(const Lease<Id>& lease) {
    std::erase_if(access<By>().pending,
                  [&](const Pending<By>& pending) { return pending.lease == &lease; });
    std::erase(leases_, &lease);
}

/// Straight from the source, leaving no trace: the cache may not be believed now.
template <class Traits>
template <class By>
void EntityCache<Traits>::pass_by(std::span<const typename By::Owned> keys,
                                  std::span<Handle> handles) {
    CacheTally::add(tally_.closed, keys.size());
    Rows rows = ask<By>(keys);
    std::move(rows.begin(), rows.end(), handles.begin());
}

template <class Traits>
template <class By>
auto EntityCache<Traits>::ask(std::span<const typename By::Owned> keys) -> Rows {
    CacheTally::add(tally_.loads);
    std::vector<std::optional<Value>> values;
    try {
        source_.load(By{}, keys, values);
    } catch (...) {
        CacheTally::add(tally_.load_errors);
        throw;
    }
    MUSTER_ASSERT(values.size() == keys.size(), "{} values for {} keys", values.size(),
                  keys.size());
    Rows rows;
    rows.reserve(values.size());
    for (std::optional<Value>& value : values)
        rows.push_back(value ? Handle::make(std::move(*value)) : Handle());
    return rows;
}

template <class Traits>
auto EntityCache<Traits>::ask_all() -> std::shared_ptr<const Rows> {
    std::vector<Value> values;
    source_.load_all(values);
    auto rows = std::make_shared<Rows>();
    rows->reserve(values.size());
    for (Value& value : values)
        rows->push_back(Handle::make(std::move(value)));
    return rows;
}

/// All there are, each kept by itself; `whole` says whether there was room for each.
template <class Traits>
auto EntityCache<Traits>::load_all(bool& whole) -> std::shared_ptr<const Rows> {
    Lease<Id> lease(0);
    {
        const std::lock_guard lock(mutex_);
        lease = Lease<Id>(generation_.load());
        leases_.push_back(&lease);
    }
    std::shared_ptr<const Rows> rows;
    try {
        rows = ask_all();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        std::erase(leases_, &lease);
        throw;
    }
    LetGo let_go;
    const std::lock_guard lock(mutex_);
    for (const Handle& row : *rows)
        whole &= keep_one(row, lease, let_go);
    std::erase(leases_, &lease);
    garbage_.sort_out(false, let_go);
    return rows;
}

// Keeping

template <class Traits>
void EntityCache<Traits>::changed(std::span<const Id> ids) {
    LetGo let_go;
    const std::lock_guard lock(mutex_);
    CacheTally::add(tally_.invalidations, ids.size());
    all_.drop();
    for (const Id& id : ids) {
        Entry* entry = access<ById>().index.find(
            ById::hash(id), [&](const Entry& e) { return ById::of(e.value) == id; });
        if (entry != nullptr)
            remove(*entry);
        for (Lease<Id>* lease : leases_)
            lease->note(id);
        access<ById>().absent.doubt(id);
    }
    // Which other keys they have now is not said.
    each_access([](auto& by) {
        if constexpr (!std::is_same_v<std::remove_reference_t<decltype(by)>, Access<ById>>)
            by.absent.doubt_all();
    });
    garbage_.sort_out(false, let_go);
}

template <class Traits>
void EntityCache<Traits>::collect(std::size_t most) {
    LetGo let_go;
    const std::lock_guard lock(mutex_);
    sweep(most);
    garbage_.sort_out(true, let_go);
}

/// Keeps an object unless it may have changed since it was read or is too large. What stands under
/// one of its keys goes.
template <class Traits>
bool EntityCache<Traits>::keep_one(const Handle& handle, const Lease<Id>& lease, LetGo& let_go) {
    Entry& entry = *handle.cached();
    const Value& value = entry.value;
    if (lease.generation() != generation_.load() || lease.overtaken(Id(ById::of(value)))) {
        CacheTally::add(tally_.dropped_fills);
        return false;
    }
    sweep(limits::kSweepStep);
    const std::size_t bytes = kEntryBytes + Traits::weight(value);
    if (!make_room(bytes, let_go)) {
        CacheTally::add(tally_.refused);
        return false;
    }
    each_access([&]<class By>(Access<By>& by) {
        if (!By::has(value))
            return;
        by.absent.doubt(By::of(value));
        Entry* old = by.index.find(By::hash(By::of(value)), [&](const Entry& e) {
            return By::of(e.value) == By::of(value);
        });
        if (old != nullptr)
            remove(*old);
    });
    entry.owners.fetch_add(1, std::memory_order_relaxed);  // the cache
    entry.weight = static_cast<std::uint32_t>(bytes);
    entry.life.store(lease.generation(), std::memory_order_relaxed);
    queue_.add(entry, ById::hash(ById::of(value)));
    each_access([&]<class By>(Access<By>& by) {
        if (By::has(value))
            by.index.insert(By::hash(By::of(value)), entry, hash_of<By>, garbage_);
    });
    return true;
}

/// Whoever keeps what was removed from being freed keeps new things from being kept.
template <class Traits>
bool EntityCache<Traits>::make_room(std::size_t bytes, LetGo& let_go) {
    const std::size_t retired_most = options_.budget_bytes / 16;
    if (garbage_.bytes() > retired_most)
        garbage_.sort_out(true, let_go);
    if (bytes > options_.budget_bytes || garbage_.bytes() > retired_most)
        return false;
    while (queue_.bytes() + bytes > options_.budget_bytes) {
        auto* entry = static_cast<Entry*>(queue_.victim());
        queue_.evicted(*entry, hash_of<ById>(*entry));
        remove(*entry);
        all_.drop();
        CacheTally::add(tally_.evictions);
    }
    return true;
}

/// First dead, then out of the tables: no reader finds it under one key after it found what
/// replaced it under another.
template <class Traits>
void EntityCache<Traits>::remove(Entry& entry) {
    entry.life.store(0, std::memory_order_release);
    queue_.remove(entry);
    each_access([&]<class By>(Access<By>& by) {
        if (By::has(entry.value))
            by.index.erase(hash_of<By>(entry), entry);
    });
    garbage_.add(&entry, &Entry::release, entry.weight);
}

/// What was cleared came before all that was not, so it stands at the old end of its queue.
template <class Traits>
void EntityCache<Traits>::sweep(std::size_t most) {
    const std::uint64_t generation = generation_.load();
    for (Queued* oldest : {queue_.oldest_small(), queue_.oldest_main()}) {
        for (; oldest != nullptr && most > 0; --most) {
            auto* entry = static_cast<Entry*>(oldest);
            if (entry->life.load() == generation)
                break;
            oldest = entry->newer;
            remove(*entry);
        }
    }
}

template <class Traits>
std::size_t EntityCache<Traits>::table_bytes() const {
    std::size_t bytes = 0;
    each_access([&](const auto& by) { bytes += by.index.bytes(); });
    return bytes;
}

}  // namespace muster
