#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "run/import_index.h"
#include "run/reader.h"

namespace muster {

/// What a page of an import asks its index: who has the anchors of its entries, and whom their
/// references mean. Gathered first, then looked up together.
class ImportQuestions {
 public:
    /// `named`: the system's objects have names, and refer to each other by them.
    ImportQuestions(const Schema& schema, bool named) : schema_(schema), named_(named) {}

    void add(const ReadBatch& batch);
    /// Whom a reference means.
    void add(AttributeId attribute, std::string_view text);

    /// Takes the answers into the index: a number of calls that does not depend on that of
    /// questions. Blocks; throws what the view throws.
    void look_up(ImportIndex& index) const;

 private:
    const Schema& schema_;
    bool named_;
    std::map<TypeId, std::vector<std::string>> anchors_;
    std::map<TypeId, std::vector<std::string>> names_;
};

}  // namespace muster
