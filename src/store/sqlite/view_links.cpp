#include <algorithm>
#include <tuple>

#include "store/sqlite/sqlite_view.h"

namespace muster::sqlite {

void SqliteView::connectors(std::span<const ObjectId> metaverse, std::vector<Join>& joins) {
    const Reading reading(source_);
    for (const ObjectId id : metaverse) {
        const auto start = static_cast<std::ptrdiff_t>(joins.size());
        Query row = connectors_(id);
        while (row.next())
            if (const TypeId type = names().type(row.integer(1)))
                joins.push_back({id, row.id<ObjectId>(0), type});
        std::sort(joins.begin() + start, joins.end());
    }
}

void SqliteView::forgotten(std::span<const ObjectId> metaverse, std::vector<ForgottenJoin>& joins) {
    if (names().forgotten().empty())
        return;
    const Reading reading(source_);
    for (const ObjectId id : metaverse) {
        Query row = connectors_(id);
        while (row.next())
            if (const Names::Forgotten* type = names().find_forgotten(row.integer(1)))
                joins.push_back({id, row.id<ObjectId>(0), type->system, type->type});
    }
}

void SqliteView::joined(std::span<const ObjectId> connectors, std::span<ObjectId> metaverse) {
    const Reading reading(source_);
    for (std::size_t i = 0; i < connectors.size(); ++i) {
        Query row = joined_(connectors[i]);
        metaverse[i] = row.next() ? row.id<ObjectId>(0) : ObjectId{};
    }
}

std::uint64_t SqliteView::count_unresolved(SpaceId space) {
    const Reading reading(source_);
    Query row = count_unresolved_(names().stored(space));
    row.next();
    return static_cast<std::uint64_t>(row.integer(0));
}

std::uint64_t SqliteView::count_joined(SpaceId system) {
    const Reading reading(source_);
    Query row = count_joined_(names().stored(system));
    row.next();
    return static_cast<std::uint64_t>(row.integer(0));
}

void SqliteView::links(std::span<const ObjectId> sources, AttributeId attribute,
                       std::vector<Link>& links) {
    const Reading reading(source_);
    const std::size_t start = links.size();
    for (const ObjectId source : sources) {
        Query row = attribute ? links_(source, names().stored(attribute)) : all_links_(source);
        while (row.next())
            if (const AttributeId through = names().attribute(row.integer(0)))
                links.push_back({through, source, row.id<ObjectId>(1), row.string(2)});
    }
    // Numbers of attributes in the store are not in the order of their ids in the configuration.
    sort_links(links, start);
}

void SqliteView::referrers(std::span<const ObjectId> targets, std::vector<Link>& links) {
    const Reading reading(source_);
    for (const ObjectId target : targets) {
        Query row = referrers_(target);
        while (row.next())
            if (const AttributeId attribute = names().attribute(row.integer(0)))
                links.push_back({attribute, row.id<ObjectId>(1), target, {}});
    }
}

void SqliteView::exist(std::span<const Link> links, std::span<bool> answers) {
    const Reading reading(source_);
    for (std::size_t i = 0; i < links.size(); ++i)
        answers[i] = link_exists_(links[i].source, names().stored(links[i].attribute),
                                  links[i].target, links[i].text)
                         .next();
}

void SqliteView::count_links(std::span<const LinkCount> asked, std::span<std::uint64_t> counts) {
    const Reading reading(source_);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        Query row =
            count_links_(asked[i].source, names().stored(asked[i].attribute), asked[i].most);
        row.next();
        counts[i] = static_cast<std::uint64_t>(row.integer(0));
    }
}

void SqliteView::unresolved(SpaceId space, const std::function<void(const Link&)>& link) {
    const auto read = [this](const Query& row) -> std::optional<Link> {
        const AttributeId attribute = names().attribute(row.integer(0));
        if (!attribute)
            return std::nullopt;
        return Link{attribute, row.id<ObjectId>(1), {}, row.string(2)};
    };
    stream<Link>([&] { return unresolved_(names().stored(space)); }, read, link);
}

}  // namespace muster::sqlite
