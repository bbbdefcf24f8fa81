#include <fmt/format.h>

#include <algorithm>

#include "run/resolve_page.h"

namespace muster {

void resolve_one(const SyncState& state, Worker& worker, Work& work) {
    std::vector<const Object*> connectors;
    connectors.reserve(work.connectors.size());
    for (const auto& connector : work.connectors) {
        connectors.push_back(&connector);
    }
    work.applicable = Applicable::evaluate(worker.rules, connectors);
    if (!work.applicable) {
        work.failed = true;
        work.problem = worker.rules.problem();
        return;
    }
    const auto& type = state.book.metaverse_type(work.self.type);
    for (std::size_t i = 0; i < connectors.size(); ++i) {
        const auto system = state.step.schema().space_of(connectors[i]->type);
        work.present = work.present ||
                       (work.applicable->any(i) && connectors[i]->state == ObjectState::normal &&
                        std::ranges::count(type.deletion_sources, system) > 0);
    }
    if (!work.present) {
        return;  // leaving: frozen as it is
    }
    if (!resolve(worker.rules, work.self.type, *work.applicable, work.self.attributes,
                 work.resolved)) {
        work.failed = true;
        work.problem = worker.rules.problem();
    }
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
            write_connector(work_.connectors[i], work_.applicable->any(i));
        }
        if (!work_.present && state_.joining && work_.exists) {
            work_.postponed = true;
            return;
        }
        const bool remains = std::ranges::any_of(
            work_.connectors, [](const Object& c) { return static_cast<bool>(c.joined); });
        Object after = work_.self;
        decide_state(after);
        if (work_.present) {
            after.attributes = std::move(work_.resolved.attributes);
            after.provenance = provenance();
            links();
        }
        const bool due = after.state == ObjectState::leaving && !after.due;
        if (work_.present || due) {
            plan_targets(after);
        }
        if (failed_plan_) {
            return;
        }
        if (due && !remains_after_plans(remains)) {
            erase_self();
            return;
        }
        // A join that can be found again as long as this object is there ends with it.
        std::erase_if(work_.targets, [](const Work::Target& target) {
            return target.plan.kind == TargetPlan::Kind::disconnect;
        });
        write_self(std::move(after));
    }

 private:
    void write_connector(Object& connector, bool applies);
    void decide_state(Object& after) const;
    std::uint32_t provenance() const;
    void links();
    void plan_targets(const Object& after);
    bool remains_after_plans(bool remains) const;
    void erase_self();
    void write_self(Object&& after);
    void keys(const Document& before, const Document& after);

    const SyncState& state_;
    const Schema& schema_;
    const RuleBook& book_;
    Worker& worker_;
    Work& work_;
    bool failed_plan_ = false;
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
        for (const auto rule : book_.connector_type(connector.type).inbound) {
            for (const auto& match : book_.configuration().inbound[rule].join) {
                std::vector<std::string> values;
                matching_values(match.connector, connector.attributes, values);
                for (auto& value : values) {
                    work_.connector_keys.push_back({match.key, schema_.space_of(connector.type),
                                                    std::move(value), connector.id, false});
                }
            }
        }
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
    if (work_.present) {
        after.state = ObjectState::normal;
        after.due.reset();
        return;
    }
    const auto moment = state_.step.context().moment;
    if (after.state != ObjectState::leaving) {
        after.state = ObjectState::leaving;
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
        auto planned =
            plan(worker_.rules, outbound, after.attributes, work_.present, target.actual);
        if (!planned) {
            work_.failed = failed_plan_ = true;
            work_.problem = worker_.rules.problem();
            return;
        }
        target.plan = std::move(*planned);
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

void Finisher::keys(const Document& before, const Document& after) {
    for (const auto key : book_.metaverse_type(work_.self.type).keys) {
        std::vector<std::string> old_values;
        std::vector<std::string> new_values;
        matching_values(schema_.key(key).attributes, before, old_values);
        matching_values(schema_.key(key).attributes, after, new_values);
        std::ranges::sort(old_values);
        std::ranges::sort(new_values);
        for (const auto& value : old_values) {
            if (!std::ranges::binary_search(new_values, value)) {
                work_.keys.push_back({key, kMetaverse, value, work_.id, false});
            }
        }
        for (const auto& value : new_values) {
            if (!std::ranges::binary_search(old_values, value)) {
                work_.keys.push_back({key, kMetaverse, value, work_.id, true});
            }
        }
    }
}

void Finisher::erase_self() {
    if (!work_.exists) {
        return;
    }
    keys(work_.self.attributes, {});
    work_.link_changes.clear();
    for (const auto& link : work_.links) {
        work_.link_changes.push_back({link.attribute, false, link.target, link.text});
    }
    work_.write.emplace();
    work_.write->kind = ChangeKind::erase;
    work_.write->delta = erase_delta(schema_, work_.self, work_.link_changes);
    work_.write->object = work_.self;
}

void Finisher::write_self(Object&& after) {
    ObjectWrite write;
    if (!work_.exists) {
        write.kind = ChangeKind::create;
        keys({}, after.attributes);
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
        keys(before.attributes, after.attributes);
    }
    if (before.state != after.state) {
        delta.state = {before.state, after.state};
    }
    delta.links = work_.link_changes;
    const bool provenance_moved = before.provenance != after.provenance;
    if (delta.empty() && !provenance_moved && !before.retry && before.due == after.due) {
        return;
    }
    write.attributes_changed = !delta.attributes.empty();
    write.identity_changed = false;
    after.retry = false;
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
