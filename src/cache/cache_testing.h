#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "cache/entity_cache.h"
#include "cache/set_cache.h"

namespace muster::testing {

/// Something with three keys, of which two can change.
struct Person {
    std::int64_t id = 0;
    std::string name;
    std::string code;
    std::vector<std::string> tags;
    std::int64_t version = 0;
};

struct ById {
    using Key = std::int64_t;
    using Owned = std::int64_t;
    static bool has(const Person&) { return true; }
    static Key of(const Person& person) { return person.id; }
    static std::size_t hash(Key id) { return std::hash<Key>{}(id); }
};
struct ByName {
    using Key = std::string_view;
    using Owned = std::string;
    static bool has(const Person& person) { return !person.name.empty(); }
    static Key of(const Person& person) { return person.name; }
    static std::size_t hash(Key name) { return std::hash<Key>{}(name); }
};
struct ByCode {
    using Key = std::string_view;
    using Owned = std::string;
    static bool has(const Person& person) { return !person.code.empty(); }
    static Key of(const Person& person) { return person.code; }
    static std::size_t hash(Key code) { return std::hash<Key>{}(code); }
};

/// A table of people: what a cache stands before. Counts its queries, and can be told to stop
/// between reading and answering, where every race of caches happens.
class People {
 public:
    void put(Person person) {
        const std::lock_guard lock(mutex_);
        rows_[person.id] = std::move(person);
    }
    void erase(std::int64_t id) {
        const std::lock_guard lock(mutex_);
        rows_.erase(id);
    }
    /// Called by each query after it has read and before it answers.
    void after_query(std::function<void()> call) {
        const std::lock_guard lock(mutex_);
        after_query_ = std::move(call);
    }

    void load(ById, std::span<const std::int64_t> ids, std::vector<std::optional<Person>>& out) {
        answer(ids.size(), [&] {
            for (const std::int64_t id : ids) {
                const auto row = rows_.find(id);
                out.push_back(row == rows_.end() ? std::nullopt : std::optional(row->second));
            }
        });
    }
    void load(ByName, std::span<const std::string> names, std::vector<std::optional<Person>>& out) {
        answer(names.size(), [&] { find(names, &Person::name, out); });
    }
    void load(ByCode, std::span<const std::string> codes, std::vector<std::optional<Person>>& out) {
        answer(codes.size(), [&] { find(codes, &Person::code, out); });
    }
    void load_all(std::vector<Person>& out) {
        answer(1, [&] {
            for (const auto& [id, person] : rows_)
                out.push_back(person);
        });
    }

    std::atomic<int> queries{0};
    std::atomic<int> keys_asked{0};

 private:
    template <class Read>
    void answer(std::size_t keys, const Read& read) {
        ++queries;
        keys_asked += static_cast<int>(keys);
        std::function<void()> then;
        {
            const std::lock_guard lock(mutex_);
            read();
            then = after_query_;
        }
        if (then)
            then();
    }
    void find(std::span<const std::string> keys, std::string Person::* member,
              std::vector<std::optional<Person>>& out) const {
        for (const std::string& key : keys) {
            out.emplace_back();
            for (const auto& [id, person] : rows_)
                if (person.*member == key)
                    out.back() = person;
        }
    }

    std::mutex mutex_;
    std::map<std::int64_t, Person> rows_;
    std::function<void()> after_query_;
};

struct PersonTraits {
    using Value = Person;
    using Keys = std::tuple<ById, ByName, ByCode>;
    using Source = People;
    static std::size_t weight(const Person& person) {
        return person.name.capacity() + person.code.capacity();
    }
};

using PersonCache = EntityCache<PersonTraits>;
using PersonSet = SetCache<PersonTraits>;

inline Person person(std::int64_t id, std::int64_t version = 0) {
    return {id, "name" + std::to_string(id), "code" + std::to_string(id), {"a", "b"}, version};
}

/// A gate where one thread waits until another lets it go on.
class Gate {
 public:
    /// Tells that it is here, and waits.
    void pass() {
        std::unique_lock lock(mutex_);
        ++here_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    /// Waits until so many have come.
    void await(int count = 1) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return here_ >= count; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int here_ = 0;
    bool open_ = false;
};

}  // namespace muster::testing
