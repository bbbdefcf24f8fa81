#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "run/resolve_page.h"
#include "run/target_planner.h"
#include "run/value_generator.h"

namespace muster {

namespace {

/// A metaverse object about to go.
struct Erasure {
    ObjectWrite write;
    std::vector<LinkChange> links;  ///< its own, all closed
    std::vector<KeyWrite> keys;
};

class Resolver {
 public:
    explicit Resolver(SyncState& state)
        : state_(state), schema_(state.step.schema()), generator_(state), targets_(state) {}

    void run();

 private:
    void widen_pairs();
    void see_who_waits();
    void page(std::span<Work> page);
    void discard_spent(std::size_t begin, std::size_t end, std::size_t of);
    void collect(Work& work, ChangeSet& changes);
    void fail(Work& work, ChangeSet& changes);
    void free(std::span<const ObjectId> nobodys, ChangeSet& changes);
    void tell(const Work& work);
    void erase();
    void erase_page(std::span<const Erasure> page);
    void wake();

    SyncState& state_;
    const Schema& schema_;
    std::vector<Erasure> erasures_;
    ValueGenerator generator_;
    std::vector<Work> spent_;  ///< the page before
    TargetPlanner targets_;
    std::vector<std::pair<KeyId, std::string>>
        gained_;  ///< keys that metaverse objects got: somebody may wait for them
};

/// A pair of an attribute whose winner may change by it needs the whole attribute weighed.
void Resolver::widen_pairs() {
    std::ranges::sort(state_.pairs);
    const auto repeated = std::ranges::unique(state_.pairs);
    state_.pairs.erase(repeated.begin(), repeated.end());
    for (const auto& pair : state_.pairs) {
        const auto& meta = state_.book.configuration().metaverse_attribute(pair.attribute);
        auto& job = state_.jobs[pair.source];
        job.all_links = job.all_links || (!meta.merge_union && meta.contributions.size() > 1);
    }
}

/// Looks which types have objects that wait or have just come: they are taken over before
/// any is created.
void Resolver::see_who_waits() {
    state_.awaiting.clear();
    for (const auto& rule : state_.book.configuration().inbound) {
        if (!state_.book.is_written(rule.source)) {
            continue;
        }
        if (!rule.join.empty() && state_.newcomers.contains(rule.source)) {
            state_.awaiting.insert(rule.source);
        }
        for (const auto& match : rule.join) {
            if (state_.view.has_keys(match.key, rule.system)) {
                state_.awaiting.insert(rule.source);
            }
        }
    }
}

void Resolver::run() {
    widen_pairs();
    see_who_waits();
    std::vector<Work> work;
    const auto page_objects = state_.step.context().options.page_objects;
    auto pair = state_.pairs.begin();
    std::uint64_t done = 0;
    for (auto job = state_.jobs.begin(); job != state_.jobs.end();) {
        spent_.swap(work);
        work.clear();
        for (; job != state_.jobs.end() && work.size() < page_objects; ++job) {
            auto& one = work.emplace_back();
            one.id = job->first;
            one.job = job->second;
            for (; pair != state_.pairs.end() && pair->source == one.id; ++pair) {
                if (!one.job.all_links) {
                    one.pairs.push_back(*pair);
                }
            }
        }
        page(work);
        done += work.size();
        state_.step.progress(done, state_.jobs.size(), "objects");
        if (state_.step.stopping()) {
            throw Error(ErrorCode::cancelled, "stopped while resolving");
        }
    }
    state_.committer.drain();
    erase();
    state_.jobs.clear();
    state_.pairs.clear();
    state_.joins.clear();
    state_.joined_to.clear();
    wake();
}

void Resolver::page(std::span<Work> page) {
    state_.workers.run(page.size(), [&](Worker& worker, std::size_t begin, std::size_t end) {
        const auto part = page.subspan(begin, end - begin);
        discard_spent(begin, end, page.size());
        gather(state_, worker, part);
        for (auto& work : part) {
            if (work.exists || work.job.create) {
                resolve_one(state_, worker, work);
            }
        }
        if (!state_.joining) {  // else they are postponed
            gather_leaving(worker, part);
        }
    });
    generator_.run(page);
    for (auto& work : page) {
        if (work.failed && work.exists) {  // who is there already goes on without the value
            work.problems.push_back(std::exchange(work.problem, {}));
            work.failed = false;
        }
    }
    state_.workers.run(page.size(), [&](Worker& worker, std::size_t begin, std::size_t end) {
        for (auto& work : page.subspan(begin, end - begin)) {
            if (!work.failed && (work.exists || work.job.create)) {
                finish_one(state_, worker, work);
            }
        }
    });
    targets_.look_up(page);
    ChangeSet changes = state_.step.changes();
    std::vector<ObjectId> nobodys;
    for (auto& work : page) {
        if (!work.exists && !work.job.create) {
            nobodys.push_back(work.id);
            continue;
        }
        if (work.failed) {
            fail(work, changes);
        } else {
            collect(work, changes);
        }
    }
    free(nobodys, changes);
    changes.reservations = generator_.take();
    changes.meta = generator_.take_facts();
    auto noted = state_.step.changes();
    changes.items.insert(changes.items.end(), noted.items.begin(), noted.items.end());
    state_.submit(std::move(changes));
}

/// Freeing a page costs as much as some of its work: each thread frees its share of the last one.
void Resolver::discard_spent(std::size_t begin, std::size_t end, std::size_t of) {
    for (auto i = spent_.size() * begin / of; i < spent_.size() * end / of; ++i) {
        spent_[i] = Work{};
    }
}

/// Tells what failed, once the object is done with.
void Resolver::tell(const Work& work) {
    const Object& shown = work.connectors.empty() ? work.self : work.connectors.front();
    for (const auto& problem : work.problems) {
        state_.step.item(shown, problem);
    }
}

void Resolver::fail(Work& work, ChangeSet& changes) {
    const Object* shown = work.connectors.empty() ? &work.self : &work.connectors.front();
    state_.step.item(*shown, work.problem);
    if (work.exists && !work.self.retry) {
        ObjectWrite write;
        write.attributes_changed = write.identity_changed = false;
        write.object = work.self;
        write.object.retry = true;
        changes.objects.push_back(std::move(write));
    }
    for (const auto& connector : work.connectors) {
        if (!state_.joins.contains(connector.id) || connector.retry) {
            continue;  // joined already: the metaverse object itself is tried again
        }
        ObjectWrite write;
        write.attributes_changed = write.identity_changed = false;
        write.object = connector;
        write.object.joined = {};
        write.object.retry = true;
        changes.objects.push_back(std::move(write));
    }
}

void Resolver::collect(Work& work, ChangeSet& changes) {
    const auto move_all = [](auto& from, auto& to) {
        to.insert(to.end(), std::make_move_iterator(from.begin()),
                  std::make_move_iterator(from.end()));
    };
    for (const auto& key : work.keys) {
        if (key.add) {
            gained_.emplace_back(key.key, key.value);
        }
    }
    move_all(work.connector_keys, changes.keys);
    for (const auto& write : work.connector_writes) {
        if (!write.object.joined) {
            state_.parted.emplace(write.object.id, work.id);
            if (work.nobody) {
                state_.unjoined.push_back(write.object.id);
            }
        }
    }
    if (work.frozen) {
        state_.kept.insert_or_assign(work.id, *work.keeper);
    } else {
        state_.kept.erase(work.id);
    }
    work.first_write = changes.objects.size();
    move_all(work.connector_writes, changes.objects);
    if (work.postponed) {
        state_.postponed.emplace(work.id, work.job);
        return;
    }
    if (work.lacks_target) {
        state_.postponed.try_emplace(work.id, Job{work.job.cause, false, {}});
    } else {
        tell(work);
    }
    for (auto& target : work.targets) {
        targets_.write(work, target, changes);
    }
    move_all(work.doubts, state_.doubts);
    if (work.write && work.write->kind == ChangeKind::erase) {
        erasures_.push_back(
            {std::move(*work.write), std::move(work.link_changes), std::move(work.keys)});
        state_.step.count("deleted");
        return;
    }
    move_all(work.keys, changes.keys);
    for (const auto& link : work.link_changes) {
        changes.links.push_back({{link.attribute, work.id, link.target, link.text}, link.opened});
        state_.step.count(link.opened ? "links added" : "links removed");
        if (!state_.target_links.all.contains(work.id)) {
            state_.target_links.pairs.push_back({work.id, link.attribute, link.target});
        }
    }
    if (!work.write) {
        return;
    }
    switch (work.write->kind) {
        case ChangeKind::create:
            state_.step.count("projected");
            break;
        case ChangeKind::update:
            state_.step.count("changed", work.write->delta.empty() ? 0 : 1);
            break;
        case ChangeKind::erase:
            break;
    }
    changes.objects.push_back(std::move(*work.write));
}

/// What is joined to an object that is not there is joined to nobody, and may join anew.
void Resolver::free(std::span<const ObjectId> nobodys, ChangeSet& changes) {
    if (nobodys.empty()) {
        return;
    }
    std::vector<Join> joins;
    state_.connectors(state_.view, nobodys, joins);
    std::vector<ObjectId> ids;
    for (const auto& join : joins) {
        ids.push_back(join.connector);
    }
    std::vector<Object> objects;
    state_.view.hydrate(ids, objects);
    for (auto& object : objects) {
        if (!object.id) {
            continue;
        }
        Delta delta;
        delta.joined = {object.joined, {}};
        ObjectWrite write;
        write.attributes_changed = write.identity_changed = false;
        encode(delta, schema_, write.delta);
        object.joined = {};
        state_.unjoined.push_back(object.id);
        write.object = std::move(object);
        changes.objects.push_back(std::move(write));
    }
}

/// Metaverse objects go last, together with the links that others still have to them: those of
/// objects that are frozen.
void Resolver::erase() {
    const auto page_objects = state_.step.context().options.page_objects;
    for (std::size_t begin = 0; begin < erasures_.size(); begin += page_objects) {
        erase_page(
            std::span(erasures_).subspan(begin, std::min(page_objects, erasures_.size() - begin)));
    }
    erasures_.clear();
}

void Resolver::erase_page(std::span<const Erasure> page) {
    ChangeSet changes = state_.step.changes();
    std::vector<ObjectId> ids;
    for (const auto& erasure : page) {
        ids.push_back(erasure.write.object.id);
        changes.objects.push_back(erasure.write);
        changes.keys.insert(changes.keys.end(), erasure.keys.begin(), erasure.keys.end());
        for (const auto& link : erasure.links) {
            changes.links.push_back({{link.attribute, ids.back(), link.target, link.text}, false});
        }
    }
    std::vector<Link> links;
    state_.view.referrers(ids, links);
    std::map<ObjectId, Delta> referrers;
    for (const auto& link : links) {
        if (!std::ranges::binary_search(ids, link.source)) {
            referrers[link.source].links.push_back({link.attribute, false, link.target, {}});
            changes.links.push_back({link, false});
        }
    }
    std::vector<ObjectId> sources;
    sources.reserve(referrers.size());
    for (const auto& [source, delta] : referrers) {
        sources.push_back(source);
    }
    std::vector<Object> objects;
    state_.view.hydrate(sources, objects);
    for (auto& object : objects) {
        auto& delta = referrers.at(object.id);
        std::ranges::sort(delta.links);
        ObjectWrite write;
        write.attributes_changed = write.identity_changed = false;
        encode(delta, schema_, write.delta);
        write.object = std::move(object);
        changes.objects.push_back(std::move(write));
    }
    state_.submit(std::move(changes));
    state_.committer.drain();
}

/// Finds who waited for the keys that came up.
void Resolver::wake() {
    for (const auto& system : state_.book.configuration().systems) {
        for (const auto& key : schema_.keys()) {
            if (gained_.empty() || key.use == KeyUse::unique ||
                !state_.view.has_keys(key.id, system.space)) {
                continue;
            }
            std::vector<std::string_view> values;
            for (const auto& [gained, value] : gained_) {
                if (gained == key.id) {
                    values.push_back(value);
                }
            }
            state_.view.match(key.id, system.space, values,
                              [&](std::size_t, ObjectId id) { state_.unjoined.push_back(id); });
        }
    }
    std::ranges::sort(state_.unjoined);
    const auto repeated = std::ranges::unique(state_.unjoined);
    state_.unjoined.erase(repeated.begin(), repeated.end());
}

}  // namespace

void resolve_jobs(SyncState& state) {
    Resolver(state).run();
}

}  // namespace muster
