#include "store/sqlite/object_writer.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "store/object_row.h"

namespace muster::sqlite {
namespace {

// Objects that go come first, so that another may take over their anchor in the same commit; then
// by id, the order of the table and of the log.
std::tuple<bool, ObjectId> order_of(const ObjectWrite* write) {
    return {write->kind != ChangeKind::erase, write->object.id};
}

}  // namespace

void ObjectWriter::write(std::span<const ObjectWrite> writes, CommitNumber number,
                         PopulationSums& sums) {
    order_.clear();
    for (const ObjectWrite& write : writes)
        order_.push_back(&write);
    std::sort(order_.begin(), order_.end(),
              [](const auto* a, const auto* b) { return order_of(a) < order_of(b); });
    for (const ObjectWrite* write : order_) {
        switch (write->kind) {
            case ChangeKind::create:
                create(*write, number);
                sums.object(write->object.type, 1);
                break;
            case ChangeKind::update:
                update(*write, number);
                break;
            case ChangeKind::erase:
                if (erase_.run(write->object.id, write->object.commit) == 0)
                    throw Conflict{write->object.id};
                sums.object(write->object.type, -1);
                part_forgotten(write->object, number);
                break;
        }
        if (!write->delta.empty())
            log(*write, number);
    }
}

const std::string& ObjectWriter::document(const Object& object) {
    document_.clear();
    encode(object.attributes, schema_, document_);
    return document_;
}

void ObjectWriter::create(const ObjectWrite& write, CommitNumber number) {
    const Object& object = write.object;
    MUSTER_ASSERT(!write.delta.empty(), "object {} created without a log entry", object.id.value);
    create_.run(object.id, names_.stored(schema_.space_of(object.type)), names_.stored(object.type),
                flags_of(object), or_null(object.joined), number, object.provenance, object.due,
                object.payload.low, object.payload.high, name_key_of(object.name),
                or_null(object.anchor), or_null(object.name), document(object));
}

void ObjectWriter::update(const ObjectWrite& write, CommitNumber number) {
    const Object& object = write.object;
    const auto run = [&](Statement& statement, const auto&... more) {
        return statement.run(object.id, object.commit, flags_of(object), or_null(object.joined),
                             write.delta.empty() ? object.commit : number, object.provenance,
                             object.due, object.payload.low, object.payload.high, more...);
    };
    const auto run_identity = [&](Statement& statement, const auto&... more) {
        return run(statement, name_key_of(object.name), or_null(object.anchor),
                   or_null(object.name), more...);
    };
    std::uint64_t changed = 0;
    if (write.identity_changed && write.attributes_changed)
        changed = run_identity(update_all_, document(object));
    else if (write.identity_changed)
        changed = run_identity(update_identity_);
    else if (write.attributes_changed)
        changed = run(update_document_, document(object));
    else
        changed = run(update_facts_);
    if (changed == 0)
        throw Conflict{object.id};
}

/// What the configuration no longer has is joined to nobody once its metaverse object is erased:
/// no run looks at it that could say so.
void ObjectWriter::part_forgotten(const Object& metaverse, CommitNumber number) {
    if (names_.forgotten().empty() || schema_.space_of(metaverse.type) != kMetaverse)
        return;
    std::vector<ObjectId> parted;
    {
        Query row = joined_(metaverse.id);
        while (row.next())
            if (names_.find_forgotten(row.integer(1)) != nullptr)
                parted.push_back(row.id<ObjectId>(0));
    }
    for (const ObjectId id : parted) {
        log_parted_.run(number, id);
        part_.run(number, id);
    }
}

void ObjectWriter::log(const ObjectWrite& write, CommitNumber number) {
    const Object& object = write.object;
    const CommitNumber previous = write.kind == ChangeKind::create ? CommitNumber{} : object.commit;
    log_.run(number, object.id, names_.stored(schema_.space_of(object.type)),
             names_.stored(object.type), previous, write.kind, write.delta);
}

}  // namespace muster::sqlite
