#include "run/importer.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

#include "base/error.h"
#include "model/connector_settings.h"
#include "run/import_questions.h"
#include "run/sync.h"

namespace muster {

ObjectId IdSource::next() {
    if (left_ == 0) {
        left_ = block_;
        next_ = store_.reserve_ids(block_);
        block_ = std::min<std::size_t>(block_ * 8, limits::kPageObjects);
    }
    --left_;
    return ObjectId{next_.value++};
}

namespace {

std::string refused_key(const Schema& schema, TypeId type, std::string_view anchor) {
    return schema.type(type).name + '/' + std::string(anchor);
}

}  // namespace

Importer::Importer(Step& step, Workers& workers, SpaceId system)
    : Importer(step, workers, system, {}) {
    index_.load();
}

Importer::Importer(Step& step, Workers& workers, SpaceId system, std::span<const Object> asked)
    : step_(step),
      system_(system),
      store_(step.context().store),
      view_(*workers.own().view),
      named_(find_connector_spec(step.context().configuration.system(system).connector)->named),
      index_(view_, system, named_),
      adoption_(view_, step.context().book, index_),
      page_(step, workers, index_, named_),
      ids_(store_),
      committer_(store_),
      start_(view_.last_commit()),
      resumed_(false) {
    for (const auto& object : asked) {
        index_.learn(object.type,
                     {object.id, object.state, object.anchor, object.name, object.type});
    }
    if (const auto unfinished = view_.meta(unfinished_name()); !unfinished.empty()) {
        resumed_ = created_any_ = true;
        const CommitNumber first(std::stoll(unfinished));
        if (view_.watermark(sync_follower(step.schema(), system)) <= first) {
            start_ = first;
            marked_ = true;
        }
    }
    if (const auto refused = view_.meta(refused_name()); !refused.empty()) {
        const auto keys = boost::json::parse(refused);
        for (const auto& key : keys.as_array()) {
            refused_before_.emplace(key.as_string());
        }
    }
}

std::string Importer::unfinished_name() const {
    return "unfinished import of " + step_.schema().space(system_).name;
}

void Importer::submit(ChangeSet&& changes) {
    if (!changes.empty() && !marked_) {
        marked_ = true;
        changes.meta.emplace_back(unfinished_name(), std::to_string(start_.value));
    }
    committer_.submit(std::move(changes));
}

void Importer::finish(bool whole) {
    if (resumed_ ? !whole : !marked_) {
        return;
    }
    ChangeSet set = step_.changes();
    set.meta.emplace_back(unfinished_name(), std::string{});
    store_.commit(set);
}

std::string Importer::refused_name() const {
    return "refused anchors of " + step_.schema().space(system_).name;
}

void Importer::take(Reader& reader) {
    while (auto batch = reader.next()) {
        look_up(*batch);
        adoption_.look_up(*batch);
        for (auto& problem : batch->problems) {
            note(std::move(problem));
        }
        for (const auto& row : batch->rows()) {
            set_aside(*batch, row);
        }
    }
    take_aside();
    flush();
    committer_.drain();
}

void Importer::look_up(const ReadBatch& batch) {
    if (!index_.whole()) {
        ImportQuestions questions(step_.schema(), named_);
        questions.add(batch);
        questions.look_up(index_);
    }
}

void Importer::note(ReadProblem problem) {
    Item item;
    item.system = step_.schema().space(system_).name;
    item.type = problem.type ? step_.schema().type(problem.type).name : "";
    item.code = std::move(problem.code);
    item.message = std::move(problem.message);
    item.where = std::move(problem.where);
    if (problem.anybody) {
        ++keyless_[problem.type];
    }
    if (!problem.tidy_anchor.empty()) {
        untidy_.insert(refused_key(step_.schema(), problem.type, problem.anchor));
        meant_.emplace_back(problem.type, std::move(problem.tidy_anchor));
    }
    if (problem.type && !problem.anchor.empty() && !problem.entry_follows) {
        if (auto* known = index_.find(problem.type, problem.anchor)) {
            known->seen = true;  // present, if unreadable: it keeps its old state
            item.object = known->id;
        }
    }
    item.anchor = std::move(problem.anchor);
    step_.item(std::move(item));
}

void Importer::set_aside(const ReadBatch& batch, const ReadBatch::Row& row) {
    if (!refused_before_.empty()) {
        auto key = refused_key(step_.schema(), row.type, batch.anchor(row));
        if (refused_before_.contains(key)) {
            aside_[std::move(key)].push_back(aside_rows_.rows().size());
            aside_rows_.add(batch, row);
            return;
        }
    }
    take(batch, row);
}

void Importer::take_aside() {
    adoption_.look_up(aside_rows_);
    for (const auto& [key, rows] : aside_) {
        for (const auto i : rows) {
            const auto& row = aside_rows_.rows()[i];
            if (rows.size() == 1) {
                take(aside_rows_, row);
                continue;
            }
            step_.count("read");
            ImportIndex::Known nobody{{}, {}, row.type, ObjectState::normal, false, false};
            auto* known = index_.find(row.type, aside_rows_.anchor(row));
            refuse(aside_rows_, row, known == nullptr ? nobody : *known);
        }
    }
}

void Importer::refuse(const ReadBatch& batch, const ReadBatch::Row& row,
                      ImportIndex::Known& known) {
    known.seen = true;
    const auto& type = step_.schema().type(row.type);
    refused_.insert(refused_key(step_.schema(), row.type, batch.anchor(row)));
    step_.item(
        {{},
         known.id,
         step_.schema().space(system_).name,
         type.name,
         std::string(batch.anchor(row)),
         "duplicate-anchor",
         fmt::format(
             "the {} '{}' comes more than once; every copy is refused until only one is left",
             type.name, batch.anchor(row)),
         std::string(batch.where(row))});
}

void Importer::take(const ReadBatch& batch, const ReadBatch::Row& row) {
    step_.count("read");
    shown_.insert(row.type);
    const auto anchor = batch.anchor(row);
    auto* known = index_.find(row.type, anchor);
    if (known == nullptr && !untidy_.empty() &&
        untidy_.contains(refused_key(step_.schema(), row.type, anchor))) {
        return;  // somebody new under such a key is most likely somebody known
    }
    if (known == nullptr && named_) {
        if (const auto* planned = index_.planned(row.type, batch.name(row));
            planned != nullptr && adoption_.is_created(planned->id, batch, row)) {
            known = &index_.adopt(row.type, batch.name(row), anchor);
        }
    }
    bool create = false;
    if (known == nullptr) {
        create = created_any_ = true;
        known = &index_.add(row.type, anchor,
                            {ids_.next(), {}, row.type, ObjectState::normal, false, true});
    } else if (known->seen) {
        refuse(batch, row, *known);
        duplicates_.emplace(known->id, *known);
        return;
    }
    const bool found = !create && known->state == ObjectState::provisioning &&
                       !adoption_.is_created(known->id, batch, row);
    known->seen = true;
    if (!create && !resumed_ && known->state == ObjectState::normal &&
        known->payload == row.payload) {
        step_.count("unchanged");
        return;
    }
    if (named_) {
        index_.set_name(row.type, batch.name(row), known->id);
    }
    known->state = ObjectState::normal;
    changed_.add(batch, row);
    entries_.push_back({changed_.rows().back(), known->id, create, found});
    constexpr std::size_t kPageBytes = 32u << 20;
    if (entries_.size() >= step_.context().options.page_objects || changed_.bytes() >= kPageBytes) {
        flush();
    }
}

void Importer::flush() {
    ChangeSet changes = step_.changes();
    auto deferred = deferred_.size();
    page_.build(changed_, entries_, changes, deferred_);
    for (; deferred < deferred_.size(); ++deferred) {
        auto& link = deferred_[deferred];
        open_payloads_.insert_or_assign(link.source, link.payload);
        if (!link.where.empty()) {
            open_places_.insert_or_assign(link.source, std::move(link.where));
        }
    }
    auto noted = step_.changes();
    changes.items.insert(changes.items.end(), std::make_move_iterator(noted.items.begin()),
                         std::make_move_iterator(noted.items.end()));
    submit(std::move(changes));
    changed_ = {};
    entries_.clear();
    if (step_.stopping()) {
        throw Error(ErrorCode::cancelled, "stopped while reading");
    }
}

}  // namespace muster
