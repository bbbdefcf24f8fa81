#pragma once

#include <map>
#include <string>
#include <vector>

#include "run/step.h"
#include "store/store.h"

namespace muster {

/// What referred to objects of a system that have another name (or, where there are no names,
/// another anchor) than before, and still says the old one there.
class RenamedLinks {
 public:
    /// Looks up who refers to the renamed; `old_texts` are what those may still say.
    RenamedLinks(const Step& step, View& view, SpaceId system,
                 std::map<ObjectId, std::string> old_texts);

    /// Objects that refer to any of them, ascending.
    const std::vector<ObjectId>& sources() const { return sources_; }
    const std::vector<Link>& links() const { return links_; }  ///< by source
    /// What a link to one of them may still say.
    const std::string& old_text(ObjectId target) const { return old_texts_.at(target); }
    /// Whether a rule fills the link's attribute, and who has it stays.
    bool is_renewed(const Link& link) const;
    /// What it does to the links of one source: they become unresolved, under the old text.
    std::vector<LinkChange> changes_of(ObjectId source) const;
    /// Plans that those who refer are told again, where a rule of theirs fills the attribute.
    void plan_renewal(ChangeSet& changes) const;

 private:
    /// Whether it is to be deleted: nothing has to be told to it.
    bool goes(ObjectId source) const;

    const Step& step_;
    std::map<ObjectId, std::string> old_texts_;
    std::vector<Link> links_;
    std::vector<ObjectId> sources_;
    std::vector<ExportLink> pending_;  ///< of the sources
    std::vector<ExportHead> heads_;    ///< beside the sources
};

}  // namespace muster
