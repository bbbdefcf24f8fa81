#include <fmt/format.h>

#include <algorithm>

#include "engine/resolve.h"
#include "run/matched_objects.h"
#include "run/sync_state.h"

namespace muster {

namespace {

/// One unjoined connector object on its way to a metaverse object.
struct Candidate {
    Object object;
    std::vector<std::uint16_t> rules;  ///< that apply to it
    struct Value {
        std::uint16_t rule;
        KeyId key;
        std::string text;
        std::vector<ObjectId> found;  ///< metaverse objects in the store, ascending
    };
    std::vector<Value> values;  ///< in order of rule and matching rule
    std::vector<std::pair<KeyId, std::string>>
        own_keys;  ///< that a projection of it alone would have
    bool failed = false;
    ObjectProblem problem;
};

/// Keys and joins this sync has decided on and not written.
class Staged {
 public:
    void add_key(KeyId key, std::string_view value, ObjectId metaverse) {
        keys_[name(key, value)].push_back(metaverse);
    }
    void collect(KeyId key, std::string_view value, std::vector<ObjectId>& found) const {
        if (const auto staged = keys_.find(name(key, value)); staged != keys_.end()) {
            found.insert(found.end(), staged->second.begin(), staged->second.end());
        }
        std::ranges::sort(found);
        const auto repeated = std::ranges::unique(found);
        found.erase(repeated.begin(), repeated.end());
    }
    bool has(ObjectId metaverse, TypeId connector_type) const {
        return types_.contains(type_key(metaverse, connector_type));
    }
    void add_type(ObjectId metaverse, TypeId connector_type) {
        types_.insert(type_key(metaverse, connector_type));
    }

 private:
    static Digest name(KeyId key, std::string_view value) { return digest(value, key.value); }
    static Digest type_key(ObjectId metaverse, TypeId type) {
        return {static_cast<std::uint64_t>(metaverse.value) * 0x9E3779B97F4A7C15u, type.value};
    }

    boost::unordered_flat_map<Digest, std::vector<ObjectId>> keys_;
    boost::unordered_flat_set<Digest> types_;
};

class Joiner {
 public:
    explicit Joiner(SyncState& state) : state_(state) {}

    void run() {
        const auto ids = std::exchange(state_.unjoined, {});
        const auto page_objects = state_.step.context().options.page_objects;
        for (std::size_t begin = 0; begin < ids.size(); begin += page_objects) {
            page(std::span(ids).subspan(begin, std::min(page_objects, ids.size() - begin)));
            state_.step.progress(begin, ids.size(), "objects");
            if (state_.step.stopping()) {
                throw Error(ErrorCode::cancelled, "stopped while joining");
            }
        }
        state_.committer.drain();
    }

 private:
    void page(std::span<const ObjectId> ids);
    void prepare(Worker& worker, Candidate& candidate) const;
    void match(std::vector<Candidate>& candidates);
    void load_matched(std::span<const Candidate> candidates);
    void decide(Candidate& candidate, ChangeSet& changes);
    /// Joins by what one matching rule found, or refuses; false where it found nobody.
    bool decide_by(const Candidate& candidate, const Candidate::Value& value, ChangeSet& changes);
    void attach(const Candidate& candidate, ObjectId metaverse, TypeId type);
    void project(const Candidate& candidate, std::uint16_t rule);
    void wait(Candidate& candidate, ChangeSet& changes);
    void refuse(const Candidate& candidate, const ObjectProblem& problem, ChangeSet& changes);
    bool is_taken(ObjectId metaverse, TypeId connector_type) const;
    void restage_keys(ObjectId metaverse, TypeId type);

    SyncState& state_;
    Staged staged_;
    MatchedObjects matched_;
};

void Joiner::prepare(Worker& worker, Candidate& candidate) const {
    const auto& book = state_.book;
    const Object& object = candidate.object;
    for (const auto rule : book.connector_type(object.type).inbound) {
        const auto in = worker.rules.in_scope(rule, object);
        if (!in) {
            candidate.failed = true;
            candidate.problem = worker.rules.problem();
            return;
        }
        if (*in) {
            candidate.rules.push_back(rule);
        }
    }
    std::vector<std::string> texts;
    bool projects = false;
    TypeId type;
    for (const auto rule : candidate.rules) {
        const auto& inbound = book.configuration().inbound[rule];
        for (const auto& match : inbound.join) {
            texts.clear();
            matching_values(match.connector, object.attributes, texts);
            for (auto& text : texts) {
                candidate.values.push_back({rule, match.key, std::move(text), {}});
            }
        }
        if (inbound.project && !projects) {
            projects = true;
            type = inbound.target;
        }
    }
    if (!projects || book.metaverse_type(type).keys.empty()) {
        return;
    }
    const Object* alone[] = {&object};
    Resolved resolved;
    const auto applicable = Applicable::evaluate(worker.rules, alone);
    if (!applicable || !resolve_keys(worker.rules, type, *applicable, resolved)) {
        candidate.failed = true;
        candidate.problem = worker.rules.problem();
        return;
    }
    for (const auto key : book.metaverse_type(type).keys) {
        texts.clear();
        matching_values(book.schema().key(key).attributes, resolved.attributes, texts);
        for (auto& text : texts) {
            candidate.own_keys.emplace_back(key, std::move(text));
        }
    }
}

void Joiner::match(std::vector<Candidate>& candidates) {
    for (const auto& key : state_.step.schema().keys()) {
        std::vector<std::string_view> texts;
        std::vector<Candidate::Value*> values;
        for (auto& candidate : candidates) {
            for (auto& value : candidate.values) {
                if (value.key == key.id) {
                    texts.push_back(value.text);
                    values.push_back(&value);
                }
            }
        }
        if (!texts.empty() && !state_.metaverse_was_empty) {
            state_.view.match(key.id, kMetaverse, texts,
                              [&](std::size_t i, ObjectId id) { values[i]->found.push_back(id); });
        }
    }
}

/// Loads what the candidates may join; what others of the page bring about is at hand.
void Joiner::load_matched(std::span<const Candidate> candidates) {
    std::vector<ObjectId> matched;
    std::vector<ObjectId> fed;
    for (const auto& candidate : candidates) {
        for (const auto& value : candidate.values) {
            auto found = value.found;
            staged_.collect(value.key, value.text, found);
            matched.insert(matched.end(), found.begin(), found.end());
            if (state_.book.connector_type(candidate.object.type).feeds_keys) {
                fed.insert(fed.end(), found.begin(), found.end());
            }
        }
    }
    matched_.load(state_, std::move(matched), std::move(fed));
}

void Joiner::page(std::span<const ObjectId> ids) {
    std::vector<Candidate> candidates(ids.size());
    state_.workers.run(ids.size(), [&](Worker& worker, std::size_t begin, std::size_t end) {
        std::vector<Object> objects;
        worker.view->hydrate(ids.subspan(begin, end - begin), objects);
        for (std::size_t i = begin; i < end; ++i) {
            candidates[i].object = std::move(objects[i - begin]);
            if (candidates[i].object.id && !candidates[i].object.joined &&
                candidates[i].object.state == ObjectState::normal) {
                prepare(worker, candidates[i]);
            }
        }
    });
    match(candidates);
    load_matched(candidates);
    ChangeSet changes = state_.step.changes();
    for (auto& candidate : candidates) {
        if (candidate.object.id && !candidate.object.joined &&
            candidate.object.state == ObjectState::normal) {
            decide(candidate, changes);
        }
    }
    auto noted = state_.step.changes();
    changes.items.insert(changes.items.end(), noted.items.begin(), noted.items.end());
    state_.submit(std::move(changes));
}

void Joiner::decide(Candidate& candidate, ChangeSet& changes) {
    if (candidate.failed) {
        refuse(candidate, candidate.problem, changes);
        return;
    }
    // Values of one matching rule are looked at together: they stand side by side.
    for (std::size_t i = 0; i < candidate.values.size();) {
        Candidate::Value all = candidate.values[i];
        staged_.collect(all.key, all.text, all.found);
        std::size_t next = i + 1;
        for (; next < candidate.values.size() && candidate.values[next].rule == all.rule &&
               candidate.values[next].key == all.key;
             ++next) {
            auto& more = candidate.values[next];
            all.found.insert(all.found.end(), more.found.begin(), more.found.end());
            staged_.collect(more.key, more.text, all.found);
        }
        if (decide_by(candidate, all, changes)) {
            return;
        }
        i = next;
    }
    for (const auto rule : candidate.rules) {
        if (state_.book.configuration().inbound[rule].project) {
            project(candidate, rule);
            return;
        }
    }
    wait(candidate, changes);
}

bool Joiner::decide_by(const Candidate& candidate, const Candidate::Value& value,
                       ChangeSet& changes) {
    if (value.found.empty()) {
        return false;
    }
    const auto& key = state_.step.schema().key(value.key).name;
    if (value.found.size() > 1) {
        refuse(candidate,
               {"ambiguous-match",
                fmt::format("{} metaverse objects match by {}: {}, {}{}", value.found.size(), key,
                            value.found[0].value, value.found[1].value,
                            value.found.size() > 2 ? ", …" : "")},
               changes);
        return true;
    }
    const auto metaverse = value.found.front();
    if (is_taken(metaverse, candidate.object.type)) {
        refuse(candidate,
               {"already-joined",
                fmt::format("matches metaverse object {} by {}, which is joined to another {}",
                            metaverse.value, key,
                            state_.step.schema().type(candidate.object.type).name)},
               changes);
        return true;
    }
    attach(candidate, metaverse, state_.step.schema().key(value.key).type);
    return true;
}

bool Joiner::is_taken(ObjectId metaverse, TypeId connector_type) const {
    if (staged_.has(metaverse, connector_type)) {
        return true;
    }
    return std::ranges::count(matched_.joins(metaverse), connector_type, &Join::type) > 0;
}

void Joiner::attach(const Candidate& candidate, ObjectId metaverse, TypeId type) {
    const auto& object = candidate.object;
    matched_.add(object);
    state_.joins.emplace(object.id, metaverse);
    state_.joined_to[metaverse].push_back(object.id);
    staged_.add_type(metaverse, object.type);
    state_.work_on(metaverse, object.id, true);
    state_.step.count("joined");
    if (state_.book.connector_type(object.type).feeds_keys) {
        restage_keys(metaverse, type);
    }
}

/// Lets what the joiner brings into the metaverse object's keys be found by those that come after
/// it.
void Joiner::restage_keys(ObjectId metaverse, TypeId type) {
    std::vector<const Object*> sources;
    for (const auto& join : matched_.joins(metaverse)) {
        sources.push_back(&matched_.connector(join.connector));
    }
    for (const auto id : state_.joined_to.at(metaverse)) {
        sources.push_back(&matched_.connector(id));
    }
    auto& rules = state_.workers.own().rules;
    Resolved resolved;
    const auto applicable = Applicable::evaluate(rules, sources);
    if (!applicable || !resolve_keys(rules, type, *applicable, resolved)) {
        return;  // its own resolution will report it
    }
    for (const auto key : state_.book.metaverse_type(type).keys) {
        std::vector<std::string> texts;
        matching_values(state_.step.schema().key(key).attributes, resolved.attributes, texts);
        for (const auto& text : texts) {
            staged_.add_key(key, text, metaverse);
        }
    }
}

void Joiner::project(const Candidate& candidate, std::uint16_t rule) {
    const auto& object = candidate.object;
    matched_.add(object);
    const auto metaverse = state_.ids.next();
    auto& job = state_.jobs[metaverse];
    job = {object.id, true, state_.book.configuration().inbound[rule].target};
    state_.joins.emplace(object.id, metaverse);
    state_.joined_to[metaverse].push_back(object.id);
    staged_.add_type(metaverse, object.type);
    for (const auto& [key, text] : candidate.own_keys) {
        staged_.add_key(key, text, metaverse);
    }
}

void Joiner::wait(Candidate& candidate, ChangeSet& changes) {
    Object& object = candidate.object;
    if (candidate.values.empty() && !object.retry) {
        return;
    }
    if (object.waiting && !object.retry) {
        return;
    }
    if (!object.waiting) {
        for (auto& value : candidate.values) {
            changes.keys.push_back({value.key, state_.step.schema().space_of(object.type),
                                    std::move(value.text), object.id, true});
        }
    }
    object.waiting = !candidate.values.empty();
    object.retry = false;
    ObjectWrite write;
    write.attributes_changed = write.identity_changed = false;
    write.object = std::move(object);
    changes.objects.push_back(std::move(write));
}

void Joiner::refuse(const Candidate& candidate, const ObjectProblem& problem, ChangeSet& changes) {
    state_.step.item(candidate.object, problem);
    if (candidate.object.retry) {
        return;
    }
    ObjectWrite write;
    write.attributes_changed = write.identity_changed = false;
    write.object = candidate.object;
    write.object.retry = true;
    changes.objects.push_back(std::move(write));
}

}  // namespace

std::vector<ObjectId> SyncState::joined_sources(std::span<const Link> links) const {
    std::vector<ObjectId> sources;
    sources.reserve(links.size());
    for (const auto& link : links) {
        sources.push_back(link.source);
    }
    std::vector<ObjectId> metaverse(sources.size());
    view.joined(sources, metaverse);
    return metaverse;
}

void SyncState::joined(View& from, std::span<const ObjectId> connectors,
                       std::span<ObjectId> metaverse) const {
    std::vector<std::size_t> places;  // of those that nothing at hand knows
    for (std::size_t i = 0; i < connectors.size(); ++i) {
        if (const auto staged = joins.find(connectors[i]); staged != joins.end()) {
            metaverse[i] = staged->second;
        } else if (join_table) {
            metaverse[i] = join_table->joined(connectors[i]);
        } else {
            places.push_back(i);
        }
    }
    std::vector<ObjectId> asked;
    asked.reserve(places.size());
    for (const auto i : places) {
        asked.push_back(connectors[i]);
    }
    std::vector<ObjectId> answers(asked.size());
    from.joined(asked, answers);
    for (std::size_t i = 0; i < places.size(); ++i) {
        metaverse[places[i]] = answers[i];
    }
}

void SyncState::connectors(View& from, std::span<const ObjectId> metaverse,
                           std::vector<Join>& joined) const {
    if (join_table) {
        join_table->connectors(from, metaverse, joined);
    } else {
        from.connectors(metaverse, joined);
    }
}

void SyncState::submit(ChangeSet&& changes) {
    if (join_table) {
        join_table->note(changes);
    }
    committer.submit(std::move(changes));
}

void join(SyncState& state) {
    Joiner(state).run();
}

}  // namespace muster
