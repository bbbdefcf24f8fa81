#pragma once

#include <map>

#include "store/names.h"
#include "store/sqlite/connection.h"

namespace muster::sqlite {

/// Sums what one commit adds to and takes from the population counters, to write each once.
class PopulationSums {
 public:
    void object(TypeId type, int by) { sums_[{type, AttributeId{}}] += by; }
    void link(AttributeId attribute, TypeId owner, int by) { sums_[{owner, attribute}] += by; }

    /// Adds the sums to the counters and forgets them.
    void flush(Statement& add, const Schema& schema, const Names& names) {
        for (const auto& [key, sum] : sums_)
            if (sum != 0)
                add.run(names.stored(schema.space_of(key.first)), names.stored(key.first),
                        names.stored(key.second), sum);
        sums_.clear();
    }
    void clear() { sums_.clear(); }

 private:
    std::map<std::pair<TypeId, AttributeId>, std::int64_t> sums_;
};

}  // namespace muster::sqlite
