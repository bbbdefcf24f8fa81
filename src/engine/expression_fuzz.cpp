#include <optional>

#include "base/error.h"
#include "engine/expression.h"

namespace {

struct World {
    muster::Schema schema;
    muster::TypeId type;
    muster::Document document;

    World() {
        using muster::Type;
        const auto space = schema.add_space("metaverse");
        type = schema.add_type(space, "person",
                               {{"first", Type::text, false},
                                {"age", Type::integer, false},
                                {"mails", Type::text, true}});
        document.add(schema.find_attribute(type, "first"), "Ann");
        document.add(schema.find_attribute(type, "age"), "42");
        document.add(schema.find_attribute(type, "mails"), "a@x");
        document.add(schema.find_attribute(type, "mails"), "b@x");
        document.normalise();
    }
};

/// The texts an evaluation gives, or nothing where it fails.
std::optional<std::vector<std::string>> outcome(const World& world, const std::string& source) {
    muster::Evaluator evaluator(world.schema);
    try {
        const auto id = evaluator.compile({source, {"muster.yaml", 1, 1}}, world.type);
        std::vector<std::string_view> values;
        if (!evaluator.evaluate(id, world.document, muster::Type::text, values)) {
            MUSTER_ASSERT(!evaluator.error().message.empty());
            return std::nullopt;
        }
        return std::vector<std::string>(values.begin(), values.end());
    } catch (const muster::Error& error) {
        MUSTER_ASSERT(error.code() == muster::ErrorCode::configuration);
        return std::nullopt;
    }
}

}  // namespace

/// Whatever is written as an expression ends, is refused in one way, and gives the same twice.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const World world;
    const std::string source(reinterpret_cast<const char*>(data), size);
    const auto first = outcome(world, source);
    MUSTER_ASSERT(outcome(world, source) == first);
    return 0;
}
