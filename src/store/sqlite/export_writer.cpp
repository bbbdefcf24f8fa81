#include "store/sqlite/export_writer.h"

#include <algorithm>

#include "base/error.h"
#include "store/export_row.h"

namespace muster::sqlite {
void ExportWriter::write(std::span<const ExportWrite> writes,
                         std::span<const ExportLinkWrite> links, CommitNumber planned) {
    settled_.clear();
    linked_.clear();
    emptied_.clear();
    for (const ExportWrite& write : writes)
        row(write, planned);
    for (const ExportLinkWrite& write : links)
        link(write);
    std::sort(settled_.begin(), settled_.end());
    for (const ObjectId object : unsettled(linked_))
        add_missing_.run(object, planned);
    for (const ObjectId object : unsettled(emptied_))
        drop_empty_.run(object);
}

/// Each once, in order, without those whose row stays in any case.
const std::vector<ObjectId>& ExportWriter::unsettled(std::vector<ObjectId>& objects) const {
    std::sort(objects.begin(), objects.end());
    objects.erase(std::unique(objects.begin(), objects.end()), objects.end());
    std::erase_if(objects, [this](ObjectId object) {
        return std::binary_search(settled_.begin(), settled_.end(), object);
    });
    return objects;
}

void ExportWriter::row(const ExportWrite& write, CommitNumber planned) {
    const Export& row = write.row;
    if (write.erase) {
        linked_.push_back(row.object);
        erase_.run(row.object);
        return;
    }
    (row.kind == ExportKind::update && row.delta.empty() ? emptied_ : settled_)
        .push_back(row.object);
    if (!write.delta_changed) {
        mark_.run(row.object, row.state, row.released, row.attempts, row.error);
        return;
    }
    delta_.clear();
    if (!row.delta.empty())
        encode(row.delta, schema_, delta_);
    put_.run(row.object, names_.stored(schema_.space_of(row.type)), names_.stored(row.type),
             row.kind, row.state, row.released, row.attempts, row.cause,
             row.planned ? row.planned : planned, row.error, delta_);
}

void ExportWriter::link(const ExportLinkWrite& write) {
    const ExportLink& link = write.row;
    auto& touched = write.erase ? emptied_ : linked_;
    if (touched.empty() || touched.back() != link.object)
        touched.push_back(link.object);
    const std::int64_t attribute = names_.stored(link.attribute);
    if (write.erase)
        erase_link_.run(link.object, attribute, link.add, link.target, link.text);
    else
        put_link_.run(link.object, attribute, link.add, link.target, link.text, link.state,
                      link.released);
}

void ExportWriter::sweep(const ExportSweep& sweep) {
    const std::int64_t system = names_.stored(sweep.system);
    const std::int64_t type = names_.stored(sweep.type);
    const SweepMove move = move_of(sweep.to);
    if (sweep.kind == LimitKind::removals)
        move_removals_.run(system, type, move.from, move.to, move.release);
    else
        move_rows_.run(system, type, kind_of(sweep.kind), move.from, move.to, move.release);
}

}  // namespace muster::sqlite
