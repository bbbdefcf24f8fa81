#include "connect/csv/csv_connector.h"

#include <map>
#include <optional>

#include "base/error.h"
#include "connect/csv/discover.h"
#include "connect/csv/editor.h"
#include "connect/csv/import.h"

namespace muster {

namespace {

using csv::Editor;

/// Collects what is done to the files until they are replaced, and the outcomes until then.
class Export {
 public:
    Export(const Schema& schema, const csv::Layout& layout, OperationStream& stream)
        : schema_(schema), layout_(layout), stream_(stream) {}

    void take(const Operation& operation) {
        auto& file = file_of(operation.type);
        if (!file.editor) {
            Outcome outcome;
            outcome.id = operation.id;
            outcome.result = Outcome::Result::refused;
            outcome.code = "csv-unreadable";
            outcome.message = file.unreadable;
            stream_.outcome(std::move(outcome));
            return;
        }
        auto outcome = file.editor->apply(operation);
        if (outcome.result == Outcome::Result::done && file.editor->dirty()) {
            file.waiting.push_back(std::move(outcome));
        } else {
            stream_.outcome(std::move(outcome));
        }
    }

    /// Replaces the files that changed; every operation has its outcome then. Throws the first
    /// error once all of them have.
    void flush() {
        std::optional<Error> failure;
        for (auto it = files_.begin(); it != files_.end();) {
            auto& file = it->second;
            if (!file.editor || !file.editor->dirty()) {
                ++it;
                continue;
            }
            try {
                settle(file, file.editor->save() ? Outcome::Result::done : Outcome::Result::unknown,
                       "the file is in place, but its folder could not be synchronised to disk");
                ++it;
            } catch (const Error& error) {
                failure = failure ? failure : error;
                settle(file, Outcome::Result::unsent, error.what());
                it = files_.erase(it);  // what it holds is not what is on disk
            }
        }
        if (failure) {
            throw Error(*failure);
        }
    }

 private:
    struct File {
        std::optional<Editor> editor;
        std::string unreadable;
        std::vector<Outcome> waiting;  // for the replacement of the file
    };

    File& file_of(TypeId type) {
        const auto [place, added] = files_.try_emplace(type);
        auto& file = place->second;
        if (added) {
            try {
                file.editor.emplace(schema_, layout_, layout_.type(type));
            } catch (const Error& error) {
                file.unreadable = fmt::format("{}; {}", error.what(), error.cure());
            }
        }
        return file;
    }

    void settle(File& file, Outcome::Result result, const std::string& message) {
        auto outcomes = std::move(file.waiting);
        file.waiting.clear();
        for (auto& outcome : outcomes) {
            outcome.result = result;
            if (result != Outcome::Result::done) {
                outcome.message = message;
            }
            stream_.outcome(std::move(outcome));
        }
    }

    const Schema& schema_;
    const csv::Layout& layout_;
    OperationStream& stream_;
    std::map<TypeId, File> files_;
};

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
        Export files(schema_, layout_, stream);
        while (!stop.stop_requested()) {
            if (stream.barrier()) {
                files.flush();
            }
            const auto operation = stream.next();
            if (!operation) {
                break;
            }
            files.take(*operation);
        }
        files.flush();
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
