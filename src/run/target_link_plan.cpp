#include "run/target_link_plan.h"

#include <algorithm>

#include "model/foreign.h"

namespace muster {

namespace {

/// A target object of a metaverse object, with the part of each list that is about it.
struct Holder {
    ObjectId metaverse;
    ObjectId target;
    std::uint16_t outbound = 0;
    std::span<const Link> links;   ///< of the metaverse object
    std::span<const Link> actual;  ///< of the target
};

WantedLink wanted_of(const ExportLink& row) {
    return {row.attribute, row.add, row.target, row.text};
}

std::vector<Holder> holders_of(const LinkPlanContext& context, View& view,
                               std::span<const ObjectId> metaverse) {
    std::vector<Join> joins;
    context.state.connectors(view, metaverse, joins);
    const auto rules = outbound_of(context, view, joins);
    std::vector<Holder> holders;
    for (std::size_t i = 0; i < joins.size(); ++i) {
        const auto& join = joins[i];
        const auto outbound = rules[i];
        if (outbound == RuleBook::kNone) {
            continue;
        }
        const auto source = context.book.configuration().outbound[outbound].source;
        const auto& flows = context.book.metaverse_type(source).target_references;
        if (std::ranges::count(flows, outbound, &ReferenceFlow::rule) > 0) {
            holders.push_back({join.metaverse, join.connector, outbound, {}, {}});
        }
    }
    return holders;
}

/// Hands each holder its own part of the links, which come in order of their sources.
void share_out(const std::vector<Link>& links, std::vector<Holder>& holders,
               ObjectId Holder::* source, std::span<const Link> Holder::* part) {
    for (auto& holder : holders) {
        const auto own = std::ranges::equal_range(links, holder.*source, {}, &Link::source);
        holder.*part = {own.begin(), own.end()};
    }
}

/// Rows that renew a value after a rename stay wanted while the rename itself is pending.
std::map<ObjectId, std::string> pending_renames(View& view, std::span<const ExportLink> pending) {
    std::vector<ObjectId> ends;
    std::vector<const std::string*> names;
    for (const auto& row : pending) {
        if (!row.add && row.target && !row.text.empty()) {
            ends.push_back(row.target);
            names.push_back(&row.text);
        }
    }
    std::vector<std::optional<Export>> rows;
    view.exports(ends, rows);
    std::map<ObjectId, std::string> renames;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (rows[i] && (rows[i]->delta.name || rows[i]->delta.anchor)) {
            renames.emplace(ends[i], *names[i]);
        }
    }
    return renames;
}

/// What ought to be pending for one target.
class Weighing {
 public:
    Weighing(const LinkPlanContext& context, std::span<const Join> ends,
             const std::map<ObjectId, std::string>& renames, const Holder& holder,
             std::span<const ExportLink> pending)
        : context_(context), ends_(ends), renames_(renames), holder_(holder), pending_(pending) {}

    /// Values that run() left alone.
    std::uint64_t foreign() const { return foreign_; }

    std::vector<WantedLink> run() {
        if (context_.erasing.contains(holder_.target)) {
            return {};
        }
        const auto& rule = context_.book.configuration().outbound[holder_.outbound];
        for (const auto& flow : context_.book.metaverse_type(rule.source).target_references) {
            if (flow.rule == holder_.outbound) {
                expect(flow);
            }
        }
        std::ranges::sort(expected_);
        for (const auto& link : holder_.actual) {
            if (manages(link.attribute)) {
                weigh(link);
            }
        }
        std::vector<Link> held(holder_.actual.begin(), holder_.actual.end());
        std::ranges::sort(held);
        for (const auto& link : expected_) {
            if (!std::ranges::binary_search(held, link)) {
                wanted_.push_back({link.attribute, true, link.target, {}});
            }
        }
        std::ranges::sort(wanted_);
        return std::move(wanted_);
    }

 private:
    void expect(const ReferenceFlow& flow) {
        if (!flow.initial_only) {
            managed_.push_back(flow.to);
        }
        for (const auto& link : holder_.links) {
            if (link.attribute != flow.from) {
                continue;
            }
            if (const auto end = target_of(context_, ends_, link.target, flow.to)) {
                expected_.push_back({flow.to, holder_.target, end, {}});
            }
        }
    }
    bool manages(AttributeId attribute) const {
        return std::ranges::count(managed_, attribute) > 0;
    }

    void weigh(const Link& link) {
        if (const auto* renewal = link.target ? nullptr : renewal_of(link)) {
            wanted_.push_back(wanted_of(*renewal));
            return;
        }
        if (is_foreign(link)) {
            ++foreign_;
            return;
        }
        if (const auto* old_name = old_name_of(link.target)) {
            wanted_.push_back({link.attribute, false, link.target, *old_name});
            wanted_.push_back({link.attribute, true, link.target, {}});
        }
        if (!std::ranges::binary_search(expected_, link)) {
            wanted_.push_back({link.attribute, false, link.target, link.text});
        }
    }

    /// Where a value is the old name of an object that is still to be referred to: the row that
    /// takes it away.
    const ExportLink* renewal_of(const Link& link) const {
        const auto found = std::ranges::find_if(pending_, [&](const ExportLink& row) {
            return !row.add && row.target && row.attribute == link.attribute &&
                   row.text == link.text &&
                   std::ranges::binary_search(expected_,
                                              Link{row.attribute, holder_.target, row.target, {}});
        });
        return found == pending_.end() ? nullptr : &*found;
    }

    /// A value that leads to nothing Muster knows, and never did, is somebody else's; what a single
    /// value gives way to is wanted more. What Muster knew is about to be taken away, or has just
    /// gone.
    bool is_foreign(const Link& link) const {
        if (link.target || !keeps_foreign(context_.book.configuration(), link.attribute) ||
            context_.left_behind.contains(link.text)) {
            return false;
        }
        const bool known = std::ranges::any_of(pending_, [&](const ExportLink& row) {
            return !row.add && row.attribute == link.attribute && row.text == link.text;
        });
        const bool gives_way = !context_.book.schema().attribute(link.attribute).multi &&
                               std::ranges::count(expected_, link.attribute, &Link::attribute) > 0;
        return !known && !gives_way;
    }

    const std::string* old_name_of(ObjectId target) const {
        for (const auto* names : {&context_.renamed, &renames_}) {
            if (const auto found = names->find(target); found != names->end()) {
                return &found->second;
            }
        }
        return nullptr;
    }

    const LinkPlanContext& context_;
    std::span<const Join> ends_;
    const std::map<ObjectId, std::string>& renames_;
    const Holder& holder_;
    std::span<const ExportLink> pending_;
    std::vector<AttributeId> managed_;
    std::vector<Link> expected_;
    std::vector<WantedLink> wanted_;
    std::uint64_t foreign_ = 0;
};

/// Which rows of one target to write; returns whether any link stays or becomes pending.
bool settle_links(const TargetWanted& of, LinkPlans& plans, bool& changed) {
    bool remains = false;
    std::vector<WantedLink> kept;
    for (const auto& row : of.pending) {
        if (std::ranges::binary_search(of.wanted, wanted_of(row))) {
            kept.push_back(wanted_of(row));
            remains = true;
        } else {
            plans.links.push_back({row, true});
            changed = true;
        }
    }
    std::ranges::sort(kept);
    for (const auto& link : of.wanted) {
        if (std::ranges::binary_search(kept, link)) {
            continue;
        }
        plans.links.push_back({{of.target, link.attribute, link.add, link.target, link.text,
                                ExportState::planned, false},
                               false});
        ++(link.add ? plans.additions : plans.removals);
        remains = changed = true;
    }
    return remains;
}

}  // namespace

ObjectId target_of(const LinkPlanContext& context, std::span<const Join> joins, ObjectId metaverse,
                   AttributeId attribute) {
    const auto own = std::ranges::equal_range(joins, metaverse, {}, &Join::metaverse);
    for (const auto type : context.book.schema().attribute(attribute).targets) {
        for (const auto& join : own) {
            if (join.type == type && !context.erasing.contains(join.connector)) {
                return join.connector;
            }
        }
    }
    return {};
}

std::vector<std::uint16_t> outbound_of(const LinkPlanContext& context, View& view,
                                       std::span<const Join> joins) {
    std::vector<std::uint16_t> rules;
    std::vector<std::size_t> places;  // where the type of the metaverse object decides
    std::vector<ObjectId> metaverse;
    for (const auto& join : joins) {
        const auto& type = context.book.connector_type(join.type);
        if (!type.outbound.empty() && type.metaverse.size() > 1) {
            places.push_back(rules.size());
            metaverse.push_back(join.metaverse);
        }
        rules.push_back(type.outbound.empty() ? RuleBook::kNone : type.outbound.front());
    }
    const auto types = context.state.types_of(view, metaverse);
    for (std::size_t i = 0; i < places.size(); ++i) {
        rules[places[i]] = context.book.outbound(types[i], joins[places[i]].type);
    }
    return rules;
}

std::vector<Join> joins_of(const SyncState& state, View& view, std::vector<ObjectId> metaverse) {
    std::ranges::sort(metaverse);
    const auto repeated = std::ranges::unique(metaverse);
    metaverse.erase(repeated.begin(), repeated.end());
    std::vector<Join> joins;
    state.connectors(view, metaverse, joins);
    std::ranges::sort(joins);
    return joins;
}

void plan_whole(const LinkPlanContext& context, View& view, std::span<const ObjectId> metaverse,
                LinkPlans& plans) {
    auto holders = holders_of(context, view, metaverse);
    std::vector<ObjectId> sources;
    std::vector<ObjectId> targets;
    for (const auto& holder : holders) {
        if (sources.empty() || sources.back() != holder.metaverse) {
            sources.push_back(holder.metaverse);
        }
        targets.push_back(holder.target);
    }
    std::vector<Link> links;
    view.links(sources, {}, links);
    std::vector<Link> actual;
    view.links(targets, {}, actual);
    share_out(links, holders, &Holder::metaverse, &Holder::links);
    share_out(actual, holders, &Holder::target, &Holder::actual);
    std::vector<ExportLink> pending;
    view.export_links(targets, pending);
    std::ranges::stable_sort(pending, {}, &ExportLink::object);
    const auto renames = pending_renames(view, pending);
    std::vector<ObjectId> ends;
    ends.reserve(links.size());
    for (const auto& link : links) {
        ends.push_back(link.target);
    }
    const auto joins = joins_of(context.state, view, std::move(ends));
    std::vector<TargetWanted> wanted;
    for (const auto& holder : holders) {
        auto& of = wanted.emplace_back();
        of.target = holder.target;
        of.type = context.book.configuration().outbound[holder.outbound].target;
        const auto own = std::ranges::equal_range(pending, holder.target, {}, &ExportLink::object);
        Weighing weighing(context, joins, renames, holder, {own.begin(), own.end()});
        of.wanted = weighing.run();
        plans.foreign += weighing.foreign();
        of.pending.assign(own.begin(), own.end());
    }
    settle(view, wanted, plans);
}

void settle(View& view, std::span<const TargetWanted> targets, LinkPlans& plans) {
    std::vector<ObjectId> changed;
    std::vector<std::pair<TypeId, bool>> remaining;
    for (const auto& of : targets) {
        bool differs = false;
        const bool remains = settle_links(of, plans, differs);
        if (differs) {
            changed.push_back(of.target);
            remaining.emplace_back(of.type, remains);
        }
    }
    std::vector<ExportHead> heads;
    view.export_heads(changed, heads);
    for (std::size_t i = 0; i < changed.size(); ++i) {
        const auto [type, remains] = remaining[i];
        const auto& head = heads[i];
        ExportWrite write;
        write.row.object = changed[i];
        write.row.type = type;
        if (remains && !head.pending) {
            plans.exports.push_back(std::move(write));
        } else if (!remains && head.pending && head.kind == ExportKind::update &&
                   !head.says_something) {
            write.erase = true;
            plans.exports.push_back(std::move(write));
        }
    }
}

}  // namespace muster
