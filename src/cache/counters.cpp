#include "cache/counters.h"

namespace muster {

CacheCounters CacheTally::read() const {
    CacheCounters counters;
    counters.hits = hits.sum();
    counters.negative_hits = negative_hits.load();
    counters.misses = misses.load();
    counters.loads = loads.load();
    counters.load_errors = load_errors.load();
    counters.waits = waits.load();
    counters.waits_given_up = waits_given_up.load();
    counters.closed = closed.load();
    counters.dropped_fills = dropped_fills.load();
    counters.refused = refused.load();
    counters.evictions = evictions.load();
    counters.invalidations = invalidations.load();
    counters.clears = clears.load();
    return counters;
}

}  // namespace muster
