#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/suggest.h"
#include "config/load.h"
#include "config/node.h"

namespace muster::config {

/// Collects what is wrong with a configuration, up to limits::kConfigComplaints errors and as many
/// warnings. Knows the files by number.
class Complaints {
 public:
    /// The number under which Place names the file from now on.
    std::uint16_t add_file(std::string name);
    const std::string& file(std::uint16_t number) const { return files_[number]; }

    void error(Place where, std::string message, std::string cure = {});
    void warn(Place where, std::string message, std::string cure = {});
    bool full() const;  ///< further errors would not be kept: stop looking
    Location location(Place where) const;
    /// "muster.yaml:12:7", for naming a second place.
    std::string describe(Place where) const;

    /// Everything, in order of file and line.
    std::vector<Complaint> take();

 private:
    struct Kept {
        Place where;
        std::string message;
        std::string cure;
        bool warning;
        std::size_t order;  // of finding
    };
    std::vector<std::string> files_;
    std::vector<Kept> kept_;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
};

}  // namespace muster::config
