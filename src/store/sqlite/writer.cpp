#include "store/sqlite/writer.h"

#include <algorithm>

#include "base/fault.h"
#include "store/follower.h"

namespace muster::sqlite {
namespace {

constexpr std::int64_t kForgetBatch = 64;  // commits dropped in one transaction

}  // namespace

Writer::Writer(Connection& connection, const Schema& schema, const Names& names)
    : connection_(connection),
      schema_(schema),
      names_(names),
      last_(connection.integer("SELECT max(number) FROM \"commit\"")),
      last_flushed_(last_) {}

CommitNumber Writer::commit(const ChangeSet& changes) {
    const CommitNumber number = append(changes);
    flush();
    return number;
}

CommitNumber Writer::append(const ChangeSet& changes) {
    if (changes.empty())
        return {};
    const bool logged = changes.logged();
    const CommitNumber position = logged ? CommitNumber(last_.value + 1) : last_;
    const CommitNumber number = logged ? position : CommitNumber{};
    if (!transaction_)
        transaction_.emplace(connection_);
    try {
        sums_.clear();
        write(changes, number, position);
    } catch (...) {
        roll_back();
        throw;
    }
    last_ = position;
    return number;
}

void Writer::flush() {
    if (!transaction_)
        return;
    fault::point("store.commit.before");
    try {
        transaction_->commit();
    } catch (...) {
        roll_back();
        throw;
    }
    fault::point("store.commit.after");
    transaction_.reset();
    last_flushed_ = last_;
    sequences_.kept();
}

void Writer::roll_back() {
    transaction_.reset();
    last_ = last_flushed_;
    sequences_.lost();
}

void Writer::write(const ChangeSet& changes, CommitNumber number, CommitNumber position) {
    if (number)
        journal_.commit(changes, number);
    objects_.write(changes.objects, number, sums_);
    links_.links(changes.links, number, sums_);
    links_.keys(changes.keys);
    links_.reservations(changes.reservations);
    exports_.write(changes.exports, changes.export_links, position);
    for (const ExportSweep& sweep : changes.sweeps)
        exports_.sweep(sweep);
    sums_.flush(add_population_, schema_, names_);
    journal_.rest(changes, position);
    sequences_.store(journal_);
}

// The last commit that is old enough, that every follower has applied, and that is not the newest:
// numbering goes on from that one.
CommitNumber Writer::forgettable(Instant moment) {
    Statement first_kept(connection_, "SELECT min(number) FROM \"commit\" WHERE time >= ?1");
    Query row = first_kept(moment);
    row.next();
    const std::int64_t too_young = row.null(0) ? last_.value : row.integer(0);
    std::int64_t last = std::min(too_young - 1, last_.value - 1);
    Statement followers(connection_, "SELECT name, position FROM follower");
    Query follower = followers();
    while (follower.next())
        if (follows(schema_, follower.text(0)))
            last = std::min(last, follower.integer(1));
    return CommitNumber(last);
}

std::uint64_t Writer::forget(Instant moment) {
    flush();
    const std::int64_t last = forgettable(moment).value;
    std::int64_t first = connection_.integer("SELECT min(number) FROM \"commit\"");
    Statement changes(connection_, "DELETE FROM change WHERE commit_no <= ?1");
    Statement links(connection_, "DELETE FROM link_past WHERE closed <= ?1");
    Statement commits(connection_, "DELETE FROM \"commit\" WHERE number <= ?1");
    Statement items(
        connection_,
        "DELETE FROM item WHERE activity IN (SELECT id FROM activity WHERE ended < ?1)");
    Statement activities(connection_, "DELETE FROM activity WHERE ended < ?1");
    std::uint64_t dropped = 0;
    while (first != 0 && first <= last) {
        const std::int64_t until = std::min(last, first + kForgetBatch - 1);
        Transaction transaction(connection_);
        changes.run(until);
        if (until == last)
            links.run(until);
        dropped += commits.run(until);
        transaction.commit();
        first = until + 1;
    }
    Transaction transaction(connection_);
    items.run(moment);
    activities.run(moment);
    transaction.commit();
    return dropped;
}

}  // namespace muster::sqlite
