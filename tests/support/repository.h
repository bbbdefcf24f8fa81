#pragma once

#include <string>
#include <vector>

namespace muster::testing {

/// Where a file or folder of the repository is that this was built from; without `path` the
/// repository itself, without a slash at the end.
std::string repository_path(const std::string& path = {});

/// One source file of the repository, for tests of rules that hold for all of them.
struct SourceFile {
    std::string path;  ///< from the root, "src/engine/join.cpp"
    std::string text;
};

/// Every .h and .cpp file below the folders (src, tests…) of the repository at `root`.
std::vector<SourceFile> source_files(const std::string& root,
                                     const std::vector<std::string>& folders);

/// One `#include`, in order of appearance.
struct Include {
    std::string name;
    bool quoted = false;  ///< "name", else <name>
};
std::vector<Include> includes(const std::string& text);

/// Lines, without their ends.
std::vector<std::string> lines(const std::string& text);

}  // namespace muster::testing
