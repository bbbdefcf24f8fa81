#include <algorithm>

#include "run/sync_state.h"

namespace muster {

namespace {

/// Takes down one page. Objects of the page may refer to each other.
class Takedown {
 public:
    Takedown(SyncState& state, std::span<const ObjectId> page)
        : state_(state), changes_(state.step.changes()) {
        state.view.hydrate(page, gone_);
        std::erase_if(gone_, [](const Object& o) { return !o.id || o.state != ObjectState::gone; });
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

    /// Links that led to something gone become unresolved: the text is what the system still says.
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
        for (const auto& link : links) {
            const Object& target = *by_id_.at(link.target);
            const auto& text = target.name.empty() ? target.anchor : target.name;
            by_source[link.source].push_back({link.attribute, false, link.target, {}});
            by_source[link.source].push_back({link.attribute, true, {}, text});
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
        }
        if (state_.book.outbound_to(object.type) != nullptr && object.joined) {
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
        if (object.waiting) {
            drop_waiting(object);
        }
        if (object.joined) {
            state_.work_on(object.joined, object.id, true);
            state_.target_links.targets_changed.insert(object.joined);
            state_.step.count("disconnected");
        }
        ObjectWrite write;
        write.kind = ChangeKind::erase;
        write.object = object;
        write.delta = erase_delta(state_.step.schema(), object, own_[object.id]);
        changes_.objects.push_back(std::move(write));
    }

    void drop_waiting(const Object& object) {
        for (const auto rule : state_.book.connector_type(object.type).inbound) {
            for (const auto& match : state_.book.configuration().inbound[rule].join) {
                std::vector<std::string> values;
                matching_values(match.connector, object.attributes, values);
                for (auto& value : values) {
                    changes_.keys.push_back({match.key, state_.step.schema().space_of(object.type),
                                             std::move(value), object.id, false});
                }
            }
        }
    }

    SyncState& state_;
    ChangeSet changes_;
    std::vector<Object> gone_;
    boost::unordered_flat_map<ObjectId, const Object*> by_id_;
    std::map<ObjectId, std::vector<LinkChange>> own_;
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

void take_down(SyncState& state, std::span<const ObjectId> gone) {
    for (std::size_t begin = 0; begin < gone.size(); begin += limits::kPageObjects) {
        Takedown(state, gone.subspan(begin, std::min(limits::kPageObjects, gone.size() - begin)))
            .run();
    }
}

}  // namespace muster
