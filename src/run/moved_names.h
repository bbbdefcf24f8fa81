#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace muster {

/// The renames of a run, by which whatever lies below a renamed entry has another name, too.
class MovedNames {
 public:
    /// To be called in the order in which they happen.
    void note(const std::string& before, std::string after);

    /// Where the object that had this name before the run is by now.
    std::string follow(std::string name) const;

    bool empty() const { return moves_.empty(); }

 private:
    struct Move {
        std::size_t order = 0;
        std::string after;
    };
    const Move* first_since(const std::string& dn, std::size_t order) const;

    boost::unordered_flat_map<std::string, std::vector<Move>> moves_;  ///< by the name before
    std::size_t count_ = 0;
};

}  // namespace muster
