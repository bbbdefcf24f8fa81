#pragma once

#include <string>
#include <string_view>

namespace muster::testing {

/// A fresh folder under the system's temporary one, removed with everything in it at the end.
class TempFolder {
 public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
    /// Writes a file (making folders on the way) and returns its path.
    std::string write(std::string_view name, std::string_view content) const;

 private:
    std::string path_;
};

/// A file's content; throws std::runtime_error where it cannot be read.
std::string read_file(const std::string& path);

}  // namespace muster::testing
