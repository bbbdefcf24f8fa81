#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "connect/connector.h"

namespace muster {

/// Collects what is done to files until they are replaced, and the outcomes until then: an
/// operation is done when the file that has it is in place, not before. An Editor holds one file
/// and has apply(), dirty() and save().
template <class Editor>
class FileExport {
 public:
    struct Files {
        std::function<const std::string&(TypeId)> path;  ///< which file a type lies in
        std::function<Editor(TypeId)> open;              ///< throws Error where it cannot be kept
        const char* unreadable;                          ///< code of an operation on such a file
    };

    FileExport(Files files, OperationStream& stream) : files_(std::move(files)), stream_(stream) {}

    /// Takes all of the stream. Throws the first error of a file once every operation has its
    /// outcome.
    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (stream_.barrier()) {
                flush();
            }
            const auto operation = stream_.next();
            if (!operation) {
                break;
            }
            take(*operation);
        }
        flush();
    }

 private:
    struct File {
        std::optional<Editor> editor;
        std::string unreadable;
        std::vector<Outcome> waiting;  // for the replacement of the file
    };

    void take(const Operation& operation) {
        auto& file = file_of(operation.type);
        if (!file.editor) {
            Outcome outcome;
            outcome.id = operation.id;
            outcome.result = Outcome::Result::refused;
            outcome.code = files_.unreadable;
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

    void flush() {
        std::optional<Error> failure;
        for (auto it = open_.begin(); it != open_.end();) {
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
                if (!failure) {
                    failure.emplace(error);
                }
                settle(file, Outcome::Result::unsent, error.what());
                it = open_.erase(it);  // what it holds is not what is on disk
            }
        }
        if (failure) {
            throw Error(*failure);
        }
    }

    File& file_of(TypeId type) {
        const auto [place, added] = open_.try_emplace(files_.path(type));
        auto& file = place->second;
        if (added) {
            try {
                file.editor.emplace(files_.open(type));
            } catch (const Error& error) {
                file.unreadable = fmt::format("{}; {}", error.what(), error.cure());
            }
        }
        return file;
    }

    void settle(File& file, Outcome::Result result, const std::string& message) {
        for (auto& outcome : std::exchange(file.waiting, {})) {
            outcome.result = result;
            if (result != Outcome::Result::done) {
                outcome.message = message;
            }
            stream_.outcome(std::move(outcome));
        }
    }

    Files files_;
    OperationStream& stream_;
    std::map<std::string, File> open_;  // by path
};

}  // namespace muster
