#include <algorithm>

#include "store/follower.h"
#include "store/postgresql/writer.h"

namespace muster::postgresql {
namespace {

constexpr std::int64_t kForgetBatch = 64;  // commits dropped in one transaction

// The last commit that is old enough, that every follower has applied, and that is not the newest:
// numbering goes on from that one.
constexpr const char* kForgettable =
    "SELECT least(coalesce((SELECT min(number) - 1 FROM commit WHERE time >= $1::bigint), c.last), "
    "c.last - 1), (SELECT min(number) FROM commit) FROM counter c";

}  // namespace

std::uint64_t Writer::forget(Instant moment) {
    const Result range = connection_.ask(kForgettable, Parameters(moment));
    std::int64_t last = range[0].integer(0);
    const Result followers = connection_.ask("SELECT name, position FROM follower");
    for (int i = 0; i < followers.size(); ++i)
        if (follows(schema_, followers[i].string(0)))
            last = std::min(last, followers[i].integer(1));
    std::int64_t first = range[0].integer(1);
    std::uint64_t dropped = 0;
    while (first != 0 && first <= last) {
        const std::int64_t until = std::min(last, first + kForgetBatch - 1);
        connection_.queue(preview_ ? "SAVEPOINT page" : "BEGIN");
        connection_.queue("DELETE FROM change WHERE commit_no <= $1::bigint", Parameters(until));
        connection_.queue("DELETE FROM link_past WHERE closed <= $1::bigint", Parameters(until));
        connection_.queue("DELETE FROM commit WHERE number <= $1::bigint", Parameters(until));
        connection_.queue(preview_ ? "RELEASE page" : "COMMIT");
        dropped += connection_.finish()[3].affected();
        first = until + 1;
    }
    connection_.queue(
        "DELETE FROM item WHERE activity IN (SELECT id FROM activity WHERE ended < $1::bigint)",
        Parameters(moment));
    connection_.queue("DELETE FROM activity WHERE ended < $1::bigint", Parameters(moment));
    connection_.queue("DELETE FROM writer WHERE seen < now() - interval '30 days'");
    connection_.finish();
    return dropped;
}

}  // namespace muster::postgresql
