#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "store/postgresql/connection.h"

namespace muster::postgresql {

/// Numbers that several processes take from one store: ids, of which each keeps a block, and those
/// of provenance patterns. They are handed out outside of commits, and gaps remain. Thread-safe.
class Numbers {
 public:
    /// On a connection of its own.
    explicit Numbers(const std::string& url);
    /// On that of a preview, which is shared: what is taken is nobody's in the end.
    Numbers(Connection& preview, std::mutex& mutex);

    ObjectId take_ids(std::size_t count);
    ActivityId take_activity();
    std::uint32_t intern(const std::string& pattern);

 private:
    std::int64_t take(const char* sequence, std::int64_t count);
    std::int64_t add_pattern(const std::string& pattern);
    void read_patterns();
    template <class Work>
    auto with_connection(const Work& work);

    std::unique_ptr<Connection> own_;
    Connection& connection_;
    std::mutex own_mutex_;
    std::mutex& connection_mutex_;  // guards connection_; taken last
    const bool preview_;
    std::mutex mutex_;  // guards what follows
    std::int64_t next_id_ = 0;
    std::int64_t end_id_ = 0;
    std::map<std::string, std::uint32_t> patterns_;
};

}  // namespace muster::postgresql
