#include "run/import_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/anchor.h"

namespace muster {

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
    std::vector<ObjectProblem> problems;
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
    if (named_) {
        return index_.find_name(text);
    }
    const auto target = step_.schema().attribute(attribute).target;
    std::string buffer;
    const auto anchor = make_anchor(step_.schema(), target, std::span(&text, 1), buffer);
    const auto* known =
        anchor.flaw == AnchorFlaw::none ? index_.find(target, anchor.text) : nullptr;
    return known == nullptr || (known->state == ObjectState::gone && !known->seen) ? ObjectId{}
                                                                                   : known->id;
}

void ImportPage::links_of(const PageEntry& entry, const ReadEntry& read,
                          const std::vector<Link>& before, Result& result) const {
    std::vector<Link> after;
    for (const auto& reference : read.references) {
        const auto target = resolve(reference.attribute, reference.text);
        after.push_back({reference.attribute, entry.id, target,
                         target ? std::string{} : std::string(reference.text)});
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

void ImportPage::stop_waiting(const Object& before, const Document& after, Result& result) const {
    if (!before.waiting || before.attributes == after) {
        return;
    }
    const auto& book = step_.context().book;
    for (const auto rule : book.connector_type(before.type).inbound) {
        for (const auto& match : book.configuration().inbound[rule].join) {
            std::vector<std::string> values;
            matching_values(match.connector, before.attributes, values);
            for (auto& value : values) {
                result.keys.push_back({match.key, step_.schema().space_of(before.type),
                                       std::move(value), before.id, false});
            }
        }
    }
    result.write.object.waiting = false;
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

void ImportPage::build_one(const ReadBatch& batch, const PageEntry& entry, const Existing* existing,
                           Result& result) const {
    std::vector<ReadValue> values;
    batch.each_value(entry.row, [&](AttributeId attribute, std::string_view text) {
        values.push_back({attribute, text});
    });
    ReadEntry read;
    read_entry(step_.schema(), values, read);
    result.problems = std::move(read.problems);

    auto& object = result.write.object;
    if (existing != nullptr) {
        object = existing->object;
    }
    object.id = entry.id;
    object.type = entry.row.type;
    object.state = ObjectState::normal;
    object.unconfirmed = false;
    object.anchor = batch.anchor(entry.row);
    object.name = batch.name(entry.row);
    object.attributes = std::move(read.attributes);
    static const std::vector<Link> kNoLinks;
    const auto& links_before = existing == nullptr ? kNoLinks : existing->links;
    links_of(entry, read, links_before, result);
    object.payload = result.deferred_texts.empty() ? entry.row.payload : Digest{};
    if (existing == nullptr) {
        result.write.kind = ChangeKind::create;
        std::string document;
        encode(object.attributes, step_.schema(), document);
        const auto d = digest(document);
        result.write.delta = fmt::format("{:016x}{:016x}", d.high, d.low);
        result.changed = result.touched = true;
        return;
    }
    stop_waiting(existing->object, object.attributes, result);
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

void ImportPage::build(const ReadBatch& batch, std::span<const PageEntry> entries,
                       ChangeSet& changes, std::vector<DeferredLink>& deferred) {
    std::vector<Result> results(entries.size());
    workers_.run(entries.size(), [&](Worker& worker, std::size_t begin, std::size_t end) {
        build_part(worker, batch, entries.subspan(begin, end - begin),
                   std::span(results).subspan(begin, end - begin));
    });
    for (std::size_t i = 0; i < results.size(); ++i) {
        auto& result = results[i];
        for (const auto& problem : result.problems) {
            const auto& type = step_.schema().type(entries[i].row.type);
            step_.item({{},
                        entries[i].id,
                        step_.schema().space(type.space).name,
                        type.name,
                        std::string(batch.anchor(entries[i].row)),
                        problem.code,
                        problem.message,
                        std::string(batch.where(entries[i].row))});
        }
        for (std::size_t d = 0; d < result.deferred_texts.size(); ++d) {
            deferred.push_back({entries[i].id, entries[i].row.type, result.deferred_attributes[d],
                                std::move(result.deferred_texts[d])});
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
