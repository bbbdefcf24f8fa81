#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "store/export_row.h"
#include "store/postgresql/postgresql_view.h"
#include "store/postgresql/text_key.h"

namespace muster::postgresql {
namespace {

std::size_t place(const Row& row) {
    return static_cast<std::size_t>(row.integer(0) - 1);
}

// Beside the object, which comes first: what read_export reads.
constexpr const char* kExportColumns =
    "e.object, e.type, e.kind, e.state, e.released, e.attempts, e.cause, e.planned, e.error, "
    "e.delta";

// Rows of kind 0 are links to be taken away.
constexpr const char* kPlanned =
    "SELECT type, kind, count(*) FILTER (WHERE released = 0 AND state IN (0, 2)), "
    "count(*) FILTER (WHERE released = 0 AND state = 2), "
    "count(*) FILTER (WHERE released = 1 AND state = 2), count(*) FROM export "
    "WHERE space = $1::bigint::int AND (kind <> 1 OR delta <> '') "
    "GROUP BY type, kind UNION ALL "
    "SELECT e.type, -1, count(*) FILTER (WHERE l.released = 0), "
    "count(*) FILTER (WHERE l.released = 0 AND l.state = 2), "
    "count(*) FILTER (WHERE l.released = 1 AND l.state = 2), 0 FROM export_link l "
    "JOIN export e ON e.object = l.object WHERE e.space = $1::bigint::int AND e.kind <> 3 AND "
    "l.adds = 0 AND (l.target = 0 OR l.text_key = 0) AND l.state IN (0, 2) AND NOT EXISTS "
    "(SELECT FROM export d WHERE d.object = l.target AND d.kind = 3) "
    "GROUP BY e.type";

// model/delta.h: the anchor stands first, then the name, each with two texts; an attribute of that
// name has two lists.
constexpr const char* kPending =
    "SELECT kind, state, renames, count(*) FROM (SELECT kind, state, delta LIKE "
    "'{\"name\":[\"%' OR delta LIKE '{\"anchor\":%],\"name\":[\"%' AS renames FROM export "
    "WHERE space = $1::bigint::int AND (kind <> 1 OR delta <> '')) e GROUP BY 1, 2, 3 UNION ALL "
    "SELECT 1, l.state, false, count(DISTINCT e.object) FROM export e "
    "JOIN export_link l ON l.object = e.object "
    "WHERE e.space = $1::bigint::int AND e.kind = 1 AND e.delta = '' GROUP BY l.state";

}  // namespace

std::optional<Export> PostgresqlView::read_export(const Row& row) const {
    Export result;
    result.object = row.id<ObjectId>(1);
    result.type = names().type(row.integer(2));
    if (!result.type)
        return std::nullopt;
    read_export_facts(row, std::size_t{3}, result);
    result.error = row.string(9);
    if (const std::string delta = row.string(10); !delta.empty())
        result.delta = decode_delta(delta, result.type, schema());
    return result;
}

void PostgresqlView::exports(SpaceId system, std::span<const ExportState> states,
                             const std::function<void(const Export&)>& each) {
    std::string wanted;
    for (const ExportState state : states)
        wanted += fmt::format("{}{}", wanted.empty() ? " AND e.state IN (" : ", ",
                              static_cast<int>(state));
    source_->stream(
        fmt::format("SELECT 0, {} FROM export e WHERE e.space = {}{} ORDER BY e.object",
                    kExportColumns, names().stored(system), wanted.empty() ? wanted : wanted + ")"),
        [&](const Row& row) {
            if (const auto found = read_export(row))
                each(*found);
        });
}

void PostgresqlView::exports(std::span<const ObjectId> objects,
                             std::vector<std::optional<Export>>& rows) {
    const Result found =
        ask(fmt::format("SELECT w.i, {} FROM unnest($1::bigint[]) WITH ORDINALITY w(id, i) "
                        "JOIN export e ON e.object = w.id",
                        kExportColumns),
            objects);
    rows.assign(objects.size(), std::nullopt);
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        rows[place(row)] = read_export(row);
    }
}

void PostgresqlView::export_heads(std::span<const ObjectId> objects,
                                  std::vector<ExportHead>& heads) {
    const Result found =
        ask("SELECT w.i, e.kind, e.state, e.delta <> '' FROM unnest($1::bigint[]) "
            "WITH ORDINALITY w(id, i) JOIN export e ON e.object = w.id",
            objects);
    heads.assign(objects.size(), {});
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        heads[place(row)] = {true, row.as<ExportKind>(1), row.as<ExportState>(2),
                             row.integer(3) != 0};
    }
}

void PostgresqlView::export_links(std::span<const ObjectId> objects,
                                  std::vector<ExportLink>& links) {
    struct Found {
        std::size_t place;
        ExportLink link;
    };
    std::vector<Found> found;
    const Result rows = ask(
        "SELECT w.i, l.attribute, l.adds, l.target, l.text, l.state, l.released "
        "FROM unnest($1::bigint[]) WITH ORDINALITY w(id, i) JOIN export_link l ON l.object = w.id",
        objects);
    for (int i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        if (const AttributeId attribute = names().attribute(row.integer(1)))
            found.push_back(
                {place(row),
                 {objects[place(row)], attribute, row.integer(2) != 0, row.id<ObjectId>(3),
                  row.string(4), row.as<ExportState>(5), row.integer(6) != 0}});
    }
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
        return std::tie(a.place, a.link.attribute, a.link.add, a.link.target, a.link.text) <
               std::tie(b.place, b.link.attribute, b.link.add, b.link.target, b.link.text);
    });
    for (Found& one : found)
        links.push_back(std::move(one.link));
}

std::vector<PendingCount> PostgresqlView::pending(SpaceId system) {
    std::vector<PendingCount> counts;
    const Result found = ask(kPending, names().stored(system));
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        counts.push_back({row.as<ExportKind>(0), row.as<ExportState>(1), row.integer(2) != 0,
                          static_cast<std::uint64_t>(row.integer(3))});
    }
    return counts;
}

bool PostgresqlView::any_planned(SpaceId system) {
    return !ask("SELECT 1 FROM export WHERE space = $1::bigint::int AND state = 0 LIMIT 1",
                names().stored(system))
                .empty();
}

View::RefusedCount PostgresqlView::refused(SpaceId system) {
    const Result found =
        ask("SELECT count(*), coalesce(min(planned), 0) FROM export "
            "WHERE space = $1::bigint::int AND state = 0 AND error <> ''",
            names().stored(system));
    const Row row = found[0];
    return {static_cast<std::uint64_t>(row.integer(0)), row.id<CommitNumber>(1)};
}

std::vector<View::PlannedCount> PostgresqlView::planned(SpaceId system) {
    std::vector<PlannedCount> counts;
    const Result found = ask(kPlanned, names().stored(system));
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        if (const TypeId type = names().type(row.integer(0)))
            counts.push_back(
                {type, row.integer(1) < 0 ? LimitKind::removals : limit_of(row.as<ExportKind>(1)),
                 static_cast<std::uint64_t>(row.integer(2)),
                 static_cast<std::uint64_t>(row.integer(3)),
                 static_cast<std::uint64_t>(row.integer(4)),
                 static_cast<std::uint64_t>(row.integer(5))});
    }
    std::sort(counts.begin(), counts.end(), [](const PlannedCount& a, const PlannedCount& b) {
        return std::tie(a.type, a.kind) < std::tie(b.type, b.kind);
    });
    return counts;
}

// OFFSET 0 keeps the planner from reading every value of the attribute and comparing each with
// each, which it takes for cheap as long as it has not seen how many there are.

void PostgresqlView::reserved(AttributeId attribute, std::span<const std::string_view> values,
                              std::vector<std::string>& owners) {
    reservation(
        "SELECT w.i, r.owner FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY "
        "w(key, value, i), LATERAL (SELECT owner FROM reservation WHERE attribute = $1::bigint "
        "AND folded_key = w.key AND folded = w.value OFFSET 0) r",
        attribute, values, owners);
}

void PostgresqlView::reservations(AttributeId attribute, std::span<const std::string_view> owners,
                                  std::vector<std::string>& values) {
    reservation(
        "SELECT w.i, r.value FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY "
        "w(key, owner, i), LATERAL (SELECT value FROM reservation WHERE attribute = $1::bigint "
        "AND owner_key = w.key AND owner = w.owner OFFSET 0) r",
        attribute, owners, values);
}

void PostgresqlView::reservation(const char* sql, AttributeId attribute,
                                 std::span<const std::string_view> asked,
                                 std::vector<std::string>& answers) {
    const Result found = ask(sql, names().stored(attribute), text_keys(asked), asked);
    answers.assign(asked.size(), {});
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        answers[place(row)] = row.string(1);
    }
}

}  // namespace muster::postgresql
