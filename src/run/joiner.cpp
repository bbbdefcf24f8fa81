#include <fmt/format.h>

#include <algorithm>

#include "engine/import_diff.h"
#include "engine/resolve.h"
#include "run/key_rows.h"
#include "run/matched_objects.h"
#include "run/object_path.h"
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

/// What is noted of a value that decides about a new object and cannot be read; empty where nothing
/// is.
std::string_view unread_decision(const RuleBook& book, const Object& object) {
    const auto& type = book.connector_type(object.type);
    if (object.attributes.has(book.schema().type(object.type).unreadable)) {
        for (const auto attribute : type.deciding) {
            if (const auto note = unreadable_note(book.schema(), object, attribute);
                !note.empty()) {
                return note;
            }
        }
    }
    return {};
}

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
    void contest(const Candidate& candidate, const Candidate::Value& value);
    void wait(Candidate& candidate, ChangeSet& changes);
    void refuse(const Candidate& candidate, const ObjectProblem& problem, ChangeSet& changes);
    std::vector<std::string> names(std::span<const ObjectId> metaverse) const;
    std::string name_of_joined(ObjectId metaverse, TypeId connector_type) const;
    bool is_taken(ObjectId metaverse, TypeId connector_type) const;
    void displace_planned(ObjectId metaverse, TypeId connector_type);
    void take_back_displaced();
    void restage_keys(ObjectId metaverse, TypeId type);

    SyncState& state_;
    Staged staged_;
    MatchedObjects matched_;
    std::vector<ObjectId> displaced_;  ///< in provisioning, where what was looked for is there
};

void Joiner::prepare(Worker& worker, Candidate& candidate) const {
    const auto& book = state_.book;
    const Object& object = candidate.object;
    if (const auto note = unread_decision(book, object); !note.empty()) {
        candidate.failed = true;
        candidate.problem = {"waits-for-value",
                             fmt::format("it is not taken in while this cannot be read: {}", note)};
        return;
    }
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
            matching_values(book.schema(), match.key, match.connector, object.attributes, texts);
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
    std::vector<ObjectProblem> problems;  // none: all scopes gave an answer above
    const auto applicable = Applicable::evaluate(worker.rules, alone, problems);
    if (!resolve_keys(worker.rules, type, applicable, resolved)) {
        candidate.failed = true;
        candidate.problem = worker.rules.problem();
        return;
    }
    for (const auto key : book.metaverse_type(type).keys) {
        texts.clear();
        matching_values(book.schema(), key, book.schema().key(key).attributes, resolved.attributes,
                        texts);
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
    take_back_displaced();
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
        contest(candidate, value);
        refuse(candidate,
               {"ambiguous-match",
                fmt::format("{} metaverse objects match by {}: {}{}; let the rule tell them apart",
                            value.found.size(), key,
                            fmt::join(names(std::span(value.found).first(2)), ", "),
                            value.found.size() > 2 ? ", …" : "")},
               changes);
        return true;
    }
    const auto metaverse = value.found.front();
    if (is_taken(metaverse, candidate.object.type)) {
        refuse(candidate,
               {"already-joined", fmt::format("matches {} by {}, which is joined to {} already",
                                              names(std::span(&metaverse, 1)).front(), key,
                                              name_of_joined(metaverse, candidate.object.type))},
               changes);
        return true;
    }
    attach(candidate, metaverse, state_.step.schema().key(value.key).type);
    return true;
}

/// What metaverse objects are called; those that are only being made, after what they are made for.
std::vector<std::string> Joiner::names(std::span<const ObjectId> metaverse) const {
    const auto& schema = state_.step.schema();
    std::vector<ObjectId> ids;
    for (const auto id : metaverse) {
        const auto job = state_.jobs.find(id);
        ids.push_back(job != state_.jobs.end() && job->second.create ? job->second.cause : id);
    }
    return object_paths(schema, state_.view, ids);
}

/// The object of a type that a metaverse object is joined to.
std::string Joiner::name_of_joined(ObjectId metaverse, TypeId connector_type) const {
    std::vector<ObjectId> joined;
    for (const auto& join : matched_.joins(metaverse)) {
        joined.push_back(join.connector);
    }
    if (const auto staged = state_.joined_to.find(metaverse); staged != state_.joined_to.end()) {
        joined.insert(joined.end(), staged->second.begin(), staged->second.end());
    }
    std::vector<Object> objects;
    state_.view.hydrate(joined, objects);
    const auto found = std::ranges::find(objects, connector_type, &Object::type);
    return found == objects.end() ? "another " + state_.step.schema().type(connector_type).name
                                  : object_path(state_.step.schema(), *found);
}

bool Joiner::is_taken(ObjectId metaverse, TypeId connector_type) const {
    if (staged_.has(metaverse, connector_type)) {
        return true;
    }
    return std::ranges::any_of(matched_.joins(metaverse), [&](const Join& join) {
        return join.type == connector_type && !matched_.planned(join.connector);
    });
}

/// What is only planned gives way to what is there.
void Joiner::displace_planned(ObjectId metaverse, TypeId connector_type) {
    for (const auto& join : matched_.joins(metaverse)) {
        if (join.type == connector_type && matched_.planned(join.connector)) {
            displaced_.push_back(join.connector);
        }
    }
}

void Joiner::take_back_displaced() {
    if (displaced_.empty()) {
        return;
    }
    state_.committer.drain();
    take_back(state_, std::exchange(displaced_, {}));
}

/// It may be the object of any of those it matches: none of them gets one as long as that is open.
void Joiner::contest(const Candidate& candidate, const Candidate::Value& value) {
    if (!state_.book.is_written(candidate.object.type)) {
        return;
    }
    for (const auto metaverse : value.found) {
        state_.contested.emplace(metaverse, candidate.object.type);
        state_.work_on(metaverse, {}, false);
    }
}

void Joiner::attach(const Candidate& candidate, ObjectId metaverse, TypeId type) {
    const auto& object = candidate.object;
    matched_.add(object);
    displace_planned(metaverse, object.type);
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
    std::vector<ObjectProblem> problems;  // its own resolution will report them
    const auto applicable = Applicable::evaluate(rules, sources, problems);
    if (!resolve_keys(rules, type, applicable, resolved)) {
        return;
    }
    for (const auto key : state_.book.metaverse_type(type).keys) {
        std::vector<std::string> texts;
        const auto& schema = state_.step.schema();
        matching_values(schema, key, schema.key(key).attributes, resolved.attributes, texts);
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
    const bool waits = object.waiting || !candidate.values.empty();
    if (object.waiting == waits && !object.retry) {
        return;
    }
    const Keyed before{object.attributes, object.waiting};
    const Keyed after{object.attributes, waits};
    write_keys(state_.book, object.type, object.id, &before, &after, changes.keys);
    object.waiting = waits;
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

std::vector<TypeId> SyncState::types_of(View& from, std::span<const ObjectId> metaverse) const {
    if (metaverse.empty()) {
        return {};
    }
    std::vector<Identity> identities;
    from.identify(metaverse, identities);
    std::vector<TypeId> types;
    types.reserve(metaverse.size());
    for (std::size_t i = 0; i < metaverse.size(); ++i) {
        const auto staged = identities[i].id ? jobs.end() : jobs.find(metaverse[i]);
        types.push_back(staged == jobs.end() ? identities[i].type : staged->second.create);
    }
    return types;
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
