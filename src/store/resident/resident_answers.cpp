// What ResidentSpaces answers.

#include <algorithm>
#include <tuple>

#include "base/dn.h"
#include "store/resident/resident_spaces.h"

namespace muster::resident {
namespace {

ObjectId object_id(std::int64_t number) {
    return ObjectId(number);
}

/// The last numbers of the triples that begin with `from`'s first two, from its third on.
template <class F>
void each_last(TripleSet::Reader& reader, const Triple& from, F&& f) {
    reader.from(from, [&](const Triple& triple) {
        return triple.first == from.first && triple.middle == from.middle && f(triple.last);
    });
}

}  // namespace

void ResidentSpaces::lookup(TypeId type, std::span<const std::string_view> anchors,
                            std::span<ObjectId> ids) const {
    for (std::size_t i = 0; i < anchors.size(); ++i) {
        ids[i] = anchors_.find(type, anchors[i]);
    }
}

void ResidentSpaces::named(SpaceId system, std::span<const std::string_view> names,
                           const std::function<void(std::size_t, const Named&)>& found) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
        names_.each(name_key(system, names[i]), [&](ObjectId id) {
            const PackedObject object = unpack(objects_.find(id));
            if (schema_.space_of(object.type) == system && normalize_dn(object.name) == names[i]) {
                found(i, {id, object.type, object.state, std::string(object.name)});
            }
        });
    }
}

void ResidentSpaces::objects(TypeId type, ObjectId after, std::size_t most,
                             std::vector<ObjectId>& ids) const {
    TripleSet::Reader reader(by_type_);
    const std::size_t enough = ids.size() + most;
    each_last(reader, {type.value, 0, after.value + 1}, [&](std::int64_t id) {
        if (ids.size() == enough) {
            return false;
        }
        ids.push_back(object_id(id));
        return true;
    });
}

void ResidentSpaces::hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) const {
    objects.resize(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (const char* const stored = objects_.find(ids[i])) {
            unpack(ids[i], stored, schema_, objects[i]);
        } else {
            objects[i] = Object{};
        }
    }
}

void ResidentSpaces::identify(std::span<const ObjectId> ids,
                              std::vector<Identity>& identities) const {
    identities.clear();
    for (const auto id : ids) {
        const char* const stored = objects_.find(id);
        const PackedObject object = stored == nullptr ? PackedObject{} : unpack(stored);
        identities.push_back({stored == nullptr ? ObjectId{} : id, object.state,
                              std::string(object.anchor), std::string(object.name),
                              stored == nullptr ? TypeId{} : object.type});
    }
}

void ResidentSpaces::connectors(std::span<const ObjectId> metaverse,
                                std::vector<Join>& joins) const {
    TripleSet::Reader reader(joins_);
    for (const auto id : metaverse) {
        const auto start = static_cast<std::ptrdiff_t>(joins.size());
        reader.from({id.value, 0, 0}, [&](const Triple& triple) {
            if (triple.first != id.value) {
                return false;
            }
            joins.push_back({id, object_id(triple.last), TypeId(triple.middle)});
            return true;
        });
        std::sort(joins.begin() + start, joins.end());
    }
}

void ResidentSpaces::joined(std::span<const ObjectId> connectors,
                            std::span<ObjectId> metaverse) const {
    for (std::size_t i = 0; i < connectors.size(); ++i) {
        const char* const stored = objects_.find(connectors[i]);
        metaverse[i] = stored == nullptr ? ObjectId{} : unpack(stored).joined;
    }
}

void ResidentSpaces::links(std::span<const ObjectId> sources, AttributeId attribute,
                           std::vector<Link>& links) const {
    const std::size_t start = links.size();
    TripleSet::Reader reader(forward_);
    for (const auto source : sources) {
        reader.from({source.value, attribute.value, 0}, [&](const Triple& triple) {
            if (triple.first != source.value || (attribute && triple.middle != attribute.value)) {
                return false;
            }
            links.push_back({AttributeId(triple.middle), source, object_id(triple.last), {}});
            return true;
        });
        auto text = unresolved_.lower_bound({attribute, source, {}, {}});
        for (; text != unresolved_.end() && text->source == source &&
               (!attribute || text->attribute == attribute);
             ++text) {
            links.push_back(*text);
        }
    }
    sort_links(links, start);
}

void ResidentSpaces::referrers(std::span<const ObjectId> targets, std::vector<Link>& links) const {
    TripleSet::Reader reader(reverse_);
    for (const auto target : targets) {
        reader.from({target.value, 0, 0}, [&](const Triple& triple) {
            if (triple.first != target.value) {
                return false;
            }
            links.push_back({AttributeId(triple.middle), object_id(triple.last), target, {}});
            return true;
        });
    }
}

void ResidentSpaces::exist(std::span<const Link> links, std::span<bool> answers) const {
    TripleSet::Reader reader(forward_);
    for (std::size_t i = 0; i < links.size(); ++i) {
        const Link& link = links[i];
        answers[i] =
            link.target
                ? link.text.empty() &&
                      reader.contains({link.source.value, link.attribute.value, link.target.value})
                : unresolved_.contains(link);
    }
}

void ResidentSpaces::count_links(std::span<const LinkCount> asked,
                                 std::span<std::uint64_t> counts) const {
    TripleSet::Reader reader(forward_);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const LinkCount& one = asked[i];
        std::uint64_t count = 0;
        each_last(reader, {one.source.value, one.attribute.value, 0},
                  [&](std::int64_t) { return ++count < one.most; });
        auto text = unresolved_.lower_bound({one.attribute, one.source, {}, {}});
        for (; count < one.most && text != unresolved_.end() && text->source == one.source &&
               text->attribute == one.attribute;
             ++text) {
            ++count;
        }
        counts[i] = std::min(count, one.most);
    }
}

void ResidentSpaces::unresolved(SpaceId space, std::vector<Link>& links) const {
    for (const auto& link : unresolved_) {
        if (schema_.space_of(link.attribute) == space) {
            links.push_back(link);
        }
    }
}

void ResidentSpaces::marked(SpaceId space, Mark mark, std::vector<ObjectId>& ids) const {
    TripleSet::Reader reader(marks_);
    each_last(reader, {space.value, static_cast<std::uint16_t>(mark), 0}, [&](std::int64_t id) {
        ids.push_back(object_id(id));
        return true;
    });
}

void ResidentSpaces::gone(SpaceId space, std::vector<ObjectId>& ids) const {
    marked(space, Mark::gone, ids);
}

void ResidentSpaces::retries(SpaceId space, std::vector<ObjectId>& ids) const {
    marked(space, Mark::retry, ids);
}

void ResidentSpaces::due(Instant moment, std::vector<ObjectId>& ids) const {
    const auto start = static_cast<std::ptrdiff_t>(ids.size());
    for (const auto& [due, id] : due_) {
        if (due > moment) {
            break;
        }
        ids.push_back(id);
    }
    std::sort(ids.begin() + start, ids.end());
}

}  // namespace muster::resident
