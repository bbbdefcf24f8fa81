#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/ldap_admin.h"
#include "support/temp_folder.h"

namespace muster::testing {

/// What a command of Muster did.
struct Answer {
    int code = 0;
    std::string text;  ///< all it said
};

/// Muster as somebody installs it: a folder with a configuration and files, and its commands.
class Deployment {
 public:
    void configure(std::string_view yaml) const { folder_.write("muster.yaml", yaml); }
    void write(std::string_view name, std::string_view text) const { folder_.write(name, text); }
    std::string read(std::string_view name) const { return read_file(folder_.file(name)); }
    const TempFolder& folder() const { return folder_; }

    /// The lines of a system's settings that say where a directory is and who asks there.
    std::string endpoint(const LdapAdmin& admin) const;

    Answer muster(std::vector<std::string> arguments) const;
    Answer run() const { return muster({"run"}); }

    /// Runs and tells what was planned or sent, "added=3 modified=1"; empty where nothing was to do
    /// and the run ended with `code`.
    std::string busy_run(int code = 0) const;

 private:
    TempFolder folder_;
};

}  // namespace muster::testing
