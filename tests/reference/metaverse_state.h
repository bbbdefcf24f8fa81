#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/configuration.h"
#include "store/view.h"

namespace muster::testing {

/// What can be known of a metaverse object without its id, which depends on the order of events.
struct MetaverseObject {
    std::string type;
    bool leaving = false;
    bool unclaimed = false;            ///< no deletion source has had it
    std::set<std::string> connectors;  ///< system/type/anchor, or the name where there are names
    std::map<std::string, std::set<std::string>> values;
    std::map<std::string, std::set<std::string>>
        winners;                                         ///< rules by attribute; "!": null asserted
    std::map<std::string, std::set<std::string>> links;  ///< identities of the targets

    /// Tells it from every other one: its connectors, or its values where it has none.
    std::string identity() const;
};

/// How a connector object is called in MetaverseObject::connectors.
std::string connector_label(const Schema& schema, TypeId type, bool named, std::string_view anchor,
                            std::string_view name);

/// One line for each object, sorted; equal exactly where the metaverses are.
std::vector<std::string> describe(const std::vector<MetaverseObject>& objects);

/// The metaverse as the store has it.
std::vector<MetaverseObject> read_metaverse(View& view, const Configuration& configuration);

}  // namespace muster::testing
