#include "connect/csv/csv_connector.h"

#include <map>

#include "base/error.h"
#include "connect/csv/discover.h"
#include "connect/csv/editor.h"
#include "connect/csv/import.h"
#include "connect/file_export.h"

namespace muster {

namespace {

class CsvConnector : public Connector {
 public:
    CsvConnector(const Configuration& configuration, SpaceId system)
        : schema_(configuration.schema), layout_(csv::read_layout(configuration, system)) {}

    ReadResult read(const ReadRequest& request, EntrySink& sink) override {
        csv::ImportContext context{schema_, layout_, sink, request.stop, request.progress,
                                   0,       0,       {},   nullptr};
        for (const auto type : request.types) {
            context.total_bytes += csv::bytes_of(layout_.type(type));
        }
        ReadResult result;
        for (const auto type : request.types) {
            const auto because = csv::import_type(context, layout_.type(type));
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
        std::map<TypeId, csv::Anchors> wanted;
        for (const auto& object : objects) {
            if (!object.anchor.empty()) {
                wanted[object.type].insert(object.anchor);
            }
        }
        for (const auto& [type, anchors] : wanted) {
            csv::ImportContext context{schema_, layout_, sink, stop, {}, 0, 0, {}, &anchors};
            const auto because = csv::import_type(context, layout_.type(type));
            if (!because.empty()) {
                throw Error(ErrorCode::data, because, "run again when the file is whole");
            }
        }
    }

    void write(OperationStream& stream, std::stop_token stop) override {
        FileExport<csv::Editor>(
            {[this](TypeId type) -> const std::string& { return layout_.type(type).path; },
             [this](TypeId type) { return csv::Editor(schema_, layout_, layout_.type(type)); },
             "csv-unreadable"},
            stream)
            .run(stop);
    }

    std::vector<DiscoveredType> discover() override { return csv::discover_files(layout_); }

 private:
    const Schema& schema_;
    csv::Layout layout_;
};

}  // namespace

std::unique_ptr<Connector> make_csv_connector(const Configuration& configuration, SpaceId system) {
    return std::make_unique<CsvConnector>(configuration, system);
}

}  // namespace muster
