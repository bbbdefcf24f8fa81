#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "store/export_row.h"
#include "store/sqlite/sqlite_view.h"

namespace muster::sqlite {
namespace {

std::int64_t mask_of(std::span<const ExportState> states) {
    std::int64_t mask = states.empty() ? 0xff : 0;
    for (const ExportState state : states)
        mask |= std::int64_t{1} << static_cast<int>(state);
    return mask;
}

void sort_from(std::vector<ExportLink>& links, std::size_t start) {
    const auto before = [](const ExportLink& a, const ExportLink& b) {
        return std::tie(a.attribute, a.add, a.target, a.text) <
               std::tie(b.attribute, b.add, b.target, b.text);
    };
    const auto first = links.begin() + static_cast<std::ptrdiff_t>(start);
    if (!std::is_sorted(first, links.end(), before))
        std::sort(first, links.end(), before);
}

}  // namespace

std::optional<Export> SqliteView::read_export(const Query& row) const {
    Export result;
    result.object = row.id<ObjectId>(0);
    result.type = names().type(row.integer(1));
    if (!result.type)
        return std::nullopt;
    read_export_facts(row, 2, result);
    result.error = row.text(8);
    if (const std::string_view delta = row.text(9); !delta.empty())
        result.delta = decode_delta(delta, result.type, schema());
    return result;
}

void SqliteView::exports(SpaceId system, std::span<const ExportState> states,
                         const std::function<void(const Export&)>& each) {
    stream<Export>([&] { return exports_(names().stored(system), mask_of(states)); },
                   [this](const Query& row) { return read_export(row); }, each);
}

void SqliteView::exports(std::span<const ObjectId> objects,
                         std::vector<std::optional<Export>>& rows) {
    const Reading reading(source_);
    rows.assign(objects.size(), std::nullopt);
    for (std::size_t i = 0; i < objects.size(); ++i) {
        Query row = export_(objects[i]);
        if (row.next())
            rows[i] = read_export(row);
    }
}

void SqliteView::export_heads(std::span<const ObjectId> objects, std::vector<ExportHead>& heads) {
    const Reading reading(source_);
    heads.assign(objects.size(), {});
    for (std::size_t i = 0; i < objects.size(); ++i) {
        Query row = export_head_(objects[i]);
        if (row.next())
            heads[i] = {true, row.as<ExportKind>(0), row.as<ExportState>(1), row.integer(2) != 0};
    }
}

void SqliteView::export_links(std::span<const ObjectId> objects, std::vector<ExportLink>& links) {
    const Reading reading(source_);
    for (const ObjectId object : objects) {
        const std::size_t start = links.size();
        Query row = export_links_(object);
        while (row.next())
            if (const AttributeId attribute = names().attribute(row.integer(0)))
                links.push_back({object, attribute, row.integer(1) != 0, row.id<ObjectId>(2),
                                 row.string(3), row.as<ExportState>(4), row.integer(5) != 0});
        sort_from(links, start);
    }
}

std::vector<PendingCount> SqliteView::pending(SpaceId system) {
    const Reading reading(source_);
    std::vector<PendingCount> counts;
    Query rows = pending_(names().stored(system));
    while (rows.next())
        counts.push_back({rows.as<ExportKind>(0), rows.as<ExportState>(1), rows.integer(2) != 0,
                          static_cast<std::uint64_t>(rows.integer(3))});
    Query links = pending_links_(names().stored(system));
    while (links.next())
        counts.push_back({ExportKind::update, links.as<ExportState>(0), false,
                          static_cast<std::uint64_t>(links.integer(1))});
    return counts;
}

bool SqliteView::any_planned(SpaceId system) {
    const Reading reading(source_);
    Query row = any_planned_(names().stored(system));
    return row.next();
}

View::RefusedCount SqliteView::refused(SpaceId system) {
    const Reading reading(source_);
    Query row = refused_(names().stored(system));
    row.next();
    return {static_cast<std::uint64_t>(row.integer(0)), row.id<CommitNumber>(1)};
}

std::vector<View::PlannedCount> SqliteView::planned(SpaceId system) {
    std::vector<PlannedCount> counts;
    const auto add = [&](const Query& row, LimitKind kind, int first) {
        const auto number = [&](int column) {
            return static_cast<std::uint64_t>(row.integer(first + column));
        };
        if (const TypeId id = names().type(row.integer(0)))
            counts.push_back({id, kind, number(0), number(1), number(2),
                              kind == LimitKind::removals ? 0 : number(3)});
    };
    const Reading reading(source_);
    Query rows = planned_(names().stored(system));
    while (rows.next())
        add(rows, limit_of(rows.as<ExportKind>(1)), 2);
    Query removals = planned_removals_(names().stored(system));
    while (removals.next())
        add(removals, LimitKind::removals, 1);
    std::sort(counts.begin(), counts.end(), [](const PlannedCount& a, const PlannedCount& b) {
        return std::tie(a.type, a.kind) < std::tie(b.type, b.kind);
    });
    return counts;
}

void SqliteView::reserved(AttributeId attribute, std::span<const std::string_view> values,
                          std::vector<std::string>& owners) {
    const Reading reading(source_);
    owners.assign(values.size(), {});
    for (std::size_t i = 0; i < values.size(); ++i) {
        Query row = owner_(names().stored(attribute), values[i]);
        if (row.next())
            owners[i] = row.text(0);
    }
}

void SqliteView::reservations(AttributeId attribute, std::span<const std::string_view> owners,
                              std::vector<std::string>& values) {
    const Reading reading(source_);
    values.assign(owners.size(), {});
    for (std::size_t i = 0; i < owners.size(); ++i) {
        Query row = reservation_(names().stored(attribute), owners[i]);
        if (row.next())
            values[i] = row.text(0);
    }
}

}  // namespace muster::sqlite
