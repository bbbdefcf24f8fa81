// What caches cost and save, each beside its limit; benchmarks/cache.py drives it.
//   cache_bench hits OBJECTS | clear | misses | ratios
// prints one JSON object.

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdlib>
#include <latch>
#include <list>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "allocations/count_allocations.h"
#include "cache/entity_cache.h"

namespace {

using namespace muster;
using std::chrono::steady_clock;

constexpr int kTexts = 20;
constexpr int kHits = 2'000'000;

/// Like a person: twenty texts, and the next one to look at, as a manager is.
struct Person {
    ObjectId id;
    ObjectId next;
    std::string texts[kTexts];
};

struct ById {
    using Key = ObjectId;
    using Owned = ObjectId;
    static bool has(const Person&) { return true; }
    static ObjectId of(const Person& person) { return person.id; }
    static std::size_t hash(ObjectId id) { return std::hash<ObjectId>{}(id); }
};

class People {
 public:
    /// One ring through all of them in random order.
    explicit People(std::int64_t count) : next_(static_cast<std::size_t>(count) + 1) {
        std::vector<std::int64_t> order;
        for (std::int64_t id = 1; id <= count; ++id)
            order.push_back(id);
        std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
        for (std::size_t i = 0; i < order.size(); ++i)
            next_[static_cast<std::size_t>(order[i])] = order[(i + 1) % order.size()];
    }
    Person make(ObjectId id) const {
        Person person;
        person.id = id;
        person.next = ObjectId(next_[static_cast<std::size_t>(id.value)]);
        for (int i = 0; i < kTexts; ++i)
            person.texts[i] = fmt::format("text {} of person {}", i, id.value);
        return person;
    }
    void load(ById, std::span<const ObjectId> ids, std::vector<std::optional<Person>>& out) {
        ++loads;
        if (before_answer)
            before_answer();
        for (const ObjectId id : ids)
            out.emplace_back(make(id));
    }

    std::atomic<std::size_t> loads{0};
    std::function<void()> before_answer;

 private:
    std::vector<std::int64_t> next_;
};

struct PersonTraits {
    using Value = Person;
    using Keys = std::tuple<ById>;
    using Source = People;
    static std::size_t weight(const Person& person) {
        std::size_t bytes = 0;
        for (const std::string& text : person.texts)
            bytes += text.capacity();
        return bytes;
    }
};

template <class Step>
double nanoseconds(int count, const Step& step) {
    const auto start = steady_clock::now();
    for (int i = 0; i < count; ++i)
        step(i);
    return std::chrono::duration<double, std::nano>(steady_clock::now() - start).count() / count;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Hits

using BareMap = boost::unordered_flat_map<ObjectId, std::shared_ptr<const Person>>;
using PersonCache = EntityCache<PersonTraits>;

/// Each way of reading, from person to person as their `next` says, and of people known before.
struct HitTimes {
    std::vector<double> bare, with, reader, owning, bare_owning;
    std::vector<double> bare_known, with_known, reader_known, owning_known;
};

void time_hits(const BareMap& map, PersonCache& cache, const std::vector<ObjectId>& known,
               HitTimes& times, std::int64_t& sink) {
    ObjectId at(1);
    const auto go_on = [&](const Person& person) { at = person.next; };
    times.bare.push_back(nanoseconds(kHits, [&](int) { go_on(*map.find(at)->second); }));
    times.with.push_back(nanoseconds(kHits, [&](int) { cache.with(at, go_on); }));
    times.reader.push_back(nanoseconds(kHits / 16,
                                       [&](int) {
                                           const PersonCache::Reader reader = cache.read();
                                           for (int i = 0; i < 16; ++i)
                                               go_on(*reader.find(at));
                                       }) /
                           16);
    times.owning.push_back(nanoseconds(kHits, [&](int) { go_on(*cache.get(at)); }));
    times.bare_owning.push_back(nanoseconds(kHits, [&](int) {
        const std::shared_ptr<const Person> person = map.find(at)->second;
        go_on(*person);
    }));
    const std::size_t mask = known.size() - 1;
    const auto key = [&](int i) { return known[static_cast<std::size_t>(i) & mask]; };
    const auto look = [&](const Person& person) { sink += person.next.value; };
    times.bare_known.push_back(nanoseconds(kHits, [&](int i) { look(*map.find(key(i))->second); }));
    times.with_known.push_back(nanoseconds(kHits, [&](int i) { cache.with(key(i), look); }));
    times.reader_known.push_back(nanoseconds(kHits / 16,
                                             [&](int i) {
                                                 const PersonCache::Reader reader = cache.read();
                                                 for (int j = 0; j < 16; ++j)
                                                     look(*reader.find(key(i * 16 + j)));
                                             }) /
                                 16);
    times.owning_known.push_back(nanoseconds(kHits, [&](int i) { look(*cache.get(key(i))); }));
}

void hits(std::int64_t count) {
    People people(count);
    Freshness freshness(std::chrono::hours(1));
    freshness.verify(CoarseClock::now());
    PersonCache cache(people, &freshness, {.budget_bytes = std::size_t{16} << 30});
    BareMap map;
    std::vector<ObjectId> known(1 << 17);
    std::mt19937_64 random(2);
    for (std::int64_t id = 1; id <= count; ++id)
        map.emplace(ObjectId(id), std::make_shared<const Person>(people.make(ObjectId(id))));
    for (std::int64_t id = 1; id <= count; ++id)
        cache.get(ObjectId(id));
    for (ObjectId& id : known)
        id = ObjectId(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(count)) + 1);
    // Another thread, so that shared_ptr counts atomically, as it would in a server.
    std::latch done(1);
    std::thread other([&] { done.wait(); });
    HitTimes times;
    std::int64_t sink = 0;
    const std::size_t loads = people.loads;
    for (int round = 0; round < 7; ++round)
        time_hits(map, cache, known, times, sink);
    const std::size_t before = *testing::count_allocations();
    for (const ObjectId id : known) {
        cache.with(id, [&](const Person& person) { sink += person.next.value; });
        sink += cache.get(id)->next.value;
    }
    const std::size_t allocated = *testing::count_allocations() - before;
    done.count_down();
    other.join();
    fmt::print(
        "{{\"bare\": {}, \"with\": {}, \"reader\": {}, \"owning\": {}, \"bare_owning\": {}, "
        "\"bare_known\": {}, \"with_known\": {}, \"reader_known\": {}, \"owning_known\": {}, "
        "\"allocations\": {}, \"loads\": {}, \"hits\": {}, \"sink\": {}}}\n",
        median(times.bare), median(times.with), median(times.reader), median(times.owning),
        median(times.bare_owning), median(times.bare_known), median(times.with_known),
        median(times.reader_known), median(times.owning_known), allocated, people.loads - loads,
        cache.counters().hits, sink);
}

// Clearing, misses

void clear() {
    constexpr std::int64_t kEntries = 1'000'000;
    People people(kEntries);
    PersonCache cache(people, nullptr, {.budget_bytes = std::size_t{16} << 30});
    for (std::int64_t id = 1; id <= kEntries; ++id)
        cache.get(ObjectId(id));
    const std::uint64_t entries = cache.counters().entries;
    const std::uint64_t bytes = cache.counters().bytes;
    const double cleared = nanoseconds(1, [&](int) { cache.clear(); });
    const bool gone = cache.read().find(ObjectId(1)) == nullptr;
    const double collected = nanoseconds(1, [&](int) { cache.collect(kEntries); });
    fmt::print(
        "{{\"entries\": {}, \"bytes\": {}, \"clear_ns\": {}, \"gone\": {}, "
        "\"collect_ns\": {}}}\n",
        entries, bytes, cleared, gone, collected);
}

void misses() {
    constexpr int kReaders = 1'000;
    People people(1);
    PersonCache cache(people, nullptr, {});
    people.before_answer = [&] {
        while (cache.counters().waits < kReaders - 1)
            std::this_thread::yield();
    };
    std::vector<std::thread> readers;
    readers.reserve(kReaders);
    for (int i = 0; i < kReaders; ++i)
        readers.emplace_back([&] { cache.get(ObjectId(1)); });
    for (std::thread& reader : readers)
        reader.join();
    fmt::print("{{\"readers\": {}, \"loads\": {}}}\n", kReaders, people.loads.load());
}

// Hit ratios

/// The least recently used goes first: what the cache is compared with.
class Lru {
 public:
    explicit Lru(std::size_t room) : room_(room) {}
    bool use(std::int64_t key) {
        const auto found = places_.find(key);
        if (found != places_.end()) {
            order_.splice(order_.begin(), order_, found->second);
            return true;
        }
        order_.push_front(key);
        places_[key] = order_.begin();
        if (order_.size() > room_) {
            places_.erase(order_.back());
            order_.pop_back();
        }
        return false;
    }

 private:
    std::size_t room_;
    std::list<std::int64_t> order_;
    boost::unordered_flat_map<std::int64_t, std::list<std::int64_t>::iterator> places_;
};

/// Something small and of one size, so that both can hold the same number.
struct Number {
    ObjectId id;
};
struct NumberById {
    using Key = ObjectId;
    using Owned = ObjectId;
    static bool has(const Number&) { return true; }
    static ObjectId of(const Number& number) { return number.id; }
    static std::size_t hash(ObjectId id) { return std::hash<ObjectId>{}(id); }
};
struct Numbers {
    void load(NumberById, std::span<const ObjectId> ids, std::vector<std::optional<Number>>& out) {
        for (const ObjectId id : ids)
            out.emplace_back(Number{id});
    }
};
struct NumberTraits {
    using Value = Number;
    using Keys = std::tuple<NumberById>;
    using Source = Numbers;
    static std::size_t weight(const Number&) { return 1'000; }
};

struct Request {
    std::int64_t key;
    bool counts = true;  ///< else it is what pollutes
};

struct Ratio {
    double cache = 0;
    double lru = 0;
    std::uint64_t room = 0;
};

Ratio ratio(const std::vector<Request>& trace, std::size_t budget_bytes) {
    Numbers numbers;
    EntityCache<NumberTraits> cache(numbers, nullptr, {.budget_bytes = budget_bytes});
    std::size_t hit = 0;
    std::size_t of = 0;
    for (const Request& request : trace) {
        const std::uint64_t loads = cache.counters().loads;
        cache.get(ObjectId(request.key));
        of += request.counts ? 1 : 0;
        hit += request.counts && cache.counters().loads == loads ? 1 : 0;
    }
    Ratio result;
    result.room = cache.counters().entries;
    result.cache = static_cast<double>(hit) / static_cast<double>(of);
    Lru lru(result.room);
    hit = 0;
    for (const Request& request : trace)
        hit += lru.use(request.key) && request.counts ? 1 : 0;
    result.lru = static_cast<double>(hit) / static_cast<double>(of);
    return result;
}

/// Keys from 1 to `keys`, the n-th asked for with a probability of 1/n.
std::vector<Request> zipf(std::size_t keys, std::size_t requests) {
    std::vector<double> sums;
    double sum = 0;
    for (std::size_t i = 1; i <= keys; ++i)
        sums.push_back(sum += 1 / static_cast<double>(i));
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> uniform(0, sum);
    std::vector<Request> trace;
    trace.reserve(requests);
    for (std::size_t i = 0; i < requests; ++i)
        trace.push_back(
            {std::lower_bound(sums.begin(), sums.end(), uniform(random)) - sums.begin() + 1});
    return trace;
}

void ratios() {
    constexpr std::size_t kKeys = 100'000;
    constexpr std::size_t kBudget = 11'600'000;  // about a tenth of them
    const std::vector<Request> plain = zipf(kKeys, 500'000);
    std::vector<Request> polluted;
    std::int64_t cold = kKeys;
    for (const Request& request : plain) {
        polluted.push_back(request);
        polluted.push_back({++cold, false});
    }
    const Ratio of_plain = ratio(plain, kBudget);
    const Ratio of_polluted = ratio(polluted, kBudget);
    std::vector<Request> loop;
    const auto length = static_cast<std::int64_t>(of_plain.room * 12 / 10);
    constexpr std::int64_t kRequests = 500'000;
    loop.reserve(kRequests);
    for (std::int64_t i = 0; i < kRequests; ++i)
        loop.push_back({i % length + 1});
    const Ratio of_loop = ratio(loop, kBudget);
    fmt::print("{{\"room\": {}, \"keys\": {}", of_plain.room, kKeys);
    for (const auto& [name, of] :
         {std::pair("zipf", of_plain), std::pair("scan", of_polluted), std::pair("loop", of_loop)})
        fmt::print(", \"{0}\": {1:.4f}, \"{0}_lru\": {2:.4f}", name, of.cache, of.lru);
    fmt::print("}}\n");
}

}  // namespace

int main(int count, char** arguments) {
    const std::string what = count > 1 ? arguments[1] : "";
    const std::int64_t number = count > 2 ? std::atoll(arguments[2]) : 0;
    if (what == "hits")
        hits(number != 0 ? number : 10'000);
    else if (what == "clear")
        clear();
    else if (what == "misses")
        misses();
    else if (what == "ratios")
        ratios();
    else
        return 64;
    return 0;
}
