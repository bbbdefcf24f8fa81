#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/view.h"

namespace muster {

/// How a system spells references to its objects: by name, or by anchor where it knows no names.
class Spelling {
 public:
    explicit Spelling(bool named) : named_(named) {}

    /// Learns the targets of a page of links, in place of those of the page before.
    void learn(View& view, std::span<const ExportLink> links);

    /// Of a target learnt; empty where it is not there (yet). Valid until the next page is learnt.
    const std::string& of(ObjectId target) const;

 private:
    bool named_;
    std::vector<ObjectId> targets_;   ///< ascending
    std::vector<std::string> texts_;  ///< beside them
};

}  // namespace muster
