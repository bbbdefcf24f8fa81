#include <algorithm>

#include "run/resolve_page.h"

namespace muster {

namespace {

/// Gathers a part of a page with a fixed number of calls to the store.
class Gatherer {
 public:
    Gatherer(const SyncState& state, Worker& worker, std::span<Work> page)
        : state_(state), worker_(worker), page_(page) {}

    void run() {
        selves();
        connectors();
        keepers();
        exports();
        all_links();
        pairs();
    }

 private:
    void selves() {
        std::vector<ObjectId> ids;
        for (const auto& work : page_) {
            if (!work.job.create) {
                ids.push_back(work.id);
            }
        }
        std::vector<Object> objects;
        worker_.view->hydrate(ids, objects);
        auto next = objects.begin();
        for (auto& work : page_) {
            if (work.job.create) {
                work.self.id = work.id;
                work.self.type = work.job.create;
            } else {
                work.self = std::move(*next++);
                work.exists = static_cast<bool>(work.self.id);
            }
        }
    }

    void connectors() {
        std::vector<ObjectId> stored;
        for (const auto& work : page_) {
            if (work.exists) {
                stored.push_back(work.id);
            }
        }
        std::vector<Join> joins;
        state_.connectors(*worker_.view, stored, joins);
        std::vector<ObjectId> ids;
        std::vector<std::size_t> counts;
        auto join = joins.begin();
        for (const auto& work : page_) {
            const auto before = ids.size();
            for (; join != joins.end() && join->metaverse == work.id; ++join) {
                ids.push_back(join->connector);
            }
            if (const auto staged = state_.joined_to.find(work.id);
                staged != state_.joined_to.end()) {
                ids.insert(ids.end(), staged->second.begin(), staged->second.end());
            }
            std::sort(ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end());
            counts.push_back(ids.size() - before);
        }
        std::vector<Object> objects;
        worker_.view->hydrate(ids, objects);
        auto next = objects.begin();
        for (std::size_t i = 0; i < page_.size(); ++i) {
            auto& of = page_[i].connectors;
            of.assign(std::make_move_iterator(next),
                      std::make_move_iterator(next + static_cast<std::ptrdiff_t>(counts[i])));
            next += static_cast<std::ptrdiff_t>(counts[i]);
        }
    }

    /// What is gone from the configuration and keeps an object, should nothing else do.
    void keepers() {
        if (state_.keepers.gone().empty()) {
            return;
        }
        std::vector<ObjectId> ids;
        for (const auto& work : page_) {
            ids.push_back(work.id);
        }
        std::vector<ForgottenJoin> joins;
        worker_.view->forgotten(ids, joins);
        const auto& schema = state_.step.schema();
        const auto note = [this](Work& work, std::string_view system, std::string_view type) {
            if (!work.keeper && work.exists && !is_leaving(work.self.state)) {
                work.keeper = state_.keepers.keeper_of(work.self.type,
                                                       is_unclaimed(work.self.state), system, type);
            }
        };
        auto join = joins.begin();
        for (auto& work : page_) {
            for (; join != joins.end() && join->metaverse == work.id; ++join) {
                note(work, join->system, join->type);
            }
            for (const auto& connector : work.connectors) {
                if (connector.state == ObjectState::normal) {
                    const auto& type = schema.type(connector.type);
                    note(work, schema.space(type.space).name, type.name);
                }
            }
        }
    }

    void exports() {
        std::vector<ObjectId> targets;
        const auto each = [&](auto&& f) {
            for (auto& work : page_) {
                work.exports.resize(work.connectors.size());
                for (std::size_t i = 0; i < work.connectors.size(); ++i) {
                    if (state_.book.is_written(work.connectors[i].type)) {
                        f(work, i);
                    }
                }
            }
        };
        each([&](Work& work, std::size_t i) { targets.push_back(work.connectors[i].id); });
        std::vector<std::optional<Export>> rows;
        worker_.view->exports(targets, rows);
        auto next = rows.begin();
        each([&](Work& work, std::size_t i) { work.exports[i] = std::move(*next++); });
    }

    void all_links();
    void pairs();

    /// Beside metaverse objects, their types; nothing where no flow has to know them.
    std::vector<TypeId> types_of(std::span<const ObjectId> metaverse) const {
        return state_.book.sifts() ? state_.types_of(*worker_.view, metaverse)
                                   : std::vector<TypeId>{};
    }
    bool leads(const ReferenceFlow& flow, std::span<const TypeId> types, std::size_t i) const {
        return !flow.sifted || state_.step.schema().attribute(flow.to).refers_to(types[i]);
    }

    const SyncState& state_;
    Worker& worker_;
    std::span<Work> page_;
};

void Gatherer::all_links() {
    std::vector<std::pair<ObjectId, Work*>> owners;
    std::vector<ObjectId> selves;
    for (auto& work : page_) {
        if (!work.job.all_links || state_.book.metaverse_type(work.self.type).references.empty()) {
            continue;
        }
        if (work.exists) {
            selves.push_back(work.id);
        }
        for (const auto& connector : work.connectors) {
            if (!state_.book.connector_type(connector.type).references.empty()) {
                owners.emplace_back(connector.id, &work);
            }
        }
    }
    std::ranges::sort(owners);
    std::vector<ObjectId> sources;
    sources.reserve(owners.size());
    for (const auto& [connector, work] : owners) {
        sources.push_back(connector);
    }
    std::vector<Link> links;
    worker_.view->links(sources, {}, links);
    std::erase_if(links, [](const Link& link) { return !link.target; });
    std::vector<ObjectId> targets;
    targets.reserve(links.size());
    for (const auto& link : links) {
        targets.push_back(link.target);
    }
    std::vector<ObjectId> joined(targets.size());
    state_.joined(*worker_.view, targets, joined);
    const auto types = types_of(joined);
    auto owner = owners.begin();  // links come in order of their sources
    for (std::size_t i = 0; i < links.size(); ++i) {
        while (owner->first != links[i].source) {
            ++owner;
        }
        if (!joined[i]) {
            continue;
        }
        const auto type = state_.step.schema().attribute(links[i].attribute).owner;
        for (const auto& flow : state_.book.connector_type(type).references) {
            if (flow.from == links[i].attribute && leads(flow, types, i)) {
                owner->second->offered.push_back({flow.rule, flow.to, joined[i]});
            }
        }
    }
    std::vector<Link> present;
    worker_.view->links(selves, {}, present);
    auto link = present.begin();
    for (auto& work : page_) {
        for (; link != present.end() && link->source == work.id; ++link) {
            work.links.push_back(std::move(*link));
        }
    }
}

/// Whether pairs should exist: whether any contribution that counts offers them. Only for
/// attributes with one contribution or with union; others were turned into all_links.
void Gatherer::pairs() {
    std::vector<ObjectId> ends;
    for (const auto& work : page_) {
        for (const auto& pair : work.pairs) {
            ends.push_back(pair.target);
        }
    }
    if (ends.empty()) {
        return;
    }
    std::ranges::sort(ends);
    const auto repeated = std::ranges::unique(ends);
    ends.erase(repeated.begin(), repeated.end());
    std::vector<Join> joins;
    state_.connectors(*worker_.view, ends, joins);
    for (const auto end : ends) {
        if (const auto staged = state_.joined_to.find(end); staged != state_.joined_to.end()) {
            for (const auto connector : staged->second) {
                joins.push_back({end, connector, {}});
            }
        }
    }
    std::ranges::sort(joins);
    const auto types = types_of(ends);
    std::vector<Link> asked;  // for each pair: the metaverse link, then what could offer it
    std::vector<std::size_t> counts;
    for (auto& work : page_) {
        for (const auto& pair : work.pairs) {
            const auto before = asked.size();
            const auto end = static_cast<std::size_t>(std::ranges::lower_bound(ends, pair.target) -
                                                      ends.begin());
            asked.push_back({pair.attribute, work.id, pair.target, {}});
            for (const auto& connector : work.connectors) {
                for (const auto& flow : state_.book.connector_type(connector.type).references) {
                    if (flow.to != pair.attribute || !leads(flow, types, end)) {
                        continue;
                    }
                    for (const auto& join :
                         std::ranges::equal_range(joins, pair.target, {}, &Join::metaverse)) {
                        asked.push_back({flow.from, connector.id, join.connector, {}});
                    }
                }
            }
            counts.push_back(asked.size() - before);
        }
    }
    const auto answers = std::make_unique<bool[]>(asked.size());
    worker_.view->exist(asked, {answers.get(), asked.size()});
    std::size_t at = 0;
    auto count = counts.begin();
    for (auto& work : page_) {
        for (const auto& pair : work.pairs) {
            const auto offered =
                std::any_of(&answers[at + 1], &answers[at] + *count, [](bool b) { return b; });
            work.weighed.emplace_back(pair, offered);
            work.pair_exists.push_back(answers[at]);
            at += *count++;
        }
    }
}

}  // namespace

void gather(const SyncState& state, Worker& worker, std::span<Work> page) {
    Gatherer(state, worker, page).run();
}

void gather_leaving(Worker& worker, std::span<Work> page) {
    const auto leaves = [](const Work& work) {
        return work.exists && !work.failed && !work.present;
    };
    std::vector<ObjectId> ids;
    for (const auto& work : page) {
        if (leaves(work)) {
            ids.push_back(work.id);
        }
    }
    if (ids.empty()) {
        return;
    }
    std::vector<Link> links;
    worker.view->links(ids, {}, links);
    for (auto& work : page) {
        if (leaves(work)) {
            const auto own = std::ranges::equal_range(links, work.id, {}, &Link::source);
            work.links.assign(own.begin(), own.end());
        }
    }
}

}  // namespace muster
