#include "run/unresolved.h"

#include <fmt/format.h>

#include "run/step.h"

namespace muster {

std::string unresolved_message(const Schema& schema, AttributeId attribute, std::string_view text) {
    return fmt::format("{} refers to '{}', which {} does not have",
                       schema.attribute(attribute).name, text,
                       schema.space(schema.space_of(attribute)).name);
}

void note_unresolved(Step& step, const Object& object, AttributeId attribute, std::string_view text,
                     std::string_view where) {
    const auto& type = step.schema().type(object.type);
    step.note({{},
               object.id,
               step.schema().space(type.space).name,
               type.name,
               object.anchor.empty() ? object.name : object.anchor,
               std::string(kUnresolvedCode),
               unresolved_message(step.schema(), attribute, text),
               std::string(where)});
}

}  // namespace muster
