#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/schema.h"

namespace muster {

enum class NameKind : std::uint8_t { space = 1, type = 2, attribute = 3, key = 4 };

/// A row of the `names` table.
struct NameRow {
    std::int64_t id = 0;
    NameKind kind = NameKind::space;
    std::int64_t parent = 0;  ///< a type's space; an attribute's or key's type
    std::string name;
    std::string definition;      ///< what an attribute's values look like
    std::int64_t redefined = 0;  ///< last commit under another definition; 0: there was none
};

/// Where the ids of the present configuration meet those in the database: ids of a Schema are
/// positions that move when the configuration is edited, so the tables hold numbers given once to
/// each name. What the configuration no longer names keeps its number and reads as none.
class Names {
 public:
    /// `rows` in order of kind; names the store has not met are zero, which no row holds.
    Names(std::span<const NameRow> rows, const Schema& schema);

    std::int64_t stored(SpaceId id) const { return at(spaces_, id.value); }
    std::int64_t stored(TypeId id) const { return at(types_, id.value); }
    std::int64_t stored(AttributeId id) const { return at(attributes_, id.value); }
    std::int64_t stored(KeyId id) const { return at(keys_, id.value); }

    SpaceId space(std::int64_t stored) const { return SpaceId(at(space_of_, stored)); }
    TypeId type(std::int64_t stored) const { return TypeId(at(type_of_, stored)); }
    AttributeId attribute(std::int64_t stored) const {
        return AttributeId(at(attribute_of_, stored));
    }
    KeyId key(std::int64_t stored) const { return KeyId(at(key_of_, stored)); }

    /// A type that the store has and the configuration has no more.
    struct Forgotten {
        std::int64_t id = 0;
        std::string system;
        std::string type;
    };
    std::span<const Forgotten> forgotten() const { return forgotten_; }
    /// Null where the configuration has it.
    const Forgotten* find_forgotten(std::int64_t stored_type) const;

    /// The last commit at which documents of the type may have been written in another form than
    /// they would be today: an attribute was redefined or removed from the configuration.
    CommitNumber redefined(TypeId id) const { return CommitNumber(redefined_.at(id.value)); }

 private:
    template <class Value, class Index>
    static Value at(const std::vector<Value>& values, Index index) {
        const auto i = static_cast<std::size_t>(index);
        return i < values.size() ? values[i] : Value{};
    }
    void learn(const Schema& schema, const NameRow& row);
    void learn_attribute(const Schema& schema, const NameRow& row);

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
    std::vector<Forgotten> forgotten_;  ///< in order of id
};

/// The rows that must be added or replaced (by id) so that the store knows every name of the
/// schema: new ones, attributes whose type changed and attributes the configuration no longer has.
/// `last` is the last commit so far. Empty where nothing has changed.
std::vector<NameRow> changed_names(std::span<const NameRow> rows, const Schema& schema,
                                   CommitNumber last);

}  // namespace muster
