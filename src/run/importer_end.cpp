#include "run/importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/error.h"
#include "engine/plan.h"
#include "run/import_questions.h"
#include "run/key_rows.h"
#include "run/old_names.h"
#include "run/renamed_links.h"
#include "run/unresolved.h"

namespace muster {

namespace {

/// Calls `page(part)` for consecutive parts of at most limits::kPageObjects.
template <class T, class F>
void in_pages(std::span<const T> all, F&& page) {
    for (std::size_t begin = 0; begin < all.size(); begin += limits::kPageObjects) {
        page(all.subspan(begin, std::min(limits::kPageObjects, all.size() - begin)));
    }
}

}  // namespace

void Importer::take_back_one(Object&& object, const ImportIndex::Known& known, ChangeSet& set) {
    ObjectWrite write;
    const auto state = object.state;
    Delta delta;
    std::vector<Change> history = view_.history(object.id, limits::kPageObjects);
    std::erase_if(history, [this](const Change& change) { return change.commit <= start_; });
    if (known.created || std::ranges::count(history, ChangeKind::create, &Change::kind) > 0) {
        write.attributes_changed = write.identity_changed = false;
        // The next sync takes it down, with what refers to it; unless one was faster and joined it.
        if (!object.joined) {
            delta.state = {state, ObjectState::gone};
            object.state = ObjectState::gone;
        }
    } else {
        std::vector<Delta> since;
        since.reserve(history.size());
        for (const auto& change : history) {
            since.push_back(decode_delta(change.delta, change.type, step_.schema()));
        }
        const Object present = object;
        if (!take_back(since, object, delta.links)) {
            throw Error(ErrorCode::store,
                        fmt::format("the log of object {} does not fit it", object.id.value),
                        "run 'muster db check'");
        }
        delta.attributes = diff(present.attributes, object.attributes);
        const Keyed now{present.attributes, present.waiting};
        const Keyed then{object.attributes, present.waiting};
        write_keys(step_.context().book, object.type, object.id, &now, &then, set.keys);
        if (present.name != object.name) {
            delta.name = {present.name, object.name};
        }
        if (present.state != object.state) {
            delta.state = {present.state, object.state};
        }
    }
    for (const auto& link : delta.links) {
        set.links.push_back({{link.attribute, object.id, link.target, link.text}, link.opened});
    }
    if (!delta.empty()) {
        encode(delta, step_.schema(), write.delta);
    }
    object.payload = {};  // to be compared honestly, whichever copy is left one day
    write.object = std::move(object);
    set.objects.push_back(std::move(write));
}

void Importer::refuse_duplicates() {
    ChangeSet set = step_.changes();
    std::vector<ObjectId> ids;
    ids.reserve(duplicates_.size());
    for (const auto& [id, known] : duplicates_) {
        ids.push_back(id);
    }
    std::vector<Object> objects;
    view_.hydrate(ids, objects);
    for (auto& object : objects) {
        const auto& known = duplicates_.at(object.id);
        take_back_one(std::move(object), known, set);
    }
    std::erase_if(deferred_,
                  [this](const DeferredLink& link) { return duplicates_.contains(link.source); });
    if (refused_ != refused_before_) {
        boost::json::array names;
        for (const auto& name : refused_) {
            names.emplace_back(name);
        }
        set.meta.emplace_back(refused_name(), boost::json::serialize(names));
    }
    submit(std::move(set));
    committer_.drain();
}

void Importer::settle(const std::map<ObjectId, std::vector<LinkChange>>& changes, bool tell) {
    std::vector<ObjectId> ids;
    ids.reserve(changes.size());
    for (const auto& [id, links] : changes) {
        ids.push_back(id);
    }
    std::vector<Object> objects;
    in_pages(std::span<const ObjectId>(ids), [&](std::span<const ObjectId> page) {
        ChangeSet set = step_.changes();
        view_.hydrate(page, objects);
        for (auto& object : objects) {
            ObjectWrite write;
            write.attributes_changed = write.identity_changed = false;
            if (const auto payload = open_payloads_.find(object.id);
                payload != open_payloads_.end()) {
                object.payload = payload->second;
            }
            Delta delta;
            delta.links = changes.at(object.id);
            for (const auto& link : delta.links) {
                set.links.push_back(
                    {{link.attribute, object.id, link.target, link.text}, link.opened});
                if (tell && link.opened && !link.target) {
                    const auto place = open_places_.find(object.id);
                    step_.count("unresolved references");
                    note_unresolved(step_, object, link.attribute, link.text,
                                    place == open_places_.end() ? "" : place->second);
                }
            }
            encode(delta, step_.schema(), write.delta);
            write.object = std::move(object);
            set.objects.push_back(std::move(write));
        }
        submit(std::move(set));
    });
    committer_.drain();
}

void Importer::look_up_unresolved() {
    if (!index_.whole()) {
        ImportQuestions questions(step_.schema(), named_);
        view_.unresolved(system_,
                         [&](const Link& link) { questions.add(link.attribute, link.text); });
        questions.look_up(index_);
    }
}

void Importer::settle_links() {
    std::map<ObjectId, std::vector<LinkChange>> changes;
    std::vector<LostValue> values;
    for (auto& link : deferred_) {
        const auto target = page_.resolve(link.attribute, link.text);
        if (named_ && !target && !link.lost.empty()) {
            values.push_back(
                {link.source, link.type, link.attribute, link.text, std::move(link.lost)});
        }
        changes[link.source].push_back(
            {link.attribute, true, target, target ? std::string{} : std::move(link.text)});
    }
    deferred_.clear();
    if (created_any_) {
        look_up_unresolved();
        view_.unresolved(system_, [&](const Link& link) {
            if (const auto target = page_.resolve(link.attribute, link.text)) {
                auto& of_source = changes[link.source];
                of_source.push_back({link.attribute, false, {}, link.text});
                of_source.push_back({link.attribute, true, target, {}});
            }
        });
    }
    for (auto& [source, links] : changes) {
        std::ranges::sort(links);
        const auto repeated = std::ranges::unique(links);  // two spellings of one target
        links.erase(repeated.begin(), repeated.end());
    }
    // A target spelled in two ways, once resolved at once and once only now, is one link.
    std::vector<Link> resolved;
    for (const auto& [source, links] : changes) {
        for (const auto& link : links) {
            if (link.opened && link.target) {
                resolved.push_back({link.attribute, source, link.target, {}});
            }
        }
    }
    const auto exist = std::make_unique<bool[]>(resolved.size());
    view_.exist(resolved, {exist.get(), resolved.size()});
    for (std::size_t i = 0; i < resolved.size(); ++i) {
        if (exist[i]) {
            std::erase(changes[resolved[i].source],
                       LinkChange{resolved[i].attribute, true, resolved[i].target, {}});
        }
    }
    settle(changes);
    if (!values.empty()) {
        ChangeSet set = step_.changes();
        plan_old_names(step_, view_, values, set);
        submit(std::move(set));
        committer_.drain();
    }
    doubt_referrers_of_renamed();
}

/// What was read before an object's new name was known may have meant it by the old one, which by
/// now leads nowhere or to another. The next read compares those that refer to it honestly.
void Importer::doubt_referrers_of_renamed() {
    std::vector<Link> links;
    view_.referrers(page_.renamed(), links);
    std::set<ObjectId> sources;
    for (const auto& link : links) {
        if (step_.schema().space_of(link.attribute) == system_) {
            sources.insert(link.source);
        }
    }
    const std::vector<ObjectId> ids(sources.begin(), sources.end());
    std::vector<Object> objects;
    in_pages(std::span<const ObjectId>(ids), [&](std::span<const ObjectId> page) {
        ChangeSet set = step_.changes();
        view_.hydrate(page, objects);
        for (auto& object : objects) {
            ObjectWrite write;
            write.attributes_changed = write.identity_changed = false;
            object.payload = {};
            write.object = std::move(object);
            set.objects.push_back(std::move(write));
        }
        submit(std::move(set));
    });
    committer_.drain();
}

void Importer::write_gone(std::span<const ObjectId> gone) {
    std::vector<Object> objects;
    in_pages(gone, [&](std::span<const ObjectId> page) {
        ChangeSet set = step_.changes();
        view_.hydrate(page, objects);
        for (auto& object : objects) {
            ObjectWrite write;
            write.attributes_changed = write.identity_changed = false;
            Delta delta;
            delta.state = {object.state, ObjectState::gone};
            encode(delta, step_.schema(), write.delta);
            object.state = ObjectState::gone;
            object.payload = {};
            write.object = std::move(object);
            set.objects.push_back(std::move(write));
            step_.count("gone");
        }
        submit(std::move(set));
    });
    committer_.drain();
}

std::string Importer::keyless_name(TypeId type) const {
    return "rows without a key of " + step_.schema().space(system_).name + "/" +
           step_.schema().type(type).name;
}

/// What is missing may be a row whose key cannot be used, if there are more of those than when it
/// was last there: it stays as it is until that number has fallen back.
void Importer::keep_hidden(TypeId type, std::vector<ObjectId>& missing) {
    const auto now = keyless_[type];
    const auto noted = view_.meta(keyless_name(type));
    if (now == 0 || missing.empty()) {
        return;
    }
    const auto before = noted.empty() ? now : std::stoull(noted);
    std::set<ObjectId> kept;
    std::vector<Object> objects;
    in_pages(std::span<const ObjectId>(missing), [&](std::span<const ObjectId> page) {
        ChangeSet set = step_.changes();
        view_.hydrate(page, objects);
        for (auto& object : objects) {
            const auto since = hidden_since(step_.schema(), object);
            if (since.value_or(before) >= now) {
                continue;
            }
            kept.insert(object.id);
            if (since) {
                continue;
            }
            ObjectWrite write;
            write.identity_changed = false;
            const auto attribute = step_.schema().type(type).unreadable;
            const auto note = hidden_note(before);
            Delta delta;
            Document after = object.attributes;
            std::vector<std::string_view> notes;
            for (const auto& value : object.attributes.values(attribute)) {
                notes.push_back(value.text);
            }
            notes.push_back(note);
            after.set(attribute, notes);
            delta.attributes = diff(object.attributes, after);
            encode(delta, step_.schema(), write.delta);
            object.attributes = std::move(after);
            object.payload = {};  // when it shows up, the note goes
            write.object = std::move(object);
            set.objects.push_back(std::move(write));
        }
        submit(std::move(set));
    });
    committer_.drain();
    std::erase_if(missing, [&](ObjectId id) { return kept.contains(id); });
    if (!kept.empty()) {
        const auto& system = step_.schema().space(system_).name;
        step_.count("not taken for gone", kept.size());
        step_.item(
            {{},
             {},
             system,
             step_.schema().type(type).name,
             {},
             "may-be-hidden",
             fmt::format("missing, and perhaps among the rows whose key cannot be used ({}): {} "
                         "objects, which stay as they are; mend those keys, or 'muster run "
                         "--accept-incomplete {}' takes them for gone",
                         now, kept.size(), system),
             {}});
    }
}

void Importer::note_keyless(std::span<const TypeId> complete) {
    ChangeSet set = step_.changes();
    for (const auto type : complete) {
        const auto now = std::to_string(keyless_[type]);
        if (view_.meta(keyless_name(type)) != now) {
            set.meta.emplace_back(keyless_name(type), now);
        }
    }
    submit(std::move(set));
    committer_.drain();
}

void Importer::mark_gone(std::span<const TypeId> complete, bool sure) {
    for (const auto& [type, anchor] : meant_) {
        if (auto* known = index_.find(type, anchor)) {
            known->seen = true;
        }
    }
    std::map<TypeId, std::vector<ObjectId>> missing;
    index_.each([&](const ImportIndex::Known& known) {
        if (!known.seen && known.state == ObjectState::normal &&
            std::ranges::count(complete, known.type) > 0) {
            missing[known.type].push_back(known.id);
        }
    });
    std::vector<ObjectId> gone;
    for (auto& [type, of_type] : missing) {
        std::ranges::sort(of_type);
        if (!sure) {
            keep_hidden(type, of_type);
        }
        gone.insert(gone.end(), of_type.begin(), of_type.end());
    }
    std::ranges::sort(gone);
    write_gone(gone);
    note_keyless(complete);
}

void Importer::mark_absent(std::span<const ObjectId> asked) {
    boost::unordered_flat_map<ObjectId, bool> unseen;
    for (const auto id : asked) {
        unseen.emplace(id, true);
    }
    std::vector<ObjectId> gone;
    index_.each([&](const ImportIndex::Known& known) {
        if (!known.seen && known.state == ObjectState::normal && unseen.contains(known.id)) {
            gone.push_back(known.id);
        }
    });
    std::ranges::sort(gone);
    write_gone(gone);
}

namespace {

/// A sent export whose fate is known by now: what of it never arrived, or is no longer so.
ExportWrite settled(const Export& sent, const Object& actual) {
    ExportWrite write{sent, false, true};
    auto& row = write.row;
    row.state = ExportState::planned;
    if (actual.state == ObjectState::gone) {
        write.erase = row.kind == ExportKind::erase;
        return write;
    }
    if (row.kind == ExportKind::create && actual.state == ObjectState::normal) {
        row.kind = ExportKind::update;
    }
    if (row.kind != ExportKind::create) {
        row.delta = rest_of(std::move(row.delta), actual);
    }
    return write;
}

}  // namespace

void Importer::settle_exports(std::span<const ObjectId> asked) {
    std::vector<Export> sent;
    std::map<ObjectId, std::string> renamed;
    const ExportState state = ExportState::sent;
    boost::unordered_flat_map<ObjectId, bool> only;
    for (const auto id : asked) {
        only.emplace(id, true);
    }
    view_.exports(system_, std::span(&state, 1), [&](const Export& row) {
        if (only.empty() || only.contains(row.object)) {
            sent.push_back(row);
        }
    });
    in_pages(std::span<const Export>(sent), [&](std::span<const Export> page) {
        std::vector<ObjectId> ids;
        for (const auto& row : page) {
            ids.push_back(row.object);
        }
        std::vector<Object> objects;
        view_.hydrate(ids, objects);
        ChangeSet set = step_.changes();
        for (std::size_t i = 0; i < page.size(); ++i) {
            if (objects[i].unconfirmed) {
                continue;  // not shown by this read: still to be confirmed
            }
            set.exports.push_back(settled(page[i], objects[i]));
            const auto& planned = page[i].delta;
            if (objects[i].state != ObjectState::provisioning && planned.name &&
                !planned.name->first.empty() && objects[i].name == planned.name->second) {
                renamed.emplace(objects[i].id, planned.name->first);
            }
        }
        submit(std::move(set));
    });
    committer_.drain();
    tell_referrers(std::move(renamed));
}

/// Who refers to objects that turned out to have the name they were to get is told, as if it had
/// been answered.
void Importer::tell_referrers(std::map<ObjectId, std::string>&& renamed) {
    if (renamed.empty()) {
        return;
    }
    const RenamedLinks links(step_, view_, system_, std::move(renamed));
    std::map<ObjectId, std::vector<LinkChange>> changes;
    for (const auto source : links.sources()) {
        changes.emplace(source, links.changes_of(source));
    }
    ChangeSet set = step_.changes();
    links.plan_renewal(set);
    submit(std::move(set));
    settle(changes, false);
}

}  // namespace muster
