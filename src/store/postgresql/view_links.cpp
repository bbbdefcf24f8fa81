#include <algorithm>
#include <tuple>

#include "store/postgresql/postgresql_view.h"
#include "store/postgresql/text_key.h"

namespace muster::postgresql {

void PostgresqlView::connectors(std::span<const ObjectId> metaverse, std::vector<Join>& joins) {
    const Result found =
        ask("SELECT w.i, o.id, o.type FROM unnest($1::bigint[]) WITH ORDINALITY w(id, i) "
            "JOIN object o ON o.joined = w.id ORDER BY w.i, o.id",
            metaverse);
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        if (const TypeId type = names().type(row.integer(2)))
            joins.push_back({metaverse[static_cast<std::size_t>(row.integer(0) - 1)],
                             row.id<ObjectId>(1), type});
    }
}

void PostgresqlView::forgotten(std::span<const ObjectId> metaverse,
                               std::vector<ForgottenJoin>& joins) {
    if (names().forgotten().empty())
        return;
    const Result found =
        ask("SELECT w.i, o.id, o.type FROM unnest($1::bigint[]) WITH ORDINALITY w(id, i) "
            "JOIN object o ON o.joined = w.id ORDER BY w.i, o.id",
            metaverse);
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        if (const Names::Forgotten* type = names().find_forgotten(row.integer(2)))
            joins.push_back({metaverse[static_cast<std::size_t>(row.integer(0) - 1)],
                             row.id<ObjectId>(1), type->system, type->type});
    }
}

void PostgresqlView::joined(std::span<const ObjectId> connectors, std::span<ObjectId> metaverse) {
    const Result found =
        ask("SELECT w.i, o.joined FROM unnest($1::bigint[]) WITH ORDINALITY w(id, i) "
            "JOIN object o ON o.id = w.id",
            connectors);
    std::fill(metaverse.begin(), metaverse.end(), ObjectId{});
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        metaverse[static_cast<std::size_t>(row.integer(0) - 1)] = row.id<ObjectId>(1);
    }
}

std::uint64_t PostgresqlView::count_unresolved(SpaceId space) {
    const Result found =
        ask("SELECT count(*) FROM link WHERE space = $1::bigint::int AND target = 0",
            names().stored(space));
    return static_cast<std::uint64_t>(found[0].integer(0));
}

std::uint64_t PostgresqlView::count_joined(SpaceId system) {
    const Result found =
        ask("SELECT count(*) FROM object WHERE space = $1::bigint::int AND joined IS NOT NULL",
            names().stored(system));
    return static_cast<std::uint64_t>(found[0].integer(0));
}

void PostgresqlView::links(std::span<const ObjectId> sources, AttributeId attribute,
                           std::vector<Link>& links) {
    const std::size_t start = links.size();
    const char* const all =
        "SELECT l.attribute, l.source, l.target, l.text FROM unnest($1::bigint[]) w(id) "
        "JOIN link l ON l.source = w.id";
    const Result found =
        attribute
            ? ask(std::string(all) +
                      " AND l.space = $2::bigint::int AND l.attribute = $3::bigint::int",
                  sources, names().stored(schema().space_of(attribute)), names().stored(attribute))
            : ask(all, sources);
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        if (const AttributeId through = names().attribute(row.integer(0)))
            links.push_back({through, row.id<ObjectId>(1), row.id<ObjectId>(2), row.string(3)});
    }
    // Numbers of attributes in the store are not in the order of their ids in the configuration.
    sort_links(links, start);
}

void PostgresqlView::referrers(std::span<const ObjectId> targets, std::vector<Link>& links) {
    const Result found =
        ask("SELECT l.attribute, l.source, l.target FROM unnest($1::bigint[]) WITH ORDINALITY "
            "w(id, i) JOIN link l ON l.target = w.id ORDER BY w.i, l.attribute, l.source",
            targets);
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        if (const AttributeId attribute = names().attribute(row.integer(0)))
            links.push_back({attribute, row.id<ObjectId>(1), row.id<ObjectId>(2), {}});
    }
}

void PostgresqlView::exist(std::span<const Link> links, std::span<bool> answers) {
    std::vector<std::int64_t> spaces;
    std::vector<std::int64_t> sources;
    std::vector<std::int64_t> attributes;
    std::vector<std::int64_t> targets;
    std::vector<std::int64_t> texts;
    for (const Link& link : links) {
        spaces.push_back(names().stored(schema().space_of(link.attribute)));
        sources.push_back(link.source.value);
        attributes.push_back(names().stored(link.attribute));
        targets.push_back(link.target.value);
        texts.push_back(text_key_or_zero(link.text));
    }
    const Result found =
        ask("SELECT w.i FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], "
            "$5::bigint[]) WITH ORDINALITY w(space, source, attribute, target, text_key, i) JOIN "
            "link l "
            "ON l.space = w.space::int AND l.source = w.source AND l.attribute = w.attribute AND "
            "l.target = w.target AND l.text_key = w.text_key",
            spaces, sources, attributes, targets, texts);
    std::fill(answers.begin(), answers.end(), false);
    for (int i = 0; i < found.size(); ++i)
        answers[static_cast<std::size_t>(found[i].integer(0) - 1)] = true;
}

void PostgresqlView::count_links(std::span<const LinkCount> asked,
                                 std::span<std::uint64_t> counts) {
    std::vector<std::int64_t> spaces;
    std::vector<std::int64_t> sources;
    std::vector<std::int64_t> attributes;
    std::vector<std::int64_t> most;
    for (const LinkCount& one : asked) {
        spaces.push_back(names().stored(schema().space_of(one.attribute)));
        sources.push_back(one.source.value);
        attributes.push_back(names().stored(one.attribute));
        most.push_back(static_cast<std::int64_t>(one.most));
    }
    const Result found =
        ask("SELECT w.i, (SELECT count(*) FROM (SELECT 1 FROM link l WHERE l.space = w.space::int "
            "AND l.source = w.source AND l.attribute = w.attribute LIMIT w.most) counted) "
            "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) "
            "WITH ORDINALITY w(space, source, attribute, most, i)",
            spaces, sources, attributes, most);
    for (int i = 0; i < found.size(); ++i)
        counts[static_cast<std::size_t>(found[i].integer(0) - 1)] =
            static_cast<std::uint64_t>(found[i].integer(1));
}

void PostgresqlView::unresolved(SpaceId space, const std::function<void(const Link&)>& each) {
    source_->stream(
        fmt::format("SELECT attribute, source, text FROM link WHERE space = {} AND target = 0 "
                    "ORDER BY attribute, source, text",
                    names().stored(space)),
        [&](const Row& row) {
            if (const AttributeId attribute = names().attribute(row.integer(0)))
                each({attribute, row.id<ObjectId>(1), {}, row.string(2)});
        });
}

}  // namespace muster::postgresql
