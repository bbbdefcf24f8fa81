// Any bytes as muster.yaml and as a file it includes: complaints, never a crash; and what is usable
// has an order of contributions that fits its rules.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/loader.h"

namespace {

using namespace muster;

void check(const Configuration& configuration) {
    for (const auto& attribute : configuration.metaverse_attributes) {
        for (const auto ref : attribute.contributions) {
            MUSTER_ASSERT(ref.rule < configuration.inbound.size());
            MUSTER_ASSERT(ref.flow < configuration.inbound[ref.rule].flows.size());
        }
    }
    MUSTER_ASSERT(configuration.deletion_rules.size() ==
                  configuration.schema.space(kMetaverse).types.size());
    for (const auto& system : configuration.systems) {
        for (const auto& type : system.types) {
            MUSTER_ASSERT(&configuration.type_settings(type.type) == &type);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto loaded = config::load("muster.yaml", [&](const std::string& path) {
        return path == "muster.yaml" ? config::FileText{std::string(text), {}}
                                     : config::FileText{std::string(text.substr(size / 2)), {}};
    });
    for (const auto& complaint : loaded.complaints) {
        MUSTER_ASSERT(!format_complaint(complaint).empty() && complaint.where.line > 0);
    }
    if (loaded.usable()) {
        check(loaded.configuration);
    }
    return 0;
}
