#include "store/resident/resident_spaces.h"

#include <algorithm>
#include <tuple>

#include "base/dn.h"
#include "base/error.h"

namespace muster::resident {
namespace {

// Warming lists changes of the sets; so many at a time are sorted and merged.
constexpr std::size_t kChangesAtOnce = 500'000;
constexpr std::size_t kChangesKept = 50'000;  // room for them that a page's commit finds again
constexpr std::size_t kTreeNode = 4 * sizeof(void*);  // what std::set adds to an element

/// Whether an object stands in all lists and indexes where it stood before.
bool same_place(const PackedObject& before, const Object& object, const PackedText& text) {
    return before.type == object.type && before.joined == object.joined &&
           before.state == object.state && before.retry == object.retry &&
           before.due == object.due && before.anchor == text.anchor && before.name == text.name;
}

}  // namespace

std::uint64_t ResidentSpaces::name_key(SpaceId space, std::string_view normalised) {
    return digest(normalised, space.value).low;
}

bool ResidentSpaces::BySource::operator()(const Link& a, const Link& b) const {
    return std::tie(a.source, a.attribute, a.text) < std::tie(b.source, b.attribute, b.text);
}

ResidentSpaces::ResidentSpaces(const Schema& schema) : schema_(schema) {}

void ResidentSpaces::warm(View& view) {
    view.scan_objects([this](const Object& object) {
        values_.clear();
        pack_values(object.attributes, schema_.type(object.type), values_);
        put(object, {object.anchor, object.name, values_});
        flush(false);
    });
    view.scan_links([this](const Link& link) {
        change_link(link, true);
        flush(false);
    });
    flush(true);
    keys_ = read_keys(view);
}

// In the order of the store: what goes makes room for what comes.
void ResidentSpaces::apply(const ChangeSet& changes, CommitNumber number) {
    for (const auto& write : changes.objects) {
        if (write.kind == ChangeKind::erase) {
            erase(write.object.id);
        }
    }
    for (const auto& object : changes.objects) {
        if (object.kind != ChangeKind::erase) {
            write(object, number);
        }
    }
    for (const bool open : {false, true}) {
        for (const auto& link : changes.links) {
            if (link.open == open) {
                change_link(link.link, open);
            }
        }
        for (const auto& key : changes.keys) {
            if (key.add == open) {
                keys_.change({key.key, key.space, key.value, key.object}, open);
            }
        }
    }
    flush(true);
}

void ResidentSpaces::write(const ObjectWrite& write, CommitNumber number) {
    Object object = write.object;
    const char* const stored = objects_.find(object.id);
    MUSTER_ASSERT(stored != nullptr || write.kind == ChangeKind::create,
                  "object {} changes and is not in memory", object.id.value);
    if (!write.delta.empty()) {
        object.commit = number;
    }
    values_.clear();
    PackedText text{object.anchor, object.name, {}};
    if (stored != nullptr && write.kind == ChangeKind::update) {
        const PackedObject before = unpack(stored);
        if (!write.identity_changed) {
            text.anchor = before.anchor;
            text.name = before.name;
        }
        if (!write.attributes_changed) {
            values_ = before.values;
        }
    }
    if (write.attributes_changed || write.kind == ChangeKind::create) {
        pack_values(object.attributes, schema_.type(object.type), values_);
    }
    text.values = values_;
    put(object, text);
}

void ResidentSpaces::put(const Object& object, const PackedText& text) {
    packed_.clear();
    pack(object, text, packed_);
    const char* const stored = objects_.find(object.id);
    const bool stays = stored != nullptr && same_place(unpack(stored), object, text);
    if (stored != nullptr && !stays) {
        list(object.id, unpack(stored), false);
    }
    objects_.put(object.id, packed_);
    if (!stays) {
        list(object.id, unpack(objects_.find(object.id)), true);
    }
}

void ResidentSpaces::erase(ObjectId id) {
    if (const char* const stored = objects_.find(id)) {
        list(id, unpack(stored), false);
        objects_.erase(id);
    }
}

/// Enters an object into all lists and indexes, or takes it out.
void ResidentSpaces::list(ObjectId id, const PackedObject& object, bool add) {
    const SpaceId space = schema_.space_of(object.type);
    type_changes_.push_back({{object.type.value, 0, id.value}, add});
    if (object.joined) {
        join_changes_.push_back({{object.joined.value, object.type.value, id.value}, add});
    }
    const auto mark = [&](Mark which) {
        mark_changes_.push_back({{space.value, static_cast<std::uint16_t>(which), id.value}, add});
    };
    if (object.state == ObjectState::gone) {
        mark(Mark::gone);
    }
    if (object.retry) {
        mark(Mark::retry);
    }
    if (!object.anchor.empty()) {
        add ? anchors_.add(id) : anchors_.erase(id);
    }
    if (!object.name.empty()) {
        const auto key = name_key(space, normalize_dn(object.name));
        add ? names_.add(key, id) : names_.erase(key, id);
    }
    if (object.due) {
        if (add) {
            due_.emplace(*object.due, id);
        } else {
            due_.erase({*object.due, id});
        }
    }
}

void ResidentSpaces::change_link(const Link& link, bool open) {
    if (link.target) {
        const auto attribute = link.attribute.value;
        forward_changes_.push_back({{link.source.value, attribute, link.target.value}, open});
        reverse_changes_.push_back({{link.target.value, attribute, link.source.value}, open});
    } else {
        change_unresolved(link, open);
    }
}

void ResidentSpaces::change_unresolved(const Link& link, bool open) {
    const std::size_t before = unresolved_.size();
    if (open) {
        unresolved_.insert(link);
    } else {
        unresolved_.erase(link);
    }
    const std::size_t cost = heap_cost(sizeof(Link) + kTreeNode) + heap_cost(link.text.size());
    if (unresolved_.size() > before) {
        unresolved_bytes_ += cost;
    } else if (unresolved_.size() < before) {
        unresolved_bytes_ -= cost;
    }
}

void ResidentSpaces::flush(bool all) {
    const auto flush = [all](TripleSet& set, std::vector<TripleChange>& changes) {
        if (!changes.empty() && (all || changes.size() >= kChangesAtOnce)) {
            set.apply(changes);
            if (all && changes.capacity() > kChangesKept) {
                changes = {};
            }
        }
    };
    flush(by_type_, type_changes_);
    flush(joins_, join_changes_);
    flush(marks_, mark_changes_);
    flush(forward_, forward_changes_);
    flush(reverse_, reverse_changes_);
}

void ResidentSpaces::remove_links_of(ObjectId source) {
    TripleSet::Reader(forward_).from({source.value, 0, 0}, [&](const Triple& triple) {
        if (triple.first != source.value) {
            return false;
        }
        change_link({AttributeId(triple.middle), source, ObjectId(triple.last), {}}, false);
        return true;
    });
    for (auto text = unresolved_.lower_bound({{}, source, {}, {}});
         text != unresolved_.end() && text->source == source;
         text = unresolved_.lower_bound({{}, source, {}, {}})) {
        change_unresolved(Link(*text), false);
    }
}

bool ResidentSpaces::knows(const ChangeSet& changes) const {
    return std::ranges::all_of(changes.objects, [this](const ObjectWrite& write) {
        return write.kind == ChangeKind::create || objects_.find(write.object.id) != nullptr;
    });
}

void ResidentSpaces::replace(std::span<const Present> present, Keys keys) {
    for (const auto& [id, object, links] : present) {
        if (!object.id) {
            erase(id);
        }
    }
    for (const auto& [id, object, links] : present) {
        remove_links_of(id);
        if (object.id) {
            values_.clear();
            pack_values(object.attributes, schema_.type(object.type), values_);
            put(object, {object.anchor, object.name, values_});
        }
        for (const auto& link : links) {
            change_link(link, true);
        }
    }
    flush(true);
    keys_ = std::move(keys);
}

Holdings ResidentSpaces::holdings() const {
    Holdings all{objects_.size(), forward_.size() + unresolved_.size(), bytes(), 0,
                 forward_.bytes() + reverse_.bytes() + unresolved_bytes_};
    objects_.each([&](ObjectId, const char* packed) {
        const PackedObject object = unpack(packed);
        all.payload_bytes += object.anchor.size() + object.name.size() + object.values.size();
    });
    return all;
}

std::size_t ResidentSpaces::bytes() const {
    std::size_t sum = objects_.bytes() + anchors_.bytes() + names_.bytes() + keys_.bytes();
    for (const auto* set : {&by_type_, &joins_, &marks_, &forward_, &reverse_}) {
        sum += set->bytes();
    }
    return sum + unresolved_bytes_ +
           due_.size() * heap_cost(sizeof(std::pair<Instant, ObjectId>) + kTreeNode);
}

}  // namespace muster::resident
