#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/sqlite/journal_writer.h"

namespace muster::sqlite {

/// Numbers handed out before they are stored: ids and provenance patterns. The commit that first
/// uses one stores how far they go; what was handed out and never committed is handed out again
/// after a restart, when nobody can know it. One process writes a store, so memory decides.
class Sequences {
 public:
    explicit Sequences(Connection& connection);

    ObjectId take_ids(std::size_t count) {
        return ObjectId(next_object_.fetch_add(static_cast<std::int64_t>(count)));
    }
    ActivityId take_activity() { return ActivityId(next_activity_.fetch_add(1)); }
    /// The number of a pattern; the same text gets the same number for ever.
    std::uint32_t intern(const std::string& pattern);

    /// Writes within the commit's transaction what has not been; then kept(), or lost() with it.
    void store(JournalWriter& journal);
    void kept();
    void lost();

 private:
    struct Marks {
        std::int64_t object = 0;
        std::int64_t activity = 0;
        std::size_t patterns = 0;
    };
    std::atomic<std::int64_t> next_object_;
    std::atomic<std::int64_t> next_activity_;
    std::mutex mutex_;  // guards what follows
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<std::string> patterns_;  // by number - 1
    Marks stored_;
    Marks written_;  // in the transaction that is open
};

}  // namespace muster::sqlite
