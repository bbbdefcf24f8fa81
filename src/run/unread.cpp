#include "run/unread.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/limits.h"
#include "engine/import_diff.h"

namespace muster {

namespace {

/// Attributes of an object of which nobody knows what the system holds.
std::vector<AttributeId> unknown_attributes(const Step& step, const Object& object) {
    std::vector<AttributeId> unknown;
    for (const auto& attribute : step.schema().attributes(object.type)) {
        if (step.context().book.write_only(attribute.id) ||
            !unreadable_note(step.schema(), object, attribute.id).empty()) {
            unknown.push_back(attribute.id);
        }
    }
    return unknown;
}

Document planned_values(const Export& row, const Object& object) {
    Document values = object.attributes;
    for (const auto& change : row.delta.attributes) {
        values.set(change.attribute,
                   std::vector<std::string_view>(change.after.begin(), change.after.end()));
    }
    return values;
}

}  // namespace

std::optional<ObjectProblem> unread_name(const Connector& connector, const Export& row) {
    if (!row.delta.name || row.delta.name->second.empty()) {
        return std::nullopt;
    }
    const auto& name = row.delta.name->second;
    const auto reason = connector.unread(row.type, name);
    if (reason.empty()) {
        return std::nullopt;
    }
    return ObjectProblem{
        "name-not-read",
        fmt::format("it is to be called '{}', and {}: nothing is written there. Let the rule give "
                    "a name that is read, or read that part as well",
                    name, reason)};
}

std::optional<ObjectProblem> left_out(const Step& step, const Connector& connector,
                                      const Export& row, const Object& object) {
    const bool creates = row.kind == ExportKind::create;
    if (!creates && (row.kind != ExportKind::update || row.delta.attributes.empty())) {
        return std::nullopt;
    }
    const auto& name = row.delta.name ? row.delta.name->second : object.name;
    const auto values = planned_values(row, object);
    const auto unknown = unknown_attributes(step, object);
    const auto reason = connector.left_out({row.type, name, values, unknown});
    if (reason.empty()) {
        return std::nullopt;
    }
    if (!creates &&
        !connector.left_out({row.type, object.name, object.attributes, unknown}).empty()) {
        return std::nullopt;  // and yet it was read: the directory compares in another way
    }
    return ObjectProblem{
        "not-read",
        fmt::format("with the values it is to have it would not be read again, as {}: they are "
                    "not written. Let the flows give what the filter asks for, or read it as well",
                    reason)};
}

void tell_unread(Step& step, View& view, const Connector& connector, SpaceId system) {
    constexpr ExportState kToCome[] = {ExportState::planned, ExportState::held,
                                       ExportState::failed};
    std::vector<Export> rows;
    view.exports(system, kToCome, [&](const Export& row) {
        if (row.kind != ExportKind::erase && (row.delta.name || !row.delta.attributes.empty())) {
            rows.push_back(row);
        }
    });
    std::vector<ObjectId> ids;
    std::vector<Object> objects;
    for (std::size_t begin = 0; begin < rows.size(); begin += limits::kPageObjects) {
        const auto page =
            std::span(rows).subspan(begin, std::min(limits::kPageObjects, rows.size() - begin));
        ids.clear();
        for (const auto& row : page) {
            ids.push_back(row.object);
        }
        view.hydrate(ids, objects);
        for (std::size_t i = 0; i < page.size(); ++i) {
            auto problem = unread_name(connector, page[i]);
            if (!problem) {
                problem = left_out(step, connector, page[i], objects[i]);
            }
            if (problem) {
                step.item(objects[i], *problem);
            }
        }
    }
}

}  // namespace muster
