#include <fmt/format.h>

#include <algorithm>

#include "run/doubtful_joins.h"
#include "run/kept_links.h"
#include "run/key_rows.h"
#include "run/resolve_page.h"

namespace muster {

namespace {

/// Whether an object alone would be reason enough for a metaverse object to exist.
bool projects(const SyncState& state, const Work& work, const Object* connector) {
    const auto& rules = state.book.connector_type(connector->type).inbound;
    return std::ranges::any_of(rules, [&](std::uint16_t rule) {
        const auto& inbound = state.book.configuration().inbound[rule];
        return inbound.project && inbound.target == work.self.type &&
               work.applicable->source(rule) == connector;
    });
}

/// Only who was there can be gone: whom no deletion source has ever had is kept by any source that
/// projects.
void decide_presence(const SyncState& state, std::span<const Object* const> connectors,
                     Work& work) {
    const auto& sources = state.book.metaverse_type(work.self.type).deletion_sources;
    const bool unclaimed = !work.exists || is_unclaimed(work.self.state);
    for (std::size_t i = 0; i < connectors.size(); ++i) {
        if (!work.applicable->any(i) || connectors[i]->state != ObjectState::normal) {
            continue;
        }
        const auto& type = state.step.schema().type(connectors[i]->type);
        const auto system = type.space;
        if (state.keepers.keeper_of(work.self.type, unclaimed,
                                    state.step.schema().space(system).name, type.name)) {
            continue;  // the rule by which it had it is gone from the configuration
        }
        work.claimed = work.claimed || std::ranges::count(sources, system) > 0;
        work.present = work.present || (unclaimed && projects(state, work, connectors[i]));
    }
    work.present = work.present || work.claimed;
    work.frozen = !work.present && work.keeper;
    work.present = work.present || work.frozen;
}

}  // namespace

void resolve_one(const SyncState& state, Worker& worker, Work& work) {
    std::vector<const Object*> connectors;
    connectors.reserve(work.connectors.size());
    for (const auto& connector : work.connectors) {
        connectors.push_back(&connector);
    }
    work.applicable = Applicable::evaluate(worker.rules, connectors, work.problems);
    decide_presence(state, connectors, work);
    work.nobody = work.exists && is_leaving(work.self.state) && work.self.provenance == 0 &&
                  work.self.attributes.empty();
    if (!work.present) {
        work.problems.clear();  // scopes of those who do not keep it
        return;                 // leaving: frozen as it is
    }
    if (work.frozen) {
        work.resolved.attributes = work.self.attributes;
        return;
    }
    resolve(worker.rules, work.self.type, *work.applicable, work.self.attributes, work.resolved,
            work.problems);
}

namespace {

/// Turns a resolved object into changes.
class Finisher {
 public:
    Finisher(const SyncState& state, Worker& worker, Work& work)
        : state_(state),
          schema_(state.step.schema()),
          book_(state.book),
          worker_(worker),
          work_(work) {}

    void run() {
        for (std::size_t i = 0; i < work_.connectors.size(); ++i) {
            write_connector(work_.connectors[i],
                            work_.frozen || (work_.applicable->any(i) && !work_.nobody));
        }
        if (work_.nobody) {
            erase_self();
            return;
        }
        if (!work_.present && state_.joining && work_.exists) {
            work_.postponed = true;
            return;
        }
        const bool remains = std::ranges::any_of(
            work_.connectors, [](const Object& c) { return static_cast<bool>(c.joined); });
        Object after = work_.self;
        decide_state(after);
        if (work_.present && !work_.frozen) {
            after.attributes = std::move(work_.resolved.attributes);
            after.provenance = provenance();
            links();
            keep_links(state_, *worker_.view, work_.link_changes);
        }
        const bool due = is_leaving(after.state) && !after.due;
        if (work_.present || due) {
            plan_targets(after);
        }
        if (due && !remains_after_plans(remains)) {
            erase_self();
            return;
        }
        keep_disconnected();
        doubt_joins(after.attributes);
        write_self(std::move(after));
    }

 private:
    void write_connector(Object& connector, bool applies);
    void decide_state(Object& after) const;
    std::uint32_t provenance() const;
    void links();
    void plan_targets(const Object& after);
    bool remains_after_plans(bool remains) const;
    void keep_disconnected();
    void erase_self();
    void doubt_joins(const Document& metaverse);
    void write_self(Object&& after);

    const SyncState& state_;
    const Schema& schema_;
    const RuleBook& book_;
    Worker& worker_;
    Work& work_;
};

/// Writes a join that was decided, or undoes one whose object left every scope.
void Finisher::write_connector(Object& connector, bool applies) {
    const bool join = applies && !connector.joined;
    const bool part = !applies && connector.joined;
    if (!join && !part) {
        if (!applies) {
            connector.joined = {};
        }
        return;
    }
    Delta delta;
    delta.joined = {connector.joined, join ? work_.id : ObjectId{}};
    connector.joined = delta.joined->second;
    if (join && connector.waiting) {
        const Keyed before{connector.attributes, true};
        const Keyed after{connector.attributes, false};
        write_keys(book_, connector.type, connector.id, &before, &after, work_.connector_keys);
    }
    connector.retry = false;
    connector.waiting = connector.waiting && !join;
    ObjectWrite write;
    write.attributes_changed = write.identity_changed = false;
    encode(delta, schema_, write.delta);
    write.object.id = connector.id;
    write.object.type = connector.type;
    write.object.state = connector.state;
    write.object.unconfirmed = connector.unconfirmed;
    write.object.joined = connector.joined;
    write.object.payload = connector.payload;
    write.object.commit = connector.commit;
    work_.connector_writes.push_back(std::move(write));
}

void Finisher::decide_state(Object& after) const {
    const bool unclaimed = !work_.claimed && (!work_.exists || is_unclaimed(after.state));
    if (work_.present) {
        after.state = unclaimed ? ObjectState::unclaimed : ObjectState::normal;
        after.due.reset();
        return;
    }
    const auto moment = state_.step.context().moment;
    if (!is_leaving(after.state)) {
        after.state = unclaimed ? ObjectState::leaving_unclaimed : ObjectState::leaving;
        after.due = moment + state_.book.configuration().deletion_rule(after.type).grace;
    }
    if (after.due && *after.due <= moment) {
        after.due.reset();  // its deletion has begun: nothing waits for a moment any more
    }
}

std::uint32_t Finisher::provenance() const {
    const auto [at, inserted] = worker_.provenance.try_emplace(work_.resolved.provenance_key, 0u);
    if (inserted) {
        at->second = state_.store.intern(describe_provenance(book_, work_.resolved.provenance_key));
    }
    return at->second;
}

void Finisher::links() {
    if (work_.job.all_links) {
        std::vector<std::pair<AttributeId, ObjectId>> chosen;
        resolve_links(book_.configuration(), *work_.applicable, work_.self.type, book_,
                      work_.offered, chosen);
        std::vector<Link> wanted;
        wanted.reserve(chosen.size());
        for (const auto& [attribute, target] : chosen) {
            wanted.push_back({attribute, work_.id, target, {}});
        }
        diff_links(work_.links, wanted, work_.link_changes);
        return;
    }
    for (std::size_t i = 0; i < work_.weighed.size(); ++i) {
        const auto& [pair, wanted] = work_.weighed[i];
        if (wanted != work_.pair_exists[i]) {
            work_.link_changes.push_back({pair.attribute, wanted, pair.target, {}});
        }
    }
    std::ranges::sort(work_.link_changes);
}

void Finisher::plan_targets(const Object& after) {
    if (work_.awaits_values) {
        work_.lacks_target = true;
        return;
    }
    for (const auto outbound : book_.metaverse_type(after.type).outbound) {
        const auto& rule = book_.configuration().outbound[outbound];
        Work::Target target;
        target.outbound = outbound;
        for (std::size_t i = 0; i < work_.connectors.size(); ++i) {
            if (work_.connectors[i].type == rule.target && work_.connectors[i].joined) {
                target.actual = &work_.connectors[i];
                target.pending = work_.exports[i] ? &*work_.exports[i] : nullptr;
            }
        }
        target.plan = plan(worker_.rules, outbound, after.attributes, work_.present, target.actual,
                           work_.problems);
        if (target.plan.kind == TargetPlan::Kind::undecided) {
            continue;
        }
        if (target.plan.kind == TargetPlan::Kind::create && target.pending != nullptr &&
            target.pending->state == ExportState::sent) {
            work_.waits = true;  // until it is known what became of it
            continue;
        }
        if (target.plan.kind == TargetPlan::Kind::create &&
            state_.contested.contains({work_.id, rule.target})) {
            work_.waits = true;
            if (target.actual == nullptr || !never_sent(*target.actual, target.pending)) {
                continue;
            }
            target.plan = {TargetPlan::Kind::erase};
        }
        if (target.actual == nullptr && target.plan.kind == TargetPlan::Kind::create &&
            state_.joining && state_.awaiting.contains(rule.target)) {
            work_.lacks_target = true;
            continue;
        }
        if (target.plan.kind != TargetPlan::Kind::nothing || target.pending != nullptr) {
            work_.targets.push_back(std::move(target));
        }
    }
}

/// Whether any connector object stays joined once the plans have been carried out at home.
bool Finisher::remains_after_plans(bool remains) const {
    if (!remains) {
        return false;
    }
    return std::ranges::any_of(work_.connectors, [&](const Object& connector) {
        if (!connector.joined) {
            return false;
        }
        return std::ranges::none_of(work_.targets, [&](const Work::Target& target) {
            const bool at_home = target.plan.kind == TargetPlan::Kind::disconnect ||
                                 (target.plan.kind == TargetPlan::Kind::erase &&
                                  never_sent(connector, target.pending));
            return target.actual == &connector && at_home;
        });
    });
}

/// A join that can be found again as long as this object is there ends with it. Until then nothing
/// is sent, whatever was planned before.
void Finisher::keep_disconnected() {
    for (auto& target : work_.targets) {
        if (target.plan.kind == TargetPlan::Kind::disconnect) {
            target.plan = {TargetPlan::Kind::nothing};
        }
    }
    std::erase_if(work_.targets, [](const Work::Target& target) {
        return target.plan.kind == TargetPlan::Kind::nothing && target.pending == nullptr;
    });
}

void Finisher::erase_self() {
    if (!work_.exists) {
        return;
    }
    const Keyed before{work_.self.attributes};
    write_keys(book_, work_.self.type, work_.id, &before, nullptr, work_.keys);
    work_.link_changes.clear();
    for (const auto& link : work_.links) {
        work_.link_changes.push_back({link.attribute, false, link.target, link.text});
    }
    work_.write.emplace();
    work_.write->kind = ChangeKind::erase;
    work_.write->delta = erase_delta(schema_, work_.self, work_.link_changes);
    work_.write->object = work_.self;
}

void Finisher::doubt_joins(const Document& metaverse) {
    if (!work_.exists || !work_.present) {
        return;
    }
    for (const auto& connector : work_.connectors) {
        if (connector.joined && connector.state == ObjectState::normal) {
            if (auto keys = unmatched_keys(worker_.rules, connector, metaverse); !keys.empty()) {
                work_.doubts.push_back(
                    {connector.id, work_.id, std::move(keys), work_.self.retry && !work_.waits});
            }
        }
    }
}

void Finisher::write_self(Object&& after) {
    const bool before_retry = work_.self.retry;
    ObjectWrite write;
    // Where joins are in doubt it is decided later whether it stays so.
    after.retry = work_.waits || work_.frozen || !work_.problems.empty() ||
                  (before_retry && !work_.doubts.empty());
    if (!work_.exists) {
        write.kind = ChangeKind::create;
        const Keyed keyed{after.attributes};
        write_keys(book_, after.type, work_.id, nullptr, &keyed, work_.keys);
        std::string document;
        encode(after.attributes, schema_, document);
        const auto d = digest(document);
        write.delta = fmt::format("{:016x}{:016x}", d.high, d.low);
        write.object = std::move(after);
        work_.write = std::move(write);
        return;
    }
    const Object& before = work_.self;
    Delta delta;
    if (!(before.attributes == after.attributes)) {
        delta.attributes = diff(before.attributes, after.attributes);
        const Keyed old_keys{before.attributes};
        const Keyed new_keys{after.attributes};
        write_keys(book_, after.type, work_.id, &old_keys, &new_keys, work_.keys);
    }
    if (before.state != after.state) {
        delta.state = {before.state, after.state};
    }
    delta.links = work_.link_changes;
    const bool provenance_moved = before.provenance != after.provenance;
    if (delta.empty() && !provenance_moved && before.retry == after.retry &&
        before.due == after.due) {
        return;
    }
    write.attributes_changed = !delta.attributes.empty();
    write.identity_changed = false;
    if (!delta.empty() || provenance_moved) {
        encode(delta, schema_, write.delta);
    }
    write.object = std::move(after);
    work_.write = std::move(write);
}

}  // namespace

bool never_sent(const Object& target, const Export* pending) {
    return target.state == ObjectState::provisioning &&
           (pending == nullptr || pending->state != ExportState::sent) && !target.unconfirmed;
}

void finish_one(const SyncState& state, Worker& worker, Work& work) {
    Finisher(state, worker, work).run();
}

}  // namespace muster
