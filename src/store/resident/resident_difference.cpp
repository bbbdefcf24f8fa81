#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "store/resident/resident_spaces.h"

namespace muster::resident {
namespace {

std::vector<Triple> all(const TripleSet& set) {
    std::vector<Triple> triples;
    TripleSet::Reader(set).from({}, [&](const Triple& triple) {
        triples.push_back(triple);
        return true;
    });
    return triples;
}

std::string difference_of_objects(const ObjectTable& objects, const ObjectTable& others) {
    std::string text;
    objects.each([&](ObjectId id, const char* packed) {
        const char* const other = others.find(id);
        if (text.empty() && other == nullptr) {
            text = fmt::format("object {} is not in the other", id.value);
        } else if (text.empty() && packed_bytes(packed) != packed_bytes(other)) {
            text = fmt::format("object {} is another", id.value);
        }
    });
    return text.empty() && objects.size() != others.size()
               ? fmt::format("{} objects and {}", objects.size(), others.size())
               : text;
}

}  // namespace

std::string ResidentSpaces::difference(const ResidentSpaces& other) const {
    if (auto text = difference_of_objects(objects_, other.objects_); !text.empty()) {
        return text;
    }
    const std::pair<const char*, bool> parts[] = {
        {"the objects of types", all(by_type_) == all(other.by_type_)},
        {"the joins", all(joins_) == all(other.joins_)},
        {"what is gone or to be retried", all(marks_) == all(other.marks_)},
        {"the links", all(forward_) == all(other.forward_)},
        {"the links by target", all(reverse_) == all(other.reverse_)},
        {"the unresolved links", std::ranges::equal(unresolved_, other.unresolved_)},
        {"the due times", due_ == other.due_},
        {"the anchors", anchors_.size() == other.anchors_.size()},
        {"the names", names_.size() == other.names_.size() && names_.within(other.names_)},
        {"the keys", keys_.same_as(other.keys_)},
    };
    for (const auto& [name, equal] : parts) {
        if (!equal) {
            return fmt::format("{} differ", name);
        }
    }
    return {};
}

}  // namespace muster::resident
