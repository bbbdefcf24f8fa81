#include <algorithm>

#include "run/key_rows.h"
#include "run/sync_state.h"
#include "run/unresolved.h"
#include "store/find.h"

namespace muster {

namespace {

/// Takes down one page. Objects of the page may refer to each other.
class Takedown {
 public:
    Takedown(SyncState& state, std::span<const ObjectId> page, ObjectState of)
        : state_(state), changes_(state.step.changes()) {
        state.view.hydrate(page, gone_);
        std::erase_if(gone_, [of](const Object& o) { return !o.id || o.state != of; });
        for (const auto& object : gone_) {
            by_id_.emplace(object.id, &object);
        }
    }

    void run() {
        close_links();
        loosen_referrers();
        drop_exports();
        for (const auto& object : gone_) {
            erase(object);
        }
        state_.submit(std::move(changes_));
        state_.committer.drain();
    }

 private:
    void close_links() {
        std::vector<ObjectId> ids;
        ids.reserve(gone_.size());
        for (const auto& object : gone_) {
            ids.push_back(object.id);
        }
        std::vector<Link> links;
        state_.view.links(ids, {}, links);
        for (auto& link : links) {
            own_[link.source].push_back({link.attribute, true, link.target, link.text});
            changes_.links.push_back({std::move(link), false});
        }
    }

    /// Beside what is gone, as far as anything refers to it: what the system has under that name by
    /// now. An entry that was deleted and added again is another one, and its name means it.
    std::map<ObjectId, ObjectId> find_successors(std::span<const Link> links) {
        std::map<TypeId, std::map<std::string, ObjectId>> names;
        for (const auto& link : links) {
            const Object& target = *by_id_.at(link.target);
            if (!target.name.empty() && target.state == ObjectState::gone) {
                names[target.type].emplace(target.name, target.id);
            }
        }
        std::map<ObjectId, ObjectId> successors;
        for (const auto& [type, of_type] : names) {
            std::vector<std::string> asked;
            for (const auto& [name, id] : of_type) {
                asked.push_back(name);
            }
            const auto found =
                find_named(state_.view, state_.step.schema().space_of(type), asked, type);
            std::vector<Identity> identities;
            state_.view.identify(found, identities);
            for (std::size_t i = 0; i < asked.size(); ++i) {
                if (identities[i].id && identities[i].state == ObjectState::normal) {
                    successors.emplace(of_type.at(asked[i]), identities[i].id);
                }
            }
        }
        return successors;
    }

    /// Links that led to something gone lead to its successor, or become unresolved: the text is
    /// what the system still says.
    void loosen_referrers() {
        std::vector<ObjectId> ids;
        ids.reserve(gone_.size());
        for (const auto& object : gone_) {
            ids.push_back(object.id);
        }
        std::vector<Link> links;
        state_.view.referrers(ids, links);
        std::erase_if(links, [this](const Link& link) { return by_id_.contains(link.source); });
        std::map<ObjectId, std::vector<LinkChange>> by_source;
        for (const auto& link : renewed(links)) {
            by_source[link.source].push_back({link.attribute, true, link.target, {}});
        }
        for (const auto& link : links) {
            by_source[link.source].push_back({link.attribute, false, link.target, {}});
            if (followed_.contains(link.target)) {
                continue;
            }
            const Object& target = *by_id_.at(link.target);
            const auto& text = target.name.empty() ? target.anchor : target.name;
            by_source[link.source].push_back({link.attribute, true, {}, text});
            state_.target_links.left_behind.insert(text);
        }
        note_pairs(links);
        std::vector<ObjectId> sources;
        sources.reserve(by_source.size());
        for (const auto& [source, list] : by_source) {
            sources.push_back(source);
        }
        std::vector<Object> objects;
        state_.view.hydrate(sources, objects);
        for (auto& object : objects) {
            write_links(std::move(object), by_source);
        }
    }

    /// The links to lead to successors instead, without those that are there: a read may have been
    /// faster.
    std::vector<Link> renewed(std::span<const Link> links) {
        const auto successors = find_successors(links);
        std::vector<Link> all;
        for (const auto& link : links) {
            if (const auto next = successors.find(link.target); next != successors.end()) {
                all.push_back({link.attribute, link.source, next->second, {}});
                followed_.insert(link.target);
            }
        }
        const auto exist = std::make_unique<bool[]>(all.size());
        state_.view.exist(all, {exist.get(), all.size()});
        std::size_t i = 0;
        std::erase_if(all, [&](const Link&) { return exist[i++]; });
        std::ranges::sort(all);
        const auto repeated = std::ranges::unique(all);
        all.erase(repeated.begin(), repeated.end());
        return all;
    }

    void write_links(Object&& object, std::map<ObjectId, std::vector<LinkChange>>& by_source) {
        Delta delta;
        delta.links = std::move(by_source[object.id]);
        std::ranges::sort(delta.links);
        ObjectWrite write;
        write.attributes_changed = write.identity_changed = false;
        encode(delta, state_.step.schema(), write.delta);
        for (const auto& link : delta.links) {
            changes_.links.push_back(
                {{link.attribute, object.id, link.target, link.text}, link.opened});
            if (link.opened && !link.target) {
                state_.step.count("unresolved references");
                note_unresolved(state_.step, object, link.attribute, link.text, {});
            }
        }
        if (state_.book.is_written(object.type) && object.joined) {
            state_.target_links.all.insert(object.joined);
        }
        write.object = std::move(object);
        changes_.objects.push_back(std::move(write));
    }

    /// The metaverse links that came from these links may be gone as well.
    void note_pairs(std::span<const Link> links) {
        const auto metaverse = state_.joined_sources(links);
        for (std::size_t i = 0; i < links.size(); ++i) {
            if (metaverse[i]) {
                note_pair(links[i], metaverse[i]);
            }
        }
    }

    void note_pair(const Link& link, ObjectId metaverse) {
        const Object& target = *by_id_.at(link.target);
        if (!target.joined) {
            return;
        }
        const auto owner = state_.step.schema().attribute(link.attribute).owner;
        for (const auto& flow : state_.book.connector_type(owner).references) {
            if (flow.from == link.attribute) {
                state_.pairs.push_back({metaverse, flow.to, target.joined});
                state_.work_on(metaverse, target.id, false);
            }
        }
    }

    void drop_exports() {
        std::vector<ObjectId> ids;
        ids.reserve(gone_.size());
        for (const auto& object : gone_) {
            ids.push_back(object.id);
        }
        std::vector<std::optional<Export>> rows;
        state_.view.exports(ids, rows);
        for (auto& row : rows) {
            if (row) {
                changes_.exports.push_back({std::move(*row), true});
            }
        }
        std::vector<ExportLink> links;
        state_.view.export_links(ids, links);
        for (auto& link : links) {
            changes_.export_links.push_back({std::move(link), true});
        }
    }

    void erase(const Object& object) {
        const Keyed before{object.attributes, object.waiting};
        write_keys(state_.book, object.type, object.id, &before, nullptr, changes_.keys);
        if (object.joined) {
            state_.work_on(object.joined, object.id, true);
            state_.target_links.targets_changed.insert(object.joined);
            state_.step.count("disconnected", object.state == ObjectState::gone ? 1 : 0);
        }
        ObjectWrite write;
        write.kind = ChangeKind::erase;
        write.object = object;
        write.delta = erase_delta(state_.step.schema(), object, own_[object.id]);
        changes_.objects.push_back(std::move(write));
    }

    SyncState& state_;
    ChangeSet changes_;
    std::vector<Object> gone_;
    boost::unordered_flat_map<ObjectId, const Object*> by_id_;
    std::map<ObjectId, std::vector<LinkChange>> own_;
    std::set<ObjectId> followed_;  ///< gone objects whose name is another's by now
};

}  // namespace

std::string erase_delta(const Schema& schema, const Object& object,
                        const std::vector<LinkChange>& links) {
    Delta delta;
    delta.anchor = {object.anchor, {}};
    delta.name = {object.name, {}};
    delta.state = {object.state, ObjectState::gone};
    if (object.joined) {
        delta.joined = {object.joined, {}};
    }
    delta.attributes = diff(object.attributes, {});
    for (auto link : links) {
        link.opened = false;
        delta.links.push_back(std::move(link));
    }
    std::ranges::sort(delta.links);
    std::string text;
    encode(delta, schema, text);
    return text;
}

namespace {

void in_pages(SyncState& state, std::span<const ObjectId> all, ObjectState of) {
    for (std::size_t begin = 0; begin < all.size(); begin += limits::kPageObjects) {
        Takedown(state, all.subspan(begin, std::min(limits::kPageObjects, all.size() - begin)), of)
            .run();
    }
}

}  // namespace

void take_down(SyncState& state, std::span<const ObjectId> gone) {
    in_pages(state, gone, ObjectState::gone);
}

void take_back(SyncState& state, std::span<const ObjectId> planned) {
    std::vector<ObjectId> metaverse(planned.size());
    state.view.joined(planned, metaverse);
    // Links that were to lead to what is taken back are to lead to its successor.
    std::vector<Link> links;
    state.view.referrers(metaverse, links);
    for (const auto& link : links) {
        if (state.step.schema().space_of(link.attribute) == kMetaverse) {
            state.target_links.all.insert(link.source);
        }
    }
    in_pages(state, planned, ObjectState::provisioning);
}

}  // namespace muster
