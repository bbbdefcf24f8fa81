#include "store/names.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

namespace muster {
namespace {

/// The definition of an attribute that the configuration names no more.
constexpr std::string_view kRemoved = "removed";

/// What makes two documents of one content differ in their text.
std::string definition(const Attribute& attribute) {
    std::string text(type_name(attribute.type));
    return attribute.multi ? text + "*" : text;
}

KeyId find_key(const Schema& schema, TypeId type, std::string_view name) {
    for (const MatchingKey& key : schema.keys())
        if (key.type == type && key.name == name)
            return key.id;
    return {};
}

/// Collects the rows to write while it walks the schema.
class Recorder {
 public:
    Recorder(std::span<const NameRow> rows, CommitNumber last) : last_(last) {
        for (const NameRow& row : rows) {
            known_[{row.kind, row.parent, row.name}] = &row;
            next_ = std::max(next_, row.id + 1);
        }
    }

    std::int64_t record(NameKind kind, std::int64_t parent, std::string_view name,
                        std::string_view definition = {}) {
        const auto found = known_.find({kind, parent, name});
        if (found == known_.end()) {
            changed_.push_back({next_, kind, parent, std::string(name), std::string(definition)});
            return next_++;
        }
        if (found->second->definition != definition)
            redefine(*found->second, definition);
        return found->second->id;
    }

    void redefine(const NameRow& row, std::string_view definition) {
        changed_.push_back(row);
        changed_.back().definition = definition;
        changed_.back().redefined = last_.value;
    }

    std::vector<NameRow> take() { return std::move(changed_); }

 private:
    CommitNumber last_;
    std::int64_t next_ = 1;
    std::map<std::tuple<NameKind, std::int64_t, std::string_view>, const NameRow*> known_;
    std::vector<NameRow> changed_;
};

}  // namespace

Names::Names(std::span<const NameRow> rows, const Schema& schema)
    : spaces_(schema.spaces().size() + 1),
      types_(schema.types().size() + 1),
      attributes_(schema.attributes().size() + 1),
      keys_(schema.keys().size() + 1),
      redefined_(schema.types().size() + 1) {
    std::int64_t last = 0;
    for (const NameRow& row : rows)
        last = std::max(last, row.id);
    const std::size_t size = static_cast<std::size_t>(last) + 1;
    space_of_.resize(size);
    type_of_.resize(size);
    attribute_of_.resize(size);
    key_of_.resize(size);
    for (const NameRow& row : rows)
        learn(schema, row);
    for (const NameRow& row : rows) {
        if (row.kind != NameKind::type || type(row.id))
            continue;
        const auto space = std::find_if(rows.begin(), rows.end(), [&](const NameRow& other) {
            return other.kind == NameKind::space && other.id == row.parent;
        });
        forgotten_.push_back({row.id, space == rows.end() ? "" : space->name, row.name});
    }
    std::sort(forgotten_.begin(), forgotten_.end(),
              [](const Forgotten& a, const Forgotten& b) { return a.id < b.id; });
}

const Names::Forgotten* Names::find_forgotten(std::int64_t stored_type) const {
    const auto found =
        std::lower_bound(forgotten_.begin(), forgotten_.end(), stored_type,
                         [](const Forgotten& of, std::int64_t id) { return of.id < id; });
    return found == forgotten_.end() || found->id != stored_type ? nullptr : &*found;
}

void Names::learn(const Schema& schema, const NameRow& row) {
    const auto place = static_cast<std::size_t>(row.id);
    switch (row.kind) {
        case NameKind::space:
            if (const SpaceId space = schema.find_space(row.name)) {
                spaces_[space.value] = row.id;
                space_of_[place] = space.value;
            }
            return;
        case NameKind::type:
            if (const SpaceId space{at(space_of_, row.parent)}) {
                if (const TypeId type = schema.find_type(space, row.name)) {
                    types_[type.value] = row.id;
                    type_of_[place] = type.value;
                }
            }
            return;
        case NameKind::attribute:
            learn_attribute(schema, row);
            return;
        case NameKind::key:
            if (const KeyId key = find_key(schema, type(row.parent), row.name)) {
                keys_[key.value] = row.id;
                key_of_[place] = key.value;
            }
            return;
    }
}

void Names::learn_attribute(const Schema& schema, const NameRow& row) {
    const TypeId owner = type(row.parent);
    if (!owner)
        return;
    const AttributeId attribute = schema.find_stored_attribute(owner, row.name);
    const bool as_recorded = row.definition == (attribute ? definition(schema.attribute(attribute))
                                                          : std::string(kRemoved));
    std::int64_t& redefined = redefined_[owner.value];
    redefined =
        std::max(redefined, as_recorded ? row.redefined : std::numeric_limits<std::int64_t>::max());
    if (!attribute)
        return;
    attributes_[attribute.value] = row.id;
    attribute_of_[static_cast<std::size_t>(row.id)] = attribute.value;
}

std::vector<NameRow> changed_names(std::span<const NameRow> rows, const Schema& schema,
                                   CommitNumber last) {
    Recorder recorder(rows, last);
    const Names names(rows, schema);
    for (const NameRow& row : rows)
        if (row.kind == NameKind::attribute && row.definition != kRemoved &&
            names.type(row.parent) && !names.attribute(row.id))
            recorder.redefine(row, kRemoved);
    for (const Space& space : schema.spaces()) {
        const std::int64_t space_number = recorder.record(NameKind::space, 0, space.name);
        for (const TypeId id : space.types) {
            const std::int64_t type_number =
                recorder.record(NameKind::type, space_number, schema.type(id).name);
            for (const Attribute& attribute : schema.stored_attributes(id))
                recorder.record(NameKind::attribute, type_number, attribute.name,
                                definition(attribute));
            for (const MatchingKey& key : schema.keys())
                if (key.type == id)
                    recorder.record(NameKind::key, type_number, key.name);
        }
    }
    return recorder.take();
}

}  // namespace muster
