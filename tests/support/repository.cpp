#include "support/repository.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "support/temp_folder.h"

namespace muster::testing {

std::string repository_path(const std::string& path) {
    return path.empty() ? MUSTER_ROOT : MUSTER_ROOT "/" + path;
}

std::vector<SourceFile> source_files(const std::string& root,
                                     const std::vector<std::string>& folders) {
    std::vector<SourceFile> files;
    for (const std::string& folder : folders) {
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(std::filesystem::path(root) / folder)) {
            const std::string extension = entry.path().extension().string();
            if (entry.is_regular_file() && (extension == ".h" || extension == ".cpp")) {
                files.push_back({std::filesystem::relative(entry.path(), root).string(),
                                 read_file(entry.path().string())});
            }
        }
    }
    std::ranges::sort(files, {}, &SourceFile::path);
    return files;
}

std::vector<Include> includes(const std::string& text) {
    std::vector<Include> found;
    for (const std::string& line : lines(text)) {
        std::istringstream words(line);
        std::string directive;
        std::string name;
        words >> directive;
        if (directive == "#") {
            words >> name;
            directive += name;
        }
        if (directive != "#include" || !(words >> name) || name.size() < 2) {
            continue;
        }
        found.push_back({name.substr(1, name.size() - 2), name.front() == '"'});
    }
    return found;
}

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        all.push_back(line);
    }
    return all;
}

}  // namespace muster::testing
