#include <algorithm>

#include "run/sync_state.h"

namespace muster {

namespace {

/// One metaverse object and, per outbound reference flow, its target.
struct Holder {
    ObjectId metaverse;
    TypeId type;
    std::vector<Join> targets;
};

using Wanted = std::set<std::tuple<AttributeId, bool, ObjectId, std::string>>;  ///< attribute, add,
                                                                                ///< target, text

/// Plans the links of targets: what the metaverse has, less what the target has.
class TargetLinks {
 public:
    explicit TargetLinks(SyncState& state)
        : state_(state), schema_(state.step.schema()), work_(state.target_links) {}

    void run();

 private:
    void load_erasing();
    void spread();
    void page_all(std::span<const ObjectId> ids);
    void page_pairs(std::span<const LinkPair> pairs);
    std::vector<Holder> holders(std::span<const ObjectId> ids);
    ObjectId target_in(std::span<const Join> joins, ObjectId metaverse, SpaceId system) const;
    void plan_all(const Holder& holder, std::span<const Link> metaverse_links,
                  std::span<const Join> ends, ChangeSet& changes);
    void settle(ObjectId target, TypeId type, const Wanted& wanted,
                std::span<const ExportLink> pending, ChangeSet& changes);
    const std::string* old_name_of(ObjectId target) const;
    void keep_renames(std::span<const ExportLink> pending);

    SyncState& state_;
    const Schema& schema_;
    TargetLinkWork& work_;
    boost::unordered_flat_set<ObjectId> erasing_;  ///< target objects whose end is planned
};

void TargetLinks::load_erasing() {
    constexpr ExportState kPending[] = {ExportState::planned, ExportState::held,
                                        ExportState::failed, ExportState::sent};
    for (const auto& system : state_.book.configuration().systems) {
        const auto counts = state_.view.planned(system.space);
        const bool any = std::ranges::any_of(counts, [](const View::PlannedCount& c) {
            return c.kind == LimitKind::deletes && c.planned > 0;
        });
        if (any) {
            state_.view.exports(system.space, kPending, [this](const Export& row) {
                if (row.kind == ExportKind::erase) {
                    erasing_.insert(row.object);
                }
            });
        }
    }
}

/// Turns "its targets came or went" and "its target is renamed" into work on those that refer to
/// it.
void TargetLinks::spread() {
    std::vector<ObjectId> ids(work_.targets_changed.begin(), work_.targets_changed.end());
    std::vector<Link> links;
    if (!state_.first_sync) {
        state_.view.referrers(ids, links);
    }
    for (const auto& link : links) {
        if (!work_.all.contains(link.source)) {
            work_.pairs.push_back({link.source, link.attribute, link.target});
        }
    }
    std::vector<ObjectId> renamed;
    for (const auto& [id, name] : work_.renamed) {
        renamed.push_back(id);
    }
    links.clear();
    state_.view.referrers(renamed, links);
    std::vector<ObjectId> sources;
    for (const auto& link : links) {
        sources.push_back(link.source);
    }
    std::vector<ObjectId> metaverse(sources.size());
    state_.view.joined(sources, metaverse);
    for (const auto id : metaverse) {
        if (id) {
            work_.all.insert(id);
        }
    }
}

void TargetLinks::run() {
    if (work_.empty()) {
        return;
    }
    load_erasing();
    spread();
    const auto page_objects = state_.step.context().options.page_objects;
    std::erase_if(work_.pairs,
                  [this](const LinkPair& pair) { return work_.all.contains(pair.source); });
    std::ranges::sort(work_.pairs);
    const auto repeated = std::ranges::unique(work_.pairs);
    work_.pairs.erase(repeated.begin(), repeated.end());
    for (std::size_t begin = 0; begin < work_.pairs.size(); begin += page_objects) {
        page_pairs(std::span(work_.pairs)
                       .subspan(begin, std::min(page_objects, work_.pairs.size() - begin)));
    }
    const std::vector<ObjectId> all(work_.all.begin(), work_.all.end());
    for (std::size_t begin = 0; begin < all.size(); begin += page_objects) {
        page_all(std::span(all).subspan(begin, std::min(page_objects, all.size() - begin)));
        state_.step.progress(begin, all.size(), "objects");
        if (state_.step.stopping()) {
            throw Error(ErrorCode::cancelled, "stopped while planning links");
        }
    }
    state_.committer.drain();
    work_ = {};
}

std::vector<Holder> TargetLinks::holders(std::span<const ObjectId> ids) {
    std::vector<Object> objects;
    state_.view.hydrate(ids, objects);
    std::vector<Join> joins;
    state_.view.connectors(ids, joins);
    std::vector<Holder> result;
    auto join = joins.begin();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        Holder holder{ids[i], objects[i].type, {}};
        for (; join != joins.end() && join->metaverse == ids[i]; ++join) {
            holder.targets.push_back(*join);
        }
        if (objects[i].id && !state_.book.metaverse_type(holder.type).target_references.empty()) {
            result.push_back(std::move(holder));
        }
    }
    return result;
}

/// The connector object of a metaverse object in a system; none where there is none to refer to.
/// `joins` is sorted.
ObjectId TargetLinks::target_in(std::span<const Join> joins, ObjectId metaverse,
                                SpaceId system) const {
    for (const auto& join : std::ranges::equal_range(joins, metaverse, {}, &Join::metaverse)) {
        if (schema_.space_of(join.type) == system && !erasing_.contains(join.connector)) {
            return join.connector;
        }
    }
    return {};
}

void TargetLinks::page_all(std::span<const ObjectId> ids) {
    const auto page = holders(ids);
    std::vector<ObjectId> metaverse;
    for (const auto& holder : page) {
        metaverse.push_back(holder.metaverse);
    }
    std::vector<Link> links;
    state_.view.links(metaverse, {}, links);
    std::vector<ObjectId> ends;
    for (const auto& link : links) {
        ends.push_back(link.target);
    }
    std::ranges::sort(ends);
    const auto repeated = std::ranges::unique(ends);
    ends.erase(repeated.begin(), repeated.end());
    std::vector<Join> joins;
    state_.view.connectors(ends, joins);
    std::ranges::sort(joins);
    ChangeSet changes = state_.step.changes();
    auto link = links.begin();
    for (const auto& holder : page) {
        const auto first = link;
        while (link != links.end() && link->source == holder.metaverse) {
            ++link;
        }
        plan_all(holder, {first, link}, joins, changes);
    }
    state_.committer.submit(std::move(changes));
}

void TargetLinks::plan_all(const Holder& holder, std::span<const Link> metaverse_links,
                           std::span<const Join> ends, ChangeSet& changes) {
    for (const auto outbound : state_.book.metaverse_type(holder.type).outbound) {
        const auto& rule = state_.book.configuration().outbound[outbound];
        const auto target = std::ranges::find(holder.targets, rule.target, &Join::type);
        if (target == holder.targets.end()) {
            continue;
        }
        std::vector<Link> actual;
        state_.view.links(std::span(&target->connector, 1), {}, actual);
        std::vector<ExportLink> pending;
        state_.view.export_links(std::span(&target->connector, 1), pending);
        Wanted wanted;
        std::vector<std::pair<AttributeId, bool>> managed;
        std::set<Link> expected;
        for (const auto& flow : state_.book.metaverse_type(holder.type).target_references) {
            if (flow.rule != outbound) {
                continue;
            }
            managed.emplace_back(flow.to, flow.initial_only);
            for (const auto& link : metaverse_links) {
                const auto end = link.attribute == flow.from
                                     ? target_in(ends, link.target, rule.system)
                                     : ObjectId{};
                if (end) {
                    expected.insert({flow.to, target->connector, end, {}});
                }
            }
        }
        keep_renames(pending);
        if (erasing_.contains(target->connector)) {
            settle(target->connector, rule.target, {}, pending, changes);
            continue;
        }
        for (const auto& link : actual) {
            const auto by =
                std::ranges::find(managed, link.attribute, &std::pair<AttributeId, bool>::first);
            if (by == managed.end() || by->second) {
                continue;
            }
            if (const auto* old_name = link.target ? old_name_of(link.target) : nullptr) {
                wanted.emplace(link.attribute, false, link.target, *old_name);
                wanted.emplace(link.attribute, true, link.target, std::string{});
            }
            if (!expected.contains(link)) {
                wanted.emplace(link.attribute, false, link.target, link.text);
            }
            expected.erase(link);
        }
        for (const auto& link : expected) {
            wanted.emplace(link.attribute, true, link.target, std::string{});
        }
        settle(target->connector, rule.target, wanted, pending, changes);
    }
}

/// Rows that renew a value after a rename stay wanted while the rename itself is pending.
void TargetLinks::keep_renames(std::span<const ExportLink> pending) {
    std::vector<ObjectId> ends;
    std::vector<const std::string*> names;
    for (const auto& row : pending) {
        if (!row.add && row.target && !row.text.empty()) {
            ends.push_back(row.target);
            names.push_back(&row.text);
        }
    }
    std::vector<std::optional<Export>> rows;
    state_.view.exports(ends, rows);
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (rows[i] && rows[i]->delta.name) {
            work_.renamed.emplace(ends[i], *names[i]);
        }
    }
}

/// The present name of a target object that is about to lose it; null for others.
const std::string* TargetLinks::old_name_of(ObjectId target) const {
    const auto found = work_.renamed.find(target);
    return found == work_.renamed.end() ? nullptr : &found->second;
}

/// Makes the pending links of one target what is wanted. Rows that stay as they are, are not
/// written.
void TargetLinks::settle(ObjectId target, TypeId type, const Wanted& wanted,
                         std::span<const ExportLink> pending, ChangeSet& changes) {
    Wanted missing = wanted;
    std::size_t left = 0;
    for (const auto& row : pending) {
        const auto found = missing.find({row.attribute, row.add, row.target, row.text});
        if (found != missing.end()) {
            missing.erase(found);
            ++left;
        } else {
            changes.export_links.push_back({row, true});
        }
    }
    for (const auto& [attribute, add, end, text] : missing) {
        changes.export_links.push_back(
            {{target, attribute, add, end, text, ExportState::planned, false}, false});
        state_.step.count(add ? "link additions planned" : "link removals planned");
    }
    if (missing.empty() && (left > 0 || pending.empty())) {
        return;
    }
    std::vector<std::optional<Export>> rows;
    state_.view.exports(std::span(&target, 1), rows);
    auto& row = rows.front();
    const bool needed = !missing.empty() || left > 0;
    if (needed && (!row || row->state == ExportState::sent)) {
        ExportWrite write;
        write.row.object = target;
        write.row.type = type;
        changes.exports.push_back(std::move(write));
    } else if (!needed && row && row->kind == ExportKind::update && row->delta.empty()) {
        changes.exports.push_back({std::move(*row), true});
    }
}

void TargetLinks::page_pairs(std::span<const LinkPair> pairs) {
    std::vector<ObjectId> sources;
    std::vector<ObjectId> ends;
    std::vector<Link> asked;
    for (const auto& pair : pairs) {
        if (sources.empty() || sources.back() != pair.source) {
            sources.push_back(pair.source);
        }
        ends.push_back(pair.target);
        asked.push_back({pair.attribute, pair.source, pair.target, {}});
    }
    std::ranges::sort(ends);
    const auto repeated = std::ranges::unique(ends);
    ends.erase(repeated.begin(), repeated.end());
    std::vector<Join> joins;
    state_.view.connectors(ends, joins);
    std::ranges::sort(joins);
    const auto in_metaverse = std::make_unique<bool[]>(asked.size());
    state_.view.exist(asked, {in_metaverse.get(), asked.size()});

    ChangeSet changes = state_.step.changes();
    for (const auto& holder : holders(sources)) {
        for (const auto outbound : state_.book.metaverse_type(holder.type).outbound) {
            const auto& rule = state_.book.configuration().outbound[outbound];
            const auto target = std::ranges::find(holder.targets, rule.target, &Join::type);
            if (target == holder.targets.end() || erasing_.contains(target->connector)) {
                continue;
            }
            Wanted wanted;
            std::vector<std::pair<Link, bool>> weighed;
            bool widen = false;
            const auto own =
                std::ranges::equal_range(pairs, holder.metaverse, {}, &LinkPair::source);
            for (auto i = static_cast<std::size_t>(own.begin() - pairs.begin());
                 i < static_cast<std::size_t>(own.end() - pairs.begin()); ++i) {
                for (const auto& flow : state_.book.metaverse_type(holder.type).target_references) {
                    if (flow.rule != outbound || flow.from != pairs[i].attribute ||
                        flow.initial_only) {
                        continue;
                    }
                    const auto end = target_in(joins, pairs[i].target, rule.system);
                    widen = widen || !end;
                    weighed.push_back({{flow.to, target->connector, end, {}}, in_metaverse[i]});
                }
            }
            if (widen) {
                work_.all.insert(
                    holder.metaverse);  // what is to go cannot be named by its pair any more
                continue;
            }
            std::vector<Link> actual;
            for (const auto& [link, expected] : weighed) {
                actual.push_back(link);
            }
            const auto in_target = std::make_unique<bool[]>(actual.size());
            state_.view.exist(actual, {in_target.get(), actual.size()});
            std::vector<ExportLink> pending;
            state_.view.export_links(std::span(&target->connector, 1), pending);
            for (const auto& row : pending) {  // rows of other links stay as they are
                const bool weighed_now = std::ranges::any_of(weighed, [&](const auto& w) {
                    return w.first.attribute == row.attribute && w.first.target == row.target &&
                           row.text.empty();
                });
                if (!weighed_now) {
                    wanted.emplace(row.attribute, row.add, row.target, row.text);
                }
            }
            for (std::size_t i = 0; i < weighed.size(); ++i) {
                const auto& [link, expected] = weighed[i];
                if (expected != in_target[i]) {
                    wanted.emplace(link.attribute, expected, link.target, std::string{});
                }
            }
            settle(target->connector, rule.target, wanted, pending, changes);
        }
    }
    state_.committer.submit(std::move(changes));
    state_.committer.drain();
}

}  // namespace

void plan_target_links(SyncState& state) {
    TargetLinks(state).run();
}

}  // namespace muster
