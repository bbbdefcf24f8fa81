#pragma once

#include <fmt/core.h>

#include <string>
#include <vector>

#include "model/schema.h"

namespace muster {

// What the benchmarks of stores write: people of one system, with a list of references.

inline constexpr int kAttributes = 20;

inline std::string attribute_name(int i) {
    return fmt::format("attribute{:02}", i);
}

inline Schema make_schema() {
    Schema schema;
    schema.add_type(schema.add_space("metaverse"), "person", {});
    std::vector<Schema::NewAttribute> attributes = {{"member", Type::reference, true}};
    for (int i = 0; i < kAttributes; ++i)
        attributes.push_back({attribute_name(i)});
    schema.add_type(schema.add_space("hr"), "person", std::move(attributes));
    return schema;
}

}  // namespace muster
