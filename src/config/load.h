#pragma once

#include <string>
#include <vector>

#include "model/configuration.h"

namespace muster {

/// One thing that is wrong, and what would be right.
struct Complaint {
    Location where;
    std::string message;   ///< "unknown attribute 'sirname' of congress.member"
    std::string cure;      ///< "did you mean 'surname'?"; may be empty
    bool warning = false;  ///< does not keep the configuration from being used
};

struct Loaded {
    Configuration configuration;        ///< to be used only if no complaint is an error
    std::vector<Complaint> complaints;  ///< in order of file and line
    bool usable() const;
};

/// Reads `path` and what it includes. Finds every complaint it can in one pass. Touches no system
/// and resolves no
/// ${env:…} or ${file:…}. Throws Error(configuration) only where the first file cannot be read at
/// all.
Loaded load_configuration(const std::string& path);

/// The same for one system alone: whatever else the files say, and complaints of it, is left out.
/// To look at a system while the rest is still being written.
Loaded load_system(const std::string& path, std::string_view system);

/// "muster.yaml:12:7: error: unknown attribute … (did you mean …?)"
std::string format_complaint(const Complaint& complaint);

/// A JSON Schema (draft 2020-12) of the configuration, for editors; generated from the same tables
/// the loader uses.
std::string configuration_json_schema();

/// The configuration reference as Markdown, from the same tables.
std::string configuration_reference();

}  // namespace muster
