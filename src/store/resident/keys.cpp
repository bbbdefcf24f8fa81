#include <algorithm>

#include "store/resident/resident_spaces.h"

namespace muster::resident {
namespace {

Digest key_digest(KeyId key, SpaceId space, std::string_view value) {
    return digest(value, static_cast<std::uint64_t>(key.value) << 16 | space.value);
}

}  // namespace

void Keys::change(const KeyRow& key, bool add) {
    const Digest name = key_digest(key.key, key.space, key.value);
    auto& count = counts_[{key.key, key.space}];
    if (add) {
        count += objects_.add(name, key.object) ? 1 : 0;
    } else {
        count -= objects_.erase(name, key.object) ? 1 : 0;
    }
}

void Keys::match(KeyId key, SpaceId space, std::span<const std::string_view> values,
                 std::vector<std::pair<std::size_t, ObjectId>>& found) const {
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto start = static_cast<std::ptrdiff_t>(found.size());
        objects_.each(key_digest(key, space, values[i]),
                      [&](ObjectId id) { found.emplace_back(i, id); });
        std::sort(found.begin() + start, found.end());
    }
}

bool Keys::any(KeyId key, SpaceId space) const {
    const auto count = counts_.find({key, space});
    return count != counts_.end() && count->second > 0;
}

bool Keys::same_as(const Keys& other) const {
    return objects_.size() == other.objects_.size() && objects_.within(other.objects_);
}

Keys read_keys(View& view) {
    Keys keys;
    view.scan_keys([&](const KeyRow& key) { keys.change(key, true); });
    return keys;
}

}  // namespace muster::resident
