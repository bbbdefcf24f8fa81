#include "store/postgresql/batch.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/error.h"
#include "base/text.h"
#include "store/object_row.h"
#include "store/postgresql/text_key.h"

namespace muster::postgresql {
namespace {

constexpr ColumnType kText = ColumnType::text;
constexpr ColumnType kInt = ColumnType::integer;

constexpr Column kCreated[] = {{"id"},
                               {"joined"},
                               {"due"},
                               {"payload_low"},
                               {"payload_high"},
                               {"name_key"},
                               {"space", kInt},
                               {"type", kInt},
                               {"flags", kInt},
                               {"provenance", kInt},
                               {"anchor", kText},
                               {"name", kText},
                               {"attributes", ColumnType::json}};
constexpr Column kChanged[] = {
    {"kind"},     {"space"},         {"id"},          {"seen"},
    {"joined"},   {"due"},           {"payload_low"}, {"payload_high"},
    {"name_key"}, {"flags"},         {"provenance"},  {"identity"},
    {"logged"},   {"anchor", kText}, {"name", kText}, {"attributes", ColumnType::json}};
constexpr Column kLog[] = {{"object"},     {"previous"},   {"space", kInt},
                           {"type", kInt}, {"kind", kInt}, {"delta", kText}};
constexpr Column kLink[] = {{"space"},  {"source"},   {"attribute"},
                            {"target"}, {"text_key"}, {"text", kText}};
constexpr Column kKey[] = {{"key"}, {"space"}, {"value_key"}, {"value", kText}, {"object"}};
constexpr Column kReservation[] = {{"attribute"},    {"folded_key"},    {"owner_key"},
                                   {"value", kText}, {"folded", kText}, {"owner", kText}};
constexpr Column kExport[] = {{"object"},  {"space"},        {"type"},        {"kind"},
                              {"state"},   {"released"},     {"attempts"},    {"cause"},
                              {"planned"}, {"error", kText}, {"delta", kText}};
constexpr Column kMark[] = {{"object"}, {"state"}, {"released"}, {"attempts"}, {"error", kText}};
constexpr Column kExportLink[] = {{"object"},   {"attribute"},   {"adds"},  {"target"},
                                  {"text_key"}, {"text", kText}, {"state"}, {"released"}};
constexpr Column kPopulation[] = {{"space"}, {"type"}, {"attribute"}, {"sum"}};
constexpr Column kItem[] = {{"activity"},       {"object"},        {"system", kText},
                            {"type", kText},    {"anchor", kText}, {"code", kText},
                            {"message", kText}, {"place", kText}};
constexpr Column kActivity[] = {{"id"},
                                {"parent"},
                                {"started"},
                                {"ended"},
                                {"kind", kText},
                                {"system", kText},
                                {"status", kText},
                                {"counters", kText},
                                {"message", kText}};
constexpr Column kFollower[] = {{"name", kText}, {"position"}};
constexpr Column kMeta[] = {{"name", kText}, {"value", kText}};

/// The rows in the order of their keys, of those with one key the last.
template <class Value, class Key>
std::vector<const Value*> last_of_each(const std::vector<Value>& values, const Key& key) {
    std::vector<const Value*> order;
    order.reserve(values.size());
    for (const Value& value : values)
        order.push_back(&value);
    std::stable_sort(order.begin(), order.end(),
                     [&](const Value* a, const Value* b) { return key(*a) < key(*b); });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
        if (i + 1 == order.size() || key(*order[i]) < key(*order[i + 1]))
            order[kept++] = order[i];
    order.resize(kept);
    return order;
}

template <class Value, class Key>
std::vector<const Value*> sorted(const std::vector<Value>& values, const Key& key) {
    std::vector<const Value*> order;
    order.reserve(values.size());
    for (const Value& value : values)
        order.push_back(&value);
    std::sort(order.begin(), order.end(),
              [&](const Value* a, const Value* b) { return key(*a) < key(*b); });
    return order;
}

}  // namespace

Batch::Batch(const ChangeSet& changes, const Schema& schema, const Names& names)
    : logged(changes.logged()),
      time(changes.time),
      activity(changes.activity),
      cause(changes.cause),
      changed(kChanged),
      log(kLog),
      closed_links(kLink),
      opened_links(kLink),
      removed_keys(kKey),
      added_keys(kKey),
      reservations(kReservation),
      exports(kExport),
      export_marks(kMark),
      export_links(kExportLink),
      erased_export_links(kExportLink),
      sweeps(changes.sweeps),
      population(kPopulation),
      items(kItem),
      activities(kActivity),
      followers(kFollower),
      meta(kMeta),
      schema_(schema),
      names_(names) {
    add_objects(changes, schema, names);
    add_links(changes, schema, names);
    add_keys(changes, names);
    add_exports(changes, schema, names);
    add_export_links(changes, names);
    add_population(changes, schema, names);
    add_journal(changes);
}

void Batch::add_objects(const ChangeSet& changes, const Schema& schema, const Names& names) {
    for (const Names::Forgotten& type : names.forgotten())
        forgotten.push_back(type.id);
    std::string document;
    for (const ObjectWrite* write :
         sorted(changes.objects, [](const ObjectWrite& w) { return w.object.id; })) {
        const Object& object = write->object;
        const auto space = names.stored(schema.space_of(object.type));
        const bool create = write->kind == ChangeKind::create;
        if (!write->delta.empty())
            log.add(object.id, create ? CommitNumber{} : object.commit, space,
                    names.stored(object.type), write->kind, write->delta);
        if (create) {
            MUSTER_ASSERT(!write->delta.empty(), "object {} created without a log entry",
                          object.id.value);
            created.push_back(write);
            continue;
        }
        const bool update = write->kind == ChangeKind::update;
        std::optional<std::string_view> attributes;
        if (update && write->attributes_changed) {
            document.clear();
            encode(object.attributes, schema, document);
            attributes = document;
        }
        changed.add(write->kind, space, object.id, object.commit, or_null(object.joined),
                    object.due, object.payload.low, object.payload.high, name_key_of(object.name),
                    flags_of(object), object.provenance, write->identity_changed,
                    !write->delta.empty(), or_null(object.anchor), or_null(object.name),
                    attributes);
        updated += update ? 1 : 0;
        erased += update ? 0 : 1;
        if (!update && !names.forgotten().empty() && schema.space_of(object.type) == kMetaverse)
            left.push_back(object.id.value);
    }
}

std::span<const Column> Batch::created_columns() {
    return kCreated;
}

RowSet Batch::created_rows(std::size_t& first) const {
    constexpr std::size_t kPiece = 256u << 10;
    RowSet rows(kCreated);
    std::string document;
    for (; first < created.size() && rows.bytes().size() < kPiece; ++first) {
        const Object& object = created[first]->object;
        document.clear();
        encode(object.attributes, schema_, document);
        rows.add(object.id, or_null(object.joined), object.due, object.payload.low,
                 object.payload.high, name_key_of(object.name),
                 names_.stored(schema_.space_of(object.type)), names_.stored(object.type),
                 flags_of(object), object.provenance, or_null(object.anchor), or_null(object.name),
                 document);
    }
    return rows;
}

void Batch::add_links(const ChangeSet& changes, const Schema& schema, const Names& names) {
    const auto key = [](const LinkWrite& w) { return std::tie(w.link.source, w.link); };
    for (const LinkWrite* write : sorted(changes.links, key)) {
        const Link& link = write->link;
        (write->open ? opened_links : closed_links)
            .add(names.stored(schema.space_of(link.attribute)), link.source,
                 names.stored(link.attribute), link.target, text_key_or_zero(link.text), link.text);
    }
}

void Batch::add_keys(const ChangeSet& changes, const Names& names) {
    const auto key = [](const KeyWrite& w) { return std::tie(w.key, w.space, w.value, w.object); };
    for (const KeyWrite* write : sorted(changes.keys, key))
        (write->add ? added_keys : removed_keys)
            .add(names.stored(write->key), names.stored(write->space), text_key(write->value),
                 write->value, write->object);
    for (const Reservation& reservation : changes.reservations) {
        const std::string folded = fold(reservation.value);
        reservations.add(names.stored(reservation.attribute), text_key(folded),
                         text_key(reservation.owner), reservation.value, folded, reservation.owner);
    }
}

void Batch::add_exports(const ChangeSet& changes, const Schema& schema, const Names& names) {
    std::set<ObjectId> replaced;  // a mark on one of these must carry everything
    for (const ExportWrite& write : changes.exports)
        if (write.delta_changed)
            replaced.insert(write.row.object);
    std::string delta;
    for (const ExportWrite* write :
         last_of_each(changes.exports, [](const ExportWrite& w) { return w.row.object; })) {
        const Export& row = write->row;
        if (write->erase) {
            erased_exports.push_back(row.object.value);
            linked.push_back(row.object);
            continue;
        }
        if (row.kind == ExportKind::update && row.delta.empty())
            emptied.push_back(row.object);
        if (!write->delta_changed && !replaced.contains(row.object)) {
            export_marks.add(row.object, row.state, row.released, row.attempts, row.error);
            continue;
        }
        delta.clear();
        if (!row.delta.empty())
            encode(row.delta, schema, delta);
        exports.add(row.object, names.stored(schema.space_of(row.type)), names.stored(row.type),
                    row.kind, row.state, row.released, row.attempts, row.cause, row.planned,
                    row.error, delta);
    }
}

void Batch::add_export_links(const ChangeSet& changes, const Names& names) {
    const auto key = [](const ExportLinkWrite& w) {
        return std::tie(w.row.object, w.row.attribute, w.row.add, w.row.target, w.row.text);
    };
    for (const ExportLinkWrite* write : last_of_each(changes.export_links, key)) {
        const ExportLink& link = write->row;
        (write->erase ? erased_export_links : export_links)
            .add(link.object, names.stored(link.attribute), link.add, link.target,
                 text_key_or_zero(link.text), link.text, link.state, link.released);
        (write->erase ? emptied : linked).push_back(link.object);
    }
    std::vector<ObjectId> settled;  // have an export that stays, whatever becomes of their links
    for (const ExportWrite& write : changes.exports)
        if (!write.erase && (write.row.kind != ExportKind::update || !write.row.delta.empty()))
            settled.push_back(write.row.object);
    std::sort(settled.begin(), settled.end());
    for (std::vector<ObjectId>* objects : {&linked, &emptied}) {
        std::sort(objects->begin(), objects->end());
        objects->erase(std::unique(objects->begin(), objects->end()), objects->end());
        std::erase_if(*objects, [&](ObjectId object) {
            return std::binary_search(settled.begin(), settled.end(), object);
        });
    }
}

void Batch::add_population(const ChangeSet& changes, const Schema& schema, const Names& names) {
    std::map<std::pair<TypeId, AttributeId>, std::int64_t> sums;
    for (const ObjectWrite& write : changes.objects)
        if (write.kind != ChangeKind::update)
            sums[{write.object.type, {}}] += write.kind == ChangeKind::create ? 1 : -1;
    for (const LinkWrite& write : changes.links)
        sums[{schema.attribute(write.link.attribute).owner, write.link.attribute}] +=
            write.open ? 1 : -1;
    for (const auto& [key, sum] : sums)
        if (sum != 0)
            population.add(names.stored(schema.space_of(key.first)), names.stored(key.first),
                           names.stored(key.second), sum);
}

void Batch::add_journal(const ChangeSet& changes) {
    for (const Item& item : changes.items)
        items.add(item.activity, item.object, item.system, item.type, item.anchor, item.code,
                  item.message, item.where);
    for (const ActivityRow* row :
         last_of_each(changes.activities, [](const ActivityRow& r) { return r.id; }))
        activities.add(row->id, or_null(row->parent), row->started, row->ended, row->kind,
                       row->system, row->status, row->counters, row->message);
    const auto name = [](const auto& pair) -> const std::string& { return pair.first; };
    for (const auto* watermark : last_of_each(changes.watermarks, name))
        followers.add(watermark->first, watermark->second);
    for (const auto* fact : last_of_each(changes.meta, name))
        meta.add(fact->first, fact->second);
}

}  // namespace muster::postgresql
