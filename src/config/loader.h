#pragma once

#include <functional>
#include <string>

#include "config/load.h"

namespace muster::config {

/// What a file could be read as.
struct FileText {
    std::string text;
    std::string trouble;  ///< why it could not be read; empty if it could
};

/// Reads a file by its path.
using FileReader = std::function<FileText(const std::string& path)>;

/// load_configuration() with files that may come from elsewhere than the disk; with a name in
/// `only`, load_system().
Loaded load(const std::string& path, const FileReader& read, std::string_view only = {});

}  // namespace muster::config
