#include "run/adoption.h"

#include <algorithm>

#include "base/dn.h"
#include "base/text.h"
#include "engine/import_diff.h"

namespace muster {

namespace {

/// Equal to a system that may spell it otherwise than it was sent.
bool same_value(const std::string& sent, std::string_view shown) {
    return sent == shown || fold(sent) == fold(shown) || normalize_dn(sent) == normalize_dn(shown);
}

/// Whether a document holds every value that was sent.
bool holds(const Document& shown, const std::vector<AttributeChange>& sent, const Schema& schema) {
    return std::ranges::all_of(sent, [&](const AttributeChange& change) {
        if (schema.attribute(change.attribute).type == Type::reference) {
            return true;
        }
        return std::ranges::all_of(change.after, [&](const std::string& value) {
            return std::ranges::any_of(shown.values(change.attribute), [&](const auto& there) {
                return same_value(value, there.text);
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
    read_entry(schema_, values, read);
    return holds(read.attributes, pending->delta.attributes, schema_);
}

}  // namespace muster
