#include "connect/ldif/ldif_connector.h"

#include <filesystem>
#include <map>
#include <system_error>

#include "base/dn.h"
#include "base/error.h"
#include "connect/file_export.h"
#include "connect/ldif/discover.h"
#include "connect/ldif/editor.h"
#include "connect/ldif/import.h"

namespace muster {

namespace {

class LdifConnector : public Connector {
 public:
    LdifConnector(const Configuration& configuration, SpaceId system)
        : schema_(configuration.schema), layout_(ldif::read_layout(configuration, system)) {}

    ReadResult read(const ReadRequest& request, EntrySink& sink) override {
        ldif::ImportContext context{schema_, sink, request.stop, request.progress,
                                    0,       0,    {},           nullptr};
        for (const auto type : request.types) {
            std::error_code missing;  // opening it will say so
            const auto bytes = std::filesystem::file_size(layout_.type(type).path, missing);
            context.total_bytes += missing ? 0 : bytes;
        }
        ReadResult result;
        for (const auto type : request.types) {
            const auto because = ldif::import_type(context, layout_.type(type));
            if (because.empty()) {
                result.complete.push_back(type);
            } else {
                result.incomplete_because +=
                    (result.incomplete_because.empty() ? "" : "; ") + because;
            }
        }
        result.bytes = context.bytes;
        return result;
    }

    void fetch(std::span<const Locator> objects, EntrySink& sink, std::stop_token stop) override {
        std::map<TypeId, ldif::Wanted> wanted;
        for (const auto& object : objects) {
            if (!object.anchor.empty()) {
                wanted[object.type].anchors.insert(object.anchor);
            } else if (!object.name.empty()) {
                wanted[object.type].names.insert(normalize_dn(object.name));
            }
        }
        for (const auto& [type, those] : wanted) {
            ldif::ImportContext context{schema_, sink, stop, {}, 0, 0, {}, &those};
            const auto because = ldif::import_type(context, layout_.type(type));
            if (!because.empty()) {
                throw Error(ErrorCode::data, because, "run again when the file is whole");
            }
        }
    }

    void write(OperationStream& stream, std::stop_token stop) override {
        FileExport<ldif::Editor>(
            {[this](TypeId type) -> const std::string& { return layout_.type(type).path; },
             [this](TypeId type) {
                 return ldif::Editor(schema_, layout_, layout_.type(type).path);
             },
             "ldif-unreadable"},
            stream)
            .run(stop);
    }

    std::vector<DiscoveredType> discover() override { return ldif::discover_files(layout_); }

 private:
    const Schema& schema_;
    ldif::Layout layout_;
};

}  // namespace

std::unique_ptr<Connector> make_ldif_connector(const Configuration& configuration, SpaceId system) {
    return std::make_unique<LdifConnector>(configuration, system);
}

}  // namespace muster
