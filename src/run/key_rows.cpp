#include "run/key_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>

#include "base/limits.h"
#include "run/object_path.h"

namespace muster {

namespace {

constexpr std::string_view kKeysMeta = "matching keys";
/// To be raised where values are folded in another way: the keys of all stores are made anew.
constexpr int kFolding = 2;

void describe(const Schema& schema, std::span<const AttributeId> attributes, Digester& digester) {
    for (const auto id : attributes) {
        digester.add(schema.attribute(id).name);
        digester.add(type_name(schema.attribute(id).type));
    }
}

/// Of everything that decides which keys objects have.
std::string keys_digest(const RuleBook& book) {
    const auto& schema = book.schema();
    Digester digester;
    digester.add(std::to_string(kFolding));
    for (const auto& key : schema.keys()) {
        digester.add(schema.type(key.type).name);
        digester.add(key.name);
        describe(schema, key.attributes, digester);
    }
    for (const auto& rule : book.configuration().inbound) {
        digester.add(schema.space(rule.system).name);
        digester.add(schema.type(rule.source).name);
        for (const auto& match : rule.join) {
            digester.add(schema.type(schema.key(match.key).type).name);
            digester.add(schema.key(match.key).name);
            describe(schema, match.connector, digester);
        }
    }
    for (const auto& type : schema.types()) {
        for (const auto& unique : book.connector_type(type.id).unique) {
            digester.add(schema.space(type.space).name);
            digester.add(type.name);
            digester.add(schema.key(unique.key).name);
            describe(schema, std::span(&unique.attribute, 1), digester);
        }
    }
    const auto digest = digester.finish();
    return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

Digest row_digest(KeyId key, SpaceId space, ObjectId object, std::string_view value) {
    const auto row = (static_cast<std::uint64_t>(object.value) * 0x9E3779B97F4A7C15u) ^
                     (static_cast<std::uint64_t>(key.value) << 16) ^ space.value;
    return digest(value, row);
}

/// Holds all key rows against all documents.
class KeyAudit {
 public:
    KeyAudit(View& view, const RuleBook& book) : view_(view), book_(book) {}

    /// Calls `differs(row)` for each row to add or remove; false from it ends the audit.
    template <class F>
    void run(F&& differs) {
        view_.scan_keys([this](const KeyRow& row) {
            rows_.insert(row_digest(row.key, row.space, row.object, row.value));
        });
        for (const auto& type : book_.schema().types()) {
            if (has_keys(type) && !compare(type.id, differs)) {
                return;
            }
        }
        if (rows_.empty()) {
            return;
        }
        std::vector<KeyWrite> stale;
        view_.scan_keys([&](const KeyRow& row) {
            if (rows_.contains(row_digest(row.key, row.space, row.object, row.value))) {
                stale.push_back({row.key, row.space, std::string(row.value), row.object, false});
            }
        });
        for (auto& row : stale) {
            if (!differs(std::move(row))) {
                return;
            }
        }
    }

 private:
    bool has_keys(const ObjectType& type) const {
        return type.space == kMetaverse ? !book_.metaverse_type(type.id).keys.empty()
                                        : book_.connector_type(type.id).joins ||
                                              !book_.connector_type(type.id).unique.empty();
    }

    template <class F>
    bool compare(TypeId type, F&& differs) {
        std::vector<ObjectId> ids;
        std::vector<Object> objects;
        std::vector<KeyValue> keys;
        const auto space = book_.schema().space_of(type);
        ObjectId after;
        do {
            ids.clear();
            view_.objects(type, after, limits::kPageObjects, ids);
            view_.hydrate(ids, objects);
            for (const auto& object : objects) {
                keys.clear();
                stored_keys(book_, type, object.attributes, object.waiting, keys);
                for (auto& [key, value] : keys) {
                    if (rows_.erase(row_digest(key, space, object.id, value)) == 0 &&
                        !differs(KeyWrite{key, space, std::move(value), object.id, true})) {
                        return false;
                    }
                }
            }
            after = ids.empty() ? after : ids.back();
        } while (!ids.empty());
        return true;
    }

    View& view_;
    const RuleBook& book_;
    boost::unordered_flat_set<Digest> rows_;  ///< those that no object has accounted for yet
};

}  // namespace

void write_keys(const RuleBook& book, TypeId type, ObjectId id, const Keyed* before,
                const Keyed* after, std::vector<KeyWrite>& writes) {
    std::vector<KeyValue> old_keys;
    std::vector<KeyValue> new_keys;
    if (before != nullptr) {
        stored_keys(book, type, before->attributes, before->waiting, old_keys);
    }
    if (after != nullptr) {
        stored_keys(book, type, after->attributes, after->waiting, new_keys);
    }
    const auto space = book.schema().space_of(type);
    for (const auto& [key, value] : old_keys) {
        if (!std::ranges::binary_search(new_keys, KeyValue{key, value})) {
            writes.push_back({key, space, value, id, false});
        }
    }
    for (const auto& [key, value] : new_keys) {
        if (!std::ranges::binary_search(old_keys, KeyValue{key, value})) {
            writes.push_back({key, space, value, id, true});
        }
    }
}

bool keys_follow(View& view, const RuleBook& book) {
    return view.meta(kKeysMeta) == keys_digest(book);
}

void rebuild_keys(Store& store, const RuleBook& book, Instant moment) {
    const auto view = store.view();
    ChangeSet changes;
    changes.time = moment;
    KeyAudit(*view, book).run([&](KeyWrite&& row) {
        changes.keys.push_back(std::move(row));
        if (changes.keys.size() >= limits::kPageObjects) {
            store.commit(changes);
            changes.keys.clear();
        }
        return true;
    });
    changes.meta.emplace_back(kKeysMeta, keys_digest(book));
    store.commit(changes);
}

std::vector<std::string> check_keys(View& view, const RuleBook& book, std::size_t most) {
    std::vector<std::string> complaints;
    if (!keys_follow(view, book)) {
        return complaints;  // made by other rules: the next run makes them anew
    }
    const auto hold = view.hold();
    std::vector<KeyWrite> rows;
    KeyAudit(view, book).run([&](KeyWrite&& row) {
        rows.push_back(std::move(row));
        return rows.size() < most;
    });
    std::vector<ObjectId> ids;
    ids.reserve(rows.size());
    for (const auto& row : rows) {
        ids.push_back(row.object);
    }
    const auto paths = object_paths(book.schema(), view, ids);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        complaints.push_back(fmt::format("{} {} its matching key {} '{}'", paths[i],
                                         rows[i].add ? "lacks" : "has, against what it says,",
                                         book.schema().key(rows[i].key).name, rows[i].value));
    }
    return complaints;
}

}  // namespace muster
