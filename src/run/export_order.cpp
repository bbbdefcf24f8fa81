#include "run/export_order.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <span>
#include <tuple>

#include "base/dn.h"
#include "base/limits.h"

namespace muster {

namespace {

// Every level waits for the answers of the one before.
constexpr std::uint32_t kLastLevel = 32;

std::uint32_t rank_of(const Schema& schema, TypeId type, std::vector<TypeId>& visiting) {
    if (std::ranges::count(visiting, type) > 0) {
        return 0;
    }
    visiting.push_back(type);
    std::uint32_t rank = 0;
    for (const auto& attribute : schema.attributes(type)) {
        for (const auto target : attribute.targets) {
            if (target != type) {
                rank = std::max(rank, rank_of(schema, target, visiting) + 1);
            }
        }
    }
    visiting.pop_back();
    return rank;
}

/// That a creation refers to another; both as positions in the list.
struct Dependency {
    std::size_t target;
    std::size_t source;
};

/// The dependencies within ranks and depths, by target. `refs` in order of object.
std::vector<Dependency> dependencies(View& view, std::span<const ExportRef> refs) {
    std::vector<Dependency> found;
    std::vector<ObjectId> ids;
    std::vector<ExportLink> links;
    for (std::size_t begin = 0; begin < refs.size(); begin += limits::kPageObjects) {
        const auto page = refs.subspan(begin, std::min(limits::kPageObjects, refs.size() - begin));
        ids.clear();
        links.clear();
        for (const auto& ref : page) {
            ids.push_back(ref.object);
        }
        view.export_links(ids, links);
        for (const auto& link : links) {
            const auto source = std::ranges::lower_bound(refs, link.object, {}, &ExportRef::object);
            const auto target = std::ranges::lower_bound(refs, link.target, {}, &ExportRef::object);
            if (target != refs.end() && target->object == link.target && target != source &&
                target->rank == source->rank && target->depth == source->depth) {
                found.push_back({static_cast<std::size_t>(target - refs.begin()),
                                 static_cast<std::size_t>(source - refs.begin())});
            }
        }
    }
    std::ranges::sort(found, {}, &Dependency::target);
    return found;
}

}  // namespace

std::map<TypeId, std::uint32_t> type_ranks(const Schema& schema, SpaceId system) {
    std::map<TypeId, std::uint32_t> ranks;
    for (const auto type : schema.space(system).types) {
        std::vector<TypeId> visiting;
        ranks[type] = rank_of(schema, type, visiting);
    }
    return ranks;
}

std::uint32_t name_depth(std::string_view name) {
    const auto dn = parse_dn(name);
    return dn ? static_cast<std::uint32_t>(dn->size()) : 0;
}

void set_levels(View& view, std::vector<ExportRef>& creations) {
    std::ranges::sort(creations, {}, &ExportRef::object);
    const auto edges = dependencies(view, creations);
    std::vector<std::uint32_t> waiting(creations.size());
    for (const auto& edge : edges) {
        ++waiting[edge.source];
    }
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < creations.size(); ++i) {
        creations[i].level = kLastLevel;
        if (waiting[i] == 0) {
            free.push_back(i);
        }
    }
    std::vector<std::size_t> next;
    for (std::uint32_t level = 0; level < kLastLevel && !free.empty(); ++level) {
        for (const auto i : free) {
            creations[i].level = level;
            for (const auto& edge : std::ranges::equal_range(edges, i, {}, &Dependency::target)) {
                if (--waiting[edge.source] == 0) {
                    next.push_back(edge.source);
                }
            }
        }
        free.swap(next);
        next.clear();
    }
}

void set_levels(std::span<ExportRef> refs, std::span<const Move> moves) {
    boost::unordered_flat_map<Digest, std::size_t> givers;
    for (std::size_t i = 0; i < moves.size(); ++i) {
        givers.emplace(moves[i].from, i);
    }
    for (std::size_t i = 0; i < refs.size(); ++i) {
        std::uint32_t level = 0;
        auto giver = givers.find(moves[i].to);
        for (; giver != givers.end() && giver->second != i && level < kLastLevel; ++level) {
            giver = givers.find(moves[giver->second].to);
        }
        refs[i].level = giver == givers.end() ? level : 0;
    }
}

void sort_exports(std::vector<ExportRef>& refs) {
    std::ranges::sort(refs, {}, [](const ExportRef& ref) {
        return std::tie(ref.rank, ref.depth, ref.level, ref.refused, ref.object);
    });
}

}  // namespace muster
