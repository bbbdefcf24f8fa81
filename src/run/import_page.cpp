#include "run/import_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
#include "engine/kept_values.h"
#include "model/anchor.h"
#include "run/key_rows.h"

namespace muster {

namespace {

/// Of what an attribute lost in one read, so much is looked at to tell what came in its place.
constexpr std::size_t kLostLookedAt = 100;

}  // namespace

/// What came of one entry.
struct ImportPage::Result {
    ObjectWrite write;
    bool changed = false;        ///< `write` has something for the log
    bool touched = false;        ///< `write` has to be written at all
    bool confirmed = false;      ///< what was sent was found as it was sent
    bool renamed = false;        ///< it had another name
    std::optional<Export> done;  ///< the sent export that this confirms
    std::vector<LinkChange> links;
    std::vector<std::string> deferred_texts;
    std::vector<AttributeId> deferred_attributes;
    std::vector<KeyWrite> keys;
    std::vector<Unreadable> unreadable;
    Digest payload;  ///< none where the entry has to be compared again in the next import
};

/// What the store has of an entry.
struct ImportPage::Existing {
    Object object;
    std::vector<Link> links;
    std::optional<Export> sent;
};

ImportPage::ImportPage(Step& step, Workers& workers, const ImportIndex& index, bool named)
    : step_(step), workers_(workers), index_(index), named_(named) {}

ObjectId ImportPage::resolve(AttributeId attribute, std::string_view text) const {
    const auto& targets = step_.schema().attribute(attribute).targets;
    if (named_) {
        return index_.find_name(targets, text);
    }
    for (const auto target : targets) {
        std::string buffer;
        const auto anchor = make_anchor(step_.schema(), target, std::span(&text, 1), buffer);
        const auto* known =
            anchor.flaw == AnchorFlaw::none ? index_.find(target, anchor.text) : nullptr;
        if (known != nullptr && (known->state != ObjectState::gone || known->seen)) {
            return known->id;
        }
    }
    return {};
}

void ImportPage::links_of(const PageEntry& entry, const ReadEntry& read,
                          const std::vector<Link>& before, Result& result) const {
    std::vector<Link> after;
    for (const auto& reference : read.references) {
        const auto target = resolve(reference.attribute, reference.text);
        after.push_back({reference.attribute, entry.id, target,
                         target ? std::string{} : std::string(reference.text)});
    }
    for (const auto& flaw : read.unreadable) {
        if (flaw.partly) {
            continue;
        }
        std::ranges::copy_if(before, std::back_inserter(after),
                             [&](const Link& link) { return link.attribute == flaw.attribute; });
    }
    diff_links(before, after, result.links);
    std::erase_if(result.links, [&](const LinkChange& link) {
        const bool defer = link.opened && !link.target;
        if (defer) {
            result.deferred_attributes.push_back(link.attribute);
            result.deferred_texts.push_back(link.text);
        }
        return defer;
    });
}

/// Who changes is looked at by the next sync, and waits again if it finds nobody.
void ImportPage::write_keys(const Object* before, Result& result) const {
    Object& after = result.write.object;
    const auto& book = step_.context().book;
    if (before == nullptr) {
        const Keyed keyed{after.attributes, false};
        muster::write_keys(book, after.type, after.id, nullptr, &keyed, result.keys);
    } else if (!(before->attributes == after.attributes)) {
        after.waiting = false;
        const Keyed old_keys{before->attributes, before->waiting};
        const Keyed new_keys{after.attributes, false};
        muster::write_keys(book, after.type, after.id, &old_keys, &new_keys, result.keys);
    }
}

void ImportPage::compare(const Object& before, Result& result) const {
    const Object& after = result.write.object;
    Delta delta;
    delta.attributes = diff(before.attributes, after.attributes);
    if (before.anchor != after.anchor) {
        delta.anchor = {before.anchor, after.anchor};
    }
    if (before.name != after.name) {
        delta.name = {before.name, after.name};
        result.renamed = true;
    }
    if (before.state != after.state) {
        delta.state = {before.state, after.state};
    }
    if (before.joined != after.joined) {
        delta.joined = {before.joined, after.joined};
    }
    delta.links = result.links;
    result.write.attributes_changed = !delta.attributes.empty();
    result.write.identity_changed = delta.anchor || delta.name;
    result.changed = !delta.empty();
    result.confirmed =
        before.unconfirmed && delta.attributes.empty() && delta.links.empty() && !delta.name;
    result.touched = result.changed || before.payload != after.payload ||
                     before.unconfirmed != after.unconfirmed || before.waiting != after.waiting;
    if (result.changed) {
        encode(delta, step_.schema(), result.write.delta);
    }
}

/// Where a system keeps another spelling of a value than it was sent, the value is there all the
/// same: without this it would be sent again in every run. A spelling that anybody changes later
/// shows, as the entry does.
void ImportPage::take_for_sent(const Document& sent, Object& object) const {
    const auto texts = [](const Document& document, AttributeId attribute) {
        std::vector<std::string> out;
        for (const auto& value : document.values(attribute)) {
            out.emplace_back(value.text);
        }
        return out;
    };
    for (const auto& attribute : step_.schema().attributes(object.type)) {
        const auto equality = step_.context().book.equality(attribute.id);
        if (equality == Equality::exact ||
            object.attributes.values(attribute.id) == sent.values(attribute.id)) {
            continue;
        }
        const auto values = spelled_as_sent(equality, texts(sent, attribute.id),
                                            texts(object.attributes, attribute.id));
        object.attributes.set(attribute.id,
                              std::vector<std::string_view>(values.begin(), values.end()));
    }
}

void ImportPage::read_row(const ReadBatch& batch, const ReadBatch::Row& row, const Existing* before,
                          ReadEntry& read) const {
    std::vector<ReadValue> values;
    batch.each_value(row, [&](AttributeId attribute, std::string_view text) {
        values.push_back({attribute, text});
    });
    for (const auto& flaw : batch.flaws(row)) {
        read.unreadable.push_back({flaw.attribute, flaw.code, flaw.message});
    }
    read_entry(step_.schema(), values, read);
    if (const auto* ownerless = batch.ownerless(row); ownerless != nullptr && before != nullptr) {
        keep_ownerless(*ownerless, *before, read);
    }
    keep_unreadable(step_.schema(), row.type,
                    before == nullptr ? nullptr : &before->object.attributes, read);
}

/// A value whose owner cannot be told takes nothing from those who had it.
void ImportPage::keep_ownerless(const OwnerlessValues& ownerless, const Existing& before,
                                ReadEntry& read) const {
    std::string buffer;
    for (const auto& [id, text] : ownerless) {
        const auto& attribute = step_.schema().attribute(id);
        const auto flaw = std::ranges::find(read.unreadable, id, &Unreadable::attribute);
        if (flaw != read.unreadable.end() && !flaw->partly) {
            continue;  // it keeps all of them
        }
        if (attribute.type == Type::reference) {
            if (lost_link(id, text, before, read)) {
                keep_value(step_.schema(), {id, text}, read);
            }
        } else if (const auto value = canonical(attribute.type, text, buffer)) {
            const auto holds = [&](const Document& document) {
                return std::ranges::any_of(document.values(id),
                                           [&](const auto& v) { return v.text == *value; });
            };
            if (holds(before.object.attributes) && !holds(read.attributes) &&
                (attribute.multi || !read.attributes.has(id))) {
                keep_value(step_.schema(), {id, *value}, read);
            }
        }
    }
}

/// Whether a reference led where the text says, and what was read of it does not.
bool ImportPage::lost_link(AttributeId attribute, std::string_view text, const Existing& before,
                           const ReadEntry& read) const {
    const auto target = resolve(attribute, text);
    const Link link{attribute, before.object.id, target,
                    target ? std::string{} : std::string(text)};
    return std::ranges::count(before.links, link) > 0 &&
           std::ranges::none_of(read.references, [&](const ReadValue& value) {
               return value.attribute == attribute &&
                      (!step_.schema().attribute(attribute).multi || value.text == text ||
                       (target && resolve(attribute, value.text) == target));
           });
}

void ImportPage::build_one(const ReadBatch& batch, const PageEntry& entry, const Existing* existing,
                           Result& result) const {
    ReadEntry read;
    read_row(batch, entry.row, existing, read);

    auto& object = result.write.object;
    if (existing != nullptr) {
        object = existing->object;
    }
    object.id = entry.id;
    object.type = entry.row.type;
    object.state = ObjectState::normal;
    object.unconfirmed = false;
    object.anchor = batch.anchor(entry.row);
    // Not every directory shows the spelling that it was given. What is the same name stays as it
    // was sent.
    if (object.name != batch.name(entry.row) &&
        (object.name.empty() || !same_dn(object.name, batch.name(entry.row)))) {
        object.name = batch.name(entry.row);
    }
    object.attributes = std::move(read.attributes);
    if (existing != nullptr && existing->object.unconfirmed) {
        take_for_sent(existing->object.attributes, object);
    }
    for (const auto& attribute : step_.schema().attributes(object.type)) {
        if (step_.context().book.write_only(attribute.id)) {
            object.attributes.set(attribute.id, {});
        }
    }
    if (existing != nullptr) {
        note_kept(step_.context().book, existing->object, existing->object.unconfirmed, object);
    }
    object.joined = entry.found ? ObjectId{} : object.joined;
    static const std::vector<Link> kNoLinks;
    const auto& links_before = existing == nullptr ? kNoLinks : existing->links;
    links_of(entry, read, links_before, result);
    // What cannot be read is told in every import.
    result.payload = read.unreadable.empty() ? entry.row.payload : Digest{};
    result.unreadable = std::move(read.unreadable);
    object.payload = result.deferred_texts.empty() ? result.payload : Digest{};
    if (existing == nullptr) {
        result.write.kind = ChangeKind::create;
        std::string document;
        encode(object.attributes, step_.schema(), document);
        const auto d = digest(document);
        result.write.delta = fmt::format("{:016x}{:016x}", d.high, d.low);
        result.changed = result.touched = true;
        write_keys(nullptr, result);
        return;
    }
    write_keys(&existing->object, result);
    compare(existing->object, result);
    result.confirmed = result.confirmed && result.deferred_texts.empty();
    // What is left in a sent delta is of unknown fate: it was not answered.
    if (result.confirmed && existing->sent && existing->sent->state == ExportState::sent &&
        existing->sent->delta.empty()) {
        result.done = existing->sent;
    }
}

void ImportPage::build_part(Worker& worker, const ReadBatch& batch,
                            std::span<const PageEntry> entries, std::span<Result> results) const {
    std::vector<ObjectId> ids;
    for (const auto& entry : entries) {
        if (!entry.create) {
            ids.push_back(entry.id);
        }
    }
    std::vector<Object> objects;
    worker.view->hydrate(ids, objects);
    std::vector<Link> links;
    worker.view->links(ids, {}, links);
    std::ranges::stable_sort(links, {}, &Link::source);
    std::vector<ObjectId> unconfirmed;
    for (const auto& object : objects) {
        if (object.unconfirmed) {
            unconfirmed.push_back(object.id);
        }
    }
    std::vector<std::optional<Export>> sent;
    worker.view->exports(unconfirmed, sent);
    std::size_t next = 0;
    std::size_t next_sent = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].create) {
            build_one(batch, entries[i], nullptr, results[i]);
            continue;
        }
        Existing existing;
        existing.object = std::move(objects[next++]);
        MUSTER_ASSERT(existing.object.id == entries[i].id, "object {} vanished during its import",
                      entries[i].id.value);
        if (existing.object.unconfirmed) {
            existing.sent = std::move(sent[next_sent++]);
        }
        const auto own = std::ranges::equal_range(links, entries[i].id, {}, &Link::source);
        existing.links.assign(own.begin(), own.end());
        build_one(batch, entries[i], &existing, results[i]);
    }
}

/// What was to be created where somebody else has made an entry is not created any more.
void ImportPage::forget_plans(std::span<const PageEntry> entries, ChangeSet& changes) const {
    std::vector<ObjectId> ids;
    for (const auto& entry : entries) {
        if (entry.found) {
            ids.push_back(entry.id);
        }
    }
    if (ids.empty()) {
        return;
    }
    auto& view = *workers_.own().view;
    std::vector<std::optional<Export>> rows;
    view.exports(ids, rows);
    for (auto& row : rows) {
        if (row) {
            changes.exports.push_back({std::move(*row), true});
        }
    }
    std::vector<ExportLink> links;
    view.export_links(ids, links);
    for (auto& link : links) {
        changes.export_links.push_back({std::move(link), true});
    }
}

namespace {

/// File and line of an entry; nothing where its name says it all.
std::string place_of(const ReadBatch& batch, const ReadBatch::Row& row) {
    const auto where = batch.where(row);
    return where == batch.name(row) ? std::string{} : std::string(where);
}

}  // namespace

void ImportPage::tell(const ReadBatch& batch, const PageEntry& entry,
                      const Unreadable& flaw) const {
    const auto& type = step_.schema().type(entry.row.type);
    step_.item({{},
                entry.id,
                step_.schema().space(type.space).name,
                type.name,
                std::string(batch.anchor(entry.row)),
                flaw.code,
                fmt::format("{}: {}; it stays as it was",
                            step_.schema().attribute(flaw.attribute).name, flaw.message),
                std::string(batch.where(entry.row))});
}

void ImportPage::build(const ReadBatch& batch, std::span<const PageEntry> entries,
                       ChangeSet& changes, std::vector<DeferredLink>& deferred) {
    std::vector<Result> results(entries.size());
    workers_.run(entries.size(), [&](Worker& worker, std::size_t begin, std::size_t end) {
        build_part(worker, batch, entries.subspan(begin, end - begin),
                   std::span(results).subspan(begin, end - begin));
    });
    forget_plans(entries, changes);
    for (std::size_t i = 0; i < results.size(); ++i) {
        auto& result = results[i];
        for (const auto& flaw : result.unreadable) {
            tell(batch, entries[i], flaw);
        }
        for (std::size_t d = 0; d < result.deferred_texts.size(); ++d) {
            const auto attribute = result.deferred_attributes[d];
            std::vector<ObjectId> lost;
            for (const auto& link : result.links) {
                if (!link.opened && link.target && link.attribute == attribute &&
                    lost.size() < kLostLookedAt) {
                    lost.push_back(link.target);
                }
            }
            deferred.push_back({entries[i].id, entries[i].row.type, attribute,
                                std::move(result.deferred_texts[d]), result.payload,
                                place_of(batch, entries[i].row), std::move(lost)});
        }
        for (const auto& link : result.links) {
            changes.links.push_back(
                {{link.attribute, entries[i].id, link.target, link.text}, link.opened});
        }
        changes.keys.insert(changes.keys.end(), result.keys.begin(), result.keys.end());
        if (result.renamed) {
            renamed_.push_back(entries[i].id);
        }
        if (result.done) {
            changes.exports.push_back({std::move(*result.done), true});
        }
        if (!result.touched) {
            step_.count("unchanged");
            continue;
        }
        step_.count("confirmed", result.confirmed ? 1 : 0);
        step_.count(entries[i].create ? "created" : result.changed ? "updated" : "unchanged");
        changes.objects.push_back(std::move(result.write));
    }
}

}  // namespace muster
