#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/schema.h"
#include "store/sqlite/connection.h"

namespace muster::sqlite {

/// Where the ids of the present configuration meet those in the database: ids of a Schema are
/// positions that move when the configuration is edited, so the tables hold numbers given once to
/// each name. What the configuration no longer names keeps its number and reads as none.
class Names {
 public:
    /// Reads the numbers; names the store has not met are zero, which no row holds.
    Names(Connection& connection, const Schema& schema);

    /// Gives numbers to names that have none and notes attributes whose type changed; `last` is the
    /// last commit so far.
    static void record(Connection& connection, const Schema& schema, CommitNumber last);

    std::int64_t stored(SpaceId id) const { return at(spaces_, id.value); }
    std::int64_t stored(TypeId id) const { return at(types_, id.value); }
    std::int64_t stored(AttributeId id) const { return at(attributes_, id.value); }
    std::int64_t stored(KeyId id) const { return at(keys_, id.value); }

    SpaceId space(std::int64_t stored) const { return SpaceId(at(space_of_, stored)); }
    KeyId key(std::int64_t stored) const { return KeyId(at(key_of_, stored)); }
    TypeId type(std::int64_t stored) const { return TypeId(at(type_of_, stored)); }
    AttributeId attribute(std::int64_t stored) const {
        return AttributeId(at(attribute_of_, stored));
    }

    /// The last commit at which documents of the type may have been written in another form than
    /// they would be today: an attribute was redefined or removed from the configuration.
    CommitNumber redefined(TypeId id) const { return CommitNumber(redefined_.at(id.value)); }

 private:
    template <class Value, class Index>
    static Value at(const std::vector<Value>& values, Index index) {
        const auto i = static_cast<std::size_t>(index);
        return i < values.size() ? values[i] : Value{};
    }
    void learn(const Schema& schema, const Query& row);
    void learn_attribute(const Schema& schema, const Query& row);

    // By position in the Schema
    std::vector<std::int64_t> spaces_;
    std::vector<std::int64_t> types_;
    std::vector<std::int64_t> attributes_;
    std::vector<std::int64_t> keys_;
    std::vector<std::int64_t> redefined_;  // types
    // By number in the store
    std::vector<std::uint16_t> space_of_;
    std::vector<std::uint16_t> type_of_;
    std::vector<std::uint16_t> attribute_of_;
    std::vector<std::uint16_t> key_of_;
};

}  // namespace muster::sqlite
