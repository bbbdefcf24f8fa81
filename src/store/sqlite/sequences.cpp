#include "store/sqlite/sequences.h"

namespace muster::sqlite {

Sequences::Sequences(Connection& connection)
    : next_object_(connection.integer("SELECT next FROM sequence WHERE name = 'object'")),
      next_activity_(connection.integer("SELECT next FROM sequence WHERE name = 'activity'")) {
    stored_.object = next_object_;
    stored_.activity = next_activity_;
    if (next_object_ == 0)
        next_object_ = 1;
    if (next_activity_ == 0)
        next_activity_ = 1;
    Statement select(connection, "SELECT id, text FROM pattern ORDER BY id");
    Query row = select();
    while (row.next()) {
        const auto number = static_cast<std::uint32_t>(row.integer(0));
        patterns_.resize(number);  // a store that came from a server may lack numbers in between
        patterns_.back() = row.string(1);
        numbers_.emplace(patterns_.back(), number);
    }
    stored_.patterns = patterns_.size();
    written_ = stored_;
}

std::uint32_t Sequences::intern(const std::string& pattern) {
    const std::lock_guard lock(mutex_);
    const auto [known, added] =
        numbers_.try_emplace(pattern, static_cast<std::uint32_t>(patterns_.size() + 1));
    if (added)
        patterns_.push_back(pattern);
    return known->second;
}

void Sequences::store(JournalWriter& journal) {
    const std::lock_guard lock(mutex_);
    const Marks now{next_object_, next_activity_, patterns_.size()};
    if (now.object != written_.object)
        journal.sequence("object", now.object);
    if (now.activity != written_.activity)
        journal.sequence("activity", now.activity);
    for (std::size_t i = written_.patterns; i < now.patterns; ++i)
        journal.pattern(static_cast<std::uint32_t>(i + 1), patterns_[i]);
    written_ = now;
}

void Sequences::kept() {
    const std::lock_guard lock(mutex_);
    stored_ = written_;
}

void Sequences::lost() {
    const std::lock_guard lock(mutex_);
    written_ = stored_;
}

}  // namespace muster::sqlite
