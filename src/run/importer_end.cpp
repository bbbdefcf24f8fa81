#include "run/importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/error.h"
#include "run/import_questions.h"

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

void Importer::settle(const std::map<ObjectId, std::vector<LinkChange>>& changes) {
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
                step_.count("unresolved references", link.opened && !link.target ? 1 : 0);
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
    for (auto& link : deferred_) {
        const auto target = page_.resolve(link.attribute, link.text);
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

void Importer::mark_gone(std::span<const TypeId> complete) {
    std::vector<ObjectId> gone;
    index_.each([&](const ImportIndex::Known& known) {
        if (!known.seen && known.state == ObjectState::normal &&
            std::ranges::count(complete, known.type) > 0) {
            gone.push_back(known.id);
        }
    });
    std::ranges::sort(gone);
    write_gone(gone);
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

void Importer::settle_exports(std::span<const ObjectId> asked) {
    std::vector<Export> sent;
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
            Export again = page[i];  // never arrived, or is no longer as it was sent
            again.state = ExportState::planned;
            set.exports.push_back({std::move(again), false});
        }
        submit(std::move(set));
    });
    committer_.drain();
}

}  // namespace muster
