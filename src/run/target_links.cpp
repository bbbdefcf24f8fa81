#include <algorithm>
#include <atomic>
#include <memory>

#include "run/target_link_plan.h"

namespace muster {

namespace {

/// A target and those of its links that pairs speak about.
struct Weighed {
    TargetWanted of;
    std::vector<Link> links;
    std::vector<bool> expected;  ///< beside links: whether the metaverse has them
};

/// Plans the links of targets, page by page.
class TargetLinks {
 public:
    explicit TargetLinks(SyncState& state)
        : state_(state),
          work_(state.target_links),
          context_{state, state.book, erasing_, work_.renamed, work_.left_behind} {}

    void run();

 private:
    void load_erasing();
    void spread();
    void page_whole(std::span<const ObjectId> ids);
    void page_pairs(std::span<const LinkPair> pairs);
    std::vector<Weighed> collect(std::span<const LinkPair> pairs, std::span<const Join> targets,
                                 std::span<const Join> ends, std::span<const bool> in_metaverse);
    bool has_several(std::span<const Join> joins, ObjectId metaverse, AttributeId attribute) const;
    std::vector<TargetWanted> weigh(std::vector<Weighed>&& targets);
    void write(LinkPlans&& plans);

    SyncState& state_;
    TargetLinkWork& work_;
    boost::unordered_flat_set<ObjectId> erasing_;
    LinkPlanContext context_;
};

void TargetLinks::load_erasing() {
    constexpr ExportState kPending[] = {ExportState::planned, ExportState::held,
                                        ExportState::failed, ExportState::sent};
    for (const auto& system : state_.book.configuration().systems) {
        const auto counts = state_.view.planned(system.space);
        const bool any = std::ranges::any_of(counts, [](const View::PlannedCount& c) {
            return c.kind == LimitKind::deletes && c.pending > 0;
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
    std::vector<Link> links;
    if (!state_.first_sync) {
        const std::vector<ObjectId> ids(work_.targets_changed.begin(), work_.targets_changed.end());
        state_.view.referrers(ids, links);
    }
    for (const auto& link : links) {
        if (!work_.all.contains(link.source)) {
            work_.pairs.push_back({link.source, link.attribute, link.target});
        }
    }
    std::vector<ObjectId> renamed(work_.kept_names.begin(), work_.kept_names.end());
    renamed.reserve(renamed.size() + work_.renamed.size());
    for (const auto& [id, name] : work_.renamed) {
        renamed.push_back(id);
    }
    links.clear();
    state_.view.referrers(renamed, links);
    for (const auto id : state_.joined_sources(links)) {
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
    for (std::size_t begin = 0; begin < work_.pairs.size();) {
        auto end = std::min(begin + page_objects, work_.pairs.size());
        while (end < work_.pairs.size() && work_.pairs[end].source == work_.pairs[end - 1].source) {
            ++end;  // what is pending for one target is settled at once
        }
        page_pairs(std::span(work_.pairs).subspan(begin, end - begin));
        begin = end;
    }
    const std::vector<ObjectId> all(work_.all.begin(), work_.all.end());
    for (std::size_t begin = 0; begin < all.size(); begin += page_objects) {
        page_whole(std::span(all).subspan(begin, std::min(page_objects, all.size() - begin)));
        state_.step.progress(begin, all.size(), "objects");
        if (state_.step.stopping()) {
            throw Error(ErrorCode::cancelled, "stopped while planning links");
        }
    }
    state_.committer.drain();
    work_ = {};
}

void TargetLinks::write(LinkPlans&& plans) {
    ChangeSet changes = state_.step.changes();
    changes.export_links = std::move(plans.links);
    changes.exports = std::move(plans.exports);
    state_.step.count("link additions planned", plans.additions);
    state_.step.count("link removals planned", plans.removals);
    state_.step.count("foreign values left alone", plans.foreign);
    state_.committer.submit(std::move(changes));
}

void TargetLinks::page_whole(std::span<const ObjectId> ids) {
    std::vector<LinkPlans> parts(state_.workers.size());
    std::atomic<std::size_t> next = 0;
    state_.workers.run(ids.size(), [&](Worker& worker, std::size_t begin, std::size_t end) {
        plan_whole(context_, *worker.view, ids.subspan(begin, end - begin), parts[next++]);
    });
    for (auto& part : parts) {
        write(std::move(part));
    }
}

/// Whether an attribute could lead to another object of the metaverse object and may have, so far.
bool TargetLinks::has_several(std::span<const Join> joins, ObjectId metaverse,
                              AttributeId attribute) const {
    const auto& to = state_.step.schema().attribute(attribute);
    const auto own = std::ranges::equal_range(joins, metaverse, {}, &Join::metaverse);
    return std::ranges::count_if(own, [&](const Join& join) { return to.refers_to(join.type); }) >
           1;
}

/// What the pairs say about the targets of their sources; a source whose pair cannot be named any
/// more is weighed as a whole.
std::vector<Weighed> TargetLinks::collect(std::span<const LinkPair> pairs,
                                          std::span<const Join> targets, std::span<const Join> ends,
                                          std::span<const bool> in_metaverse) {
    const auto rules = outbound_of(context_, state_.view, targets);
    std::vector<Weighed> result;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto& join = targets[i];
        const auto outbound = rules[i];
        if (outbound == RuleBook::kNone || erasing_.contains(join.connector)) {
            continue;
        }
        const auto& rule = state_.book.configuration().outbound[outbound];
        Weighed target{{join.connector, join.type, {}, {}}, {}, {}};
        bool nameless = false;
        const auto own = std::ranges::equal_range(pairs, join.metaverse, {}, &LinkPair::source);
        for (const auto& pair : own) {
            for (const auto& flow : state_.book.metaverse_type(rule.source).target_references) {
                if (flow.rule == outbound && flow.from == pair.attribute && !flow.initial_only) {
                    const auto end = target_of(context_, ends, pair.target, flow.to);
                    nameless = nameless || !end || has_several(ends, pair.target, flow.to);
                    target.links.push_back({flow.to, join.connector, end, {}});
                    target.expected.push_back(
                        in_metaverse[static_cast<std::size_t>(&pair - pairs.data())]);
                }
            }
        }
        if (nameless) {
            work_.all.insert(join.metaverse);
        } else {
            result.push_back(std::move(target));
        }
    }
    return result;
}

/// Holds what the metaverse has against what the targets have, asking once for all of them.
std::vector<TargetWanted> TargetLinks::weigh(std::vector<Weighed>&& targets) {
    std::vector<ObjectId> ids;
    std::vector<Link> asked;
    for (const auto& target : targets) {
        ids.push_back(target.of.target);
        asked.insert(asked.end(), target.links.begin(), target.links.end());
    }
    const auto held = std::make_unique<bool[]>(asked.size());
    state_.view.exist(asked, {held.get(), asked.size()});
    std::vector<ExportLink> pending;
    state_.view.export_links(ids, pending);
    std::ranges::stable_sort(pending, {}, &ExportLink::object);
    std::vector<TargetWanted> result;
    const bool* there = held.get();
    for (auto& [of, links, expected] : targets) {
        const auto own = std::ranges::equal_range(pending, of.target, {}, &ExportLink::object);
        of.pending.assign(own.begin(), own.end());
        for (const auto& row : of.pending) {  // rows of other links stay as they are
            const bool weighed_now = std::ranges::any_of(links, [&](const Link& link) {
                return link.attribute == row.attribute && link.target == row.target &&
                       row.text.empty();
            });
            if (!weighed_now) {
                of.wanted.push_back({row.attribute, row.add, row.target, row.text});
            }
        }
        for (std::size_t i = 0; i < links.size(); ++i) {
            if (expected[i] != *there++) {
                of.wanted.push_back({links[i].attribute, expected[i], links[i].target, {}});
            }
        }
        std::ranges::sort(of.wanted);
        result.push_back(std::move(of));
    }
    return result;
}

void TargetLinks::page_pairs(std::span<const LinkPair> pairs) {
    std::vector<ObjectId> sources;
    std::vector<ObjectId> ends;
    std::vector<Link> asked;
    for (const auto& pair : pairs) {
        sources.push_back(pair.source);
        ends.push_back(pair.target);
        asked.push_back({pair.attribute, pair.source, pair.target, {}});
    }
    const auto targets = joins_of(state_, state_.view, std::move(sources));
    const auto end_joins = joins_of(state_, state_.view, std::move(ends));
    const auto in_metaverse = std::make_unique<bool[]>(asked.size());
    state_.view.exist(asked, {in_metaverse.get(), asked.size()});
    LinkPlans plans;
    settle(state_.view,
           weigh(collect(pairs, targets, end_joins, {in_metaverse.get(), asked.size()})), plans);
    write(std::move(plans));
}

}  // namespace

void plan_target_links(SyncState& state) {
    TargetLinks(state).run();
}

}  // namespace muster
