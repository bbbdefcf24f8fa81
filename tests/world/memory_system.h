#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "model/configuration.h"

namespace muster::testing {

/// One object of a connected system: scalar values canonical, references as the text the system
/// uses for them (the name of the target where the system has names, else its anchor).
struct Row {
    TypeId type;
    std::string anchor;  ///< empty: a row without one, which a connector refuses
    std::string name;    ///< DN; empty where the system has no names
    std::map<AttributeId, std::set<std::string>> values;
    /// Values of attributes that the configuration does not have, by name.
    std::map<std::string, std::set<std::string>> unnamed = {};
    std::set<AttributeId> misspelt =
        {};  ///< attributes that a read shows as what nobody understands
};

/// What becomes of an operation in a system that misbehaves.
enum class Trouble : std::uint8_t {
    none,
    refuse,        ///< the system says no
    lose_request,  ///< the connection breaks before the system acts
    lose_answer,   ///< the connection breaks after the system acted
    hide_anchor,   ///< a create succeeds without telling the anchor
};

/// A connected system held in memory, with the behaviour of a directory (names, anchors of its own
/// giving, references by name) or of a file (anchors made of attributes, references by anchor).
struct MemorySystem {
    SpaceId space;
    bool named = false;
    std::vector<Row> rows;
    std::uint64_t anchors_given = 0;
    std::uint64_t operations = 0;      ///< writes that reached it
    std::uint64_t refusals = 0;        ///< of these, for reasons of its own
    std::set<TypeId> unreadable;       ///< types of which a read misses objects at its end
    std::set<std::string> refused;     ///< `id`s: nothing is done about objects that have one
    std::set<AttributeId> respelt;     ///< texts are kept in capitals, and case does not count
    std::set<AttributeId> write_only;  ///< never shown, as the configuration says
    bool mends_links = false;          ///< changes what refers to an object that is renamed
    std::function<Trouble()> trouble;  ///< asked for every operation; empty: none
    Equalities equalities;             ///< how it tells values apart, as it says
    /// What attributes hold whatever is written to them.
    std::map<AttributeId, std::set<std::string>> stubborn;

    MemorySystem(const Configuration& configuration, SpaceId system);

    /// What a read shows of a type.
    std::vector<const Row*> shown(TypeId type) const;
    /// A value as it is kept when written to an attribute.
    std::string kept(AttributeId attribute, const std::string& text) const;
    Row* find(TypeId type, std::string_view anchor);
    Row* find_name(std::string_view name);
    /// Puts a row in, as somebody working in that system would; gives it an anchor where the system
    /// does.
    Row& put(Row row);
    void erase(TypeId type, std::string_view anchor);
    /// Gives every row another anchor, as where a directory was filled again from an export of it.
    void rebuild();
};

/// A connector to a MemorySystem, which must outlive it.
std::unique_ptr<Connector> connect(const Configuration& configuration, MemorySystem& system);

}  // namespace muster::testing
