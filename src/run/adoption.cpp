#include "run/adoption.h"

#include <algorithm>

#include "engine/import_diff.h"

namespace muster {

namespace {

/// Whether a document holds every value that was sent and can be read, as the system tells values
/// apart.
bool holds(const Document& shown, const std::vector<AttributeChange>& sent, const RuleBook& book) {
    return std::ranges::all_of(sent, [&](const AttributeChange& change) {
        if (book.schema().attribute(change.attribute).type == Type::reference ||
            book.write_only(change.attribute)) {
            return true;
        }
        const auto equality = book.equality(change.attribute);
        return std::ranges::all_of(change.after, [&](const std::string& value) {
            const auto form = equality_form(equality, value);
            return std::ranges::any_of(shown.values(change.attribute), [&](const auto& there) {
                return equality_form(equality, there.text) == form;
            });
        });
    });
}

}  // namespace

void Adoption::look_up(const ReadBatch& batch) {
    planned_.clear();
    if (!index_.any_planned()) {
        return;
    }
    std::vector<ObjectId> ids;
    for (const auto& row : batch.rows()) {
        if (const auto* known = index_.find(row.type, batch.anchor(row));
            known != nullptr && known->state == ObjectState::provisioning) {
            ids.push_back(known->id);
        } else if (const auto* named = index_.planned(row.type, batch.name(row))) {
            ids.push_back(named->id);
        }
    }
    std::vector<Object> objects;
    view_.hydrate(ids, objects);
    std::vector<std::optional<Export>> exports;
    view_.exports(ids, exports);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        planned_.emplace(ids[i], Planned{std::move(objects[i]), std::move(exports[i])});
    }
}

bool Adoption::is_created(ObjectId id, const ReadBatch& batch, const ReadBatch::Row& row) const {
    const auto at = planned_.find(id);
    if (at == planned_.end()) {
        return false;
    }
    const auto& [object, pending] = at->second;
    if (object.unconfirmed) {
        return true;  // the system has said that it is done
    }
    if (!pending || pending->kind != ExportKind::create || pending->state != ExportState::sent) {
        return false;
    }
    std::vector<ReadValue> values;
    batch.each_value(row, [&](AttributeId attribute, std::string_view text) {
        values.push_back({attribute, text});
    });
    ReadEntry read;
    read_entry(book_.schema(), values, read);
    return holds(read.attributes, pending->delta.attributes, book_);
}

}  // namespace muster
