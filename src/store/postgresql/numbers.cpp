#include "store/postgresql/numbers.h"

#include <algorithm>

#include "base/limits.h"
#include "store/postgresql/patience.h"
#include "store/postgresql/text_key.h"

namespace muster::postgresql {

Numbers::Numbers(const std::string& url)
    : own_(std::make_unique<Connection>(url, Connection::Purpose::rows)),
      connection_(*own_),
      connection_mutex_(own_mutex_),
      preview_(false) {
    read_patterns();
}

Numbers::Numbers(Connection& preview, std::mutex& mutex)
    : connection_(preview), connection_mutex_(mutex), preview_(true) {
    read_patterns();
}

void Numbers::read_patterns() {
    const Result rows = connection_.ask("SELECT id, text FROM pattern");
    for (int i = 0; i < rows.size(); ++i)
        patterns_.emplace(rows[i].string(1), static_cast<std::uint32_t>(rows[i].integer(0)));
}

/// Each statement is a transaction of its own and leaves at most a gap when repeated.
template <class Work>
auto Numbers::with_connection(const Work& work) {
    const std::lock_guard lock(connection_mutex_);
    Patience patience;
    for (;;) {
        try {
            if (!connection_.alive() && !preview_)
                connection_.reconnect();
            return work();
        } catch (const ServerError& error) {
            if (preview_ || !error.lost() || !patience.wait())
                throw;
            connection_.drop();
        }
    }
}

std::int64_t Numbers::take(const char* sequence, std::int64_t count) {
    return with_connection([&] {
        return connection_
            .ask(
                "UPDATE sequence SET next = next + $2::bigint WHERE name = $1::text "
                "RETURNING next - $2::bigint",
                Parameters(std::string_view(sequence), count))[0]
            .integer(0);
    });
}

ObjectId Numbers::take_ids(std::size_t count) {
    const auto wanted = static_cast<std::int64_t>(count);
    const std::lock_guard lock(mutex_);
    if (end_id_ - next_id_ < wanted) {
        const std::int64_t block = std::max(wanted, limits::kStoreIdBlock);
        next_id_ = take("object", block);
        end_id_ = next_id_ + block;
    }
    next_id_ += wanted;
    return ObjectId(next_id_ - wanted);
}

ActivityId Numbers::take_activity() {
    return ActivityId(take("activity", 1));
}

std::uint32_t Numbers::intern(const std::string& pattern) {
    const std::lock_guard lock(mutex_);
    const auto known = patterns_.find(pattern);
    if (known != patterns_.end())
        return known->second;
    const auto number = static_cast<std::uint32_t>(add_pattern(pattern));
    patterns_.emplace(pattern, number);
    return number;
}

/// Another process may have added it, or add it at the same time.
std::int64_t Numbers::add_pattern(const std::string& pattern) {
    const std::int64_t number = take("pattern", 1);
    return with_connection([&] {
        return connection_
            .ask(
                "WITH added AS (INSERT INTO pattern(id, text_key, text) "
                "VALUES ($1::bigint, $2::bigint, $3::text) "
                "ON CONFLICT (text_key) DO UPDATE SET text = excluded.text RETURNING id) "
                "SELECT id FROM added",
                Parameters(number, text_key(pattern), pattern))[0]
            .integer(0);
    });
}

}  // namespace muster::postgresql
