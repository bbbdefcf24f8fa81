#include <ostream>

#include "cli/commands.h"
#include "engine/expression_library.h"

namespace muster {

int execute(const SchemaOptions& options, const Context& context) {
    context.console.out << (options.reference     ? configuration_reference()
                            : options.expressions ? expression_reference()
                                                  : configuration_json_schema());
    return 0;
}

}  // namespace muster
