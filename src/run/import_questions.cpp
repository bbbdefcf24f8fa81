#include "run/import_questions.h"

#include "model/anchor.h"

namespace muster {

void ImportQuestions::add(const ReadBatch& batch) {
    for (const auto& problem : batch.problems) {
        if (problem.type && !problem.anchor.empty()) {
            anchors_[problem.type].push_back(problem.anchor);
        }
    }
    for (const auto& row : batch.rows()) {
        anchors_[row.type].emplace_back(batch.anchor(row));
        batch.each_value(row, [this](AttributeId attribute, std::string_view text) {
            if (schema_.attribute(attribute).type == Type::reference) {
                add(attribute, text);
            }
        });
    }
}

void ImportQuestions::add(AttributeId attribute, std::string_view text) {
    for (const auto target : schema_.attribute(attribute).targets) {
        if (named_) {
            names_[target].emplace_back(text);
            continue;
        }
        std::string buffer;
        const auto anchor = make_anchor(schema_, target, std::span(&text, 1), buffer);
        if (anchor.flaw == AnchorFlaw::none) {
            anchors_[target].emplace_back(anchor.text);
        }
    }
}

void ImportQuestions::look_up(ImportIndex& index) const {
    for (const auto& [type, anchors] : anchors_) {
        index.look_up(type, anchors);
    }
    for (const auto& [type, names] : names_) {
        index.look_up_names(type, names);
    }
}

}  // namespace muster
