#include "cli/find_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/dn.h"
#include "base/error.h"
#include "base/limits.h"
#include "cli/console.h"
#include "model/delta.h"
#include "run/object_path.h"
#include "store/find.h"

namespace muster {
namespace {

constexpr std::size_t kCandidates = limits::kItemsShown;

/// A path taken apart: "directory/person/uid=x,ou=y".
struct Path {
    SpaceId space;
    TypeId type;
    std::string text;
};

std::optional<Path> parse_path(const Schema& schema, const std::string& text) {
    const auto first = text.find('/');
    const auto second = first == std::string::npos ? first : text.find('/', first + 1);
    if (second == std::string::npos) {
        return std::nullopt;
    }
    const auto space = schema.find_space(text.substr(0, first));
    const auto type =
        space ? schema.find_type(space, text.substr(first + 1, second - first - 1)) : TypeId();
    if (!type) {
        return std::nullopt;
    }
    return Path{space, type, text.substr(second + 1)};
}

std::optional<ObjectId> parse_number(std::string_view text) {
    if (text.starts_with('#')) {
        text.remove_prefix(1);
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number <= 0) {
        return std::nullopt;
    }
    return ObjectId(number);
}

bool exists(View& view, ObjectId id) {
    std::vector<Object> objects;
    view.hydrate(std::span(&id, 1), objects);
    return static_cast<bool>(objects.front().id);
}

class Finder {
 public:
    Finder(const Configuration& configuration, View& view)
        : configuration_(configuration), schema_(configuration.schema), view_(view) {}

    /// Everything that answers, best kind of answer only; at most one more than can be listed.
    std::vector<ObjectId> find(const std::string& text) {
        if (const auto number = parse_number(text); number && exists(view_, *number)) {
            return {*number};
        }
        if (const auto path = parse_path(schema_, text)) {
            return at_path(*path, text);
        }
        auto found = find_objects(view_, schema_, kMetaverse, text, kCandidates + 1);
        for (const auto& system : configuration_.systems) {
            if (!found.empty()) {
                break;
            }
            found = find_objects(view_, schema_, system.space, text, kCandidates + 1);
        }
        return found;
    }

    std::vector<ObjectId> find_erased(const std::string& text) {
        if (const auto number = parse_number(text)) {
            return view_.history(*number, 1).empty() ? std::vector<ObjectId>()
                                                     : std::vector{*number};
        }
        const auto path = parse_path(schema_, text);
        const auto erased = view_.erased(path ? path->text : text, kCandidates + 1);
        std::vector<ObjectId> found;
        if (!path || path->space == kMetaverse) {
            found = erased_metaverse(erased, path ? path->type : TypeId());
        }
        if (found.empty()) {
            for (const auto& change : erased) {
                if (!path || change.type == path->type) {
                    found.push_back(change.object);
                }
            }
        }
        return found;
    }

 private:
    /// Metaverse objects have neither anchor nor name to be found by once they are erased; those
    /// their erased connector objects were joined to are meant. Of any type where `type` is none.
    std::vector<ObjectId> erased_metaverse(const std::vector<Change>& connectors, TypeId type) {
        constexpr std::size_t kLookedAt = 1'000;  // changes of one connector object
        std::set<ObjectId> found;
        for (const auto& connector : connectors) {
            for (const auto& change : view_.history(connector.object, kLookedAt)) {
                const auto joined = change.kind == ChangeKind::create
                                        ? std::nullopt
                                        : decode_delta(change.delta, change.type, schema_).joined;
                if (!joined || !joined->first) {
                    continue;
                }
                const auto last = view_.history(joined->first, 1);
                if (!last.empty() && last.front().kind == ChangeKind::erase &&
                    (!type || last.front().type == type)) {
                    found.insert(joined->first);
                }
            }
        }
        return {found.begin(), found.end()};
    }

    std::vector<ObjectId> at_path(const Path& path, const std::string& whole) {
        if (path.text.starts_with('#')) {
            return find(path.text);
        }
        if (path.space == kMetaverse) {
            return at_metaverse_path(path, whole);
        }
        constexpr std::string_view kNewFor = "new for ";
        if (path.text.starts_with(kNewFor)) {
            return connectors_of(find(path.text.substr(kNewFor.size())), path.type);
        }
        std::string_view anchor = path.text;
        ObjectId id;
        view_.lookup(path.type, std::span(&anchor, 1), std::span(&id, 1));
        if (!id) {
            const std::string name(path.text);
            id = find_named(view_, path.space, std::span(&name, 1), path.type).front();
        }
        return id ? std::vector{id}
                  : of_type(find_objects(view_, schema_, path.space, path.text, kCandidates + 1),
                            path.type);
    }

    /// A key of several attributes is written a+b: what has its first part is a candidate.
    std::vector<ObjectId> at_metaverse_path(const Path& path, const std::string& whole) {
        constexpr std::size_t kLookedAt = 1'000;
        auto found =
            of_type(find_objects(view_, schema_, path.space, path.text, kLookedAt), path.type);
        if (found.empty()) {
            const auto part = path.text.substr(0, path.text.find('+'));
            found = of_type(find_objects(view_, schema_, path.space, part, kLookedAt), path.type);
        }
        const auto paths = object_paths(schema_, view_, found);
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (paths[i] == whole) {
                return {found[i]};
            }
        }
        return found;
    }

    std::vector<ObjectId> connectors_of(const std::vector<ObjectId>& metaverse, TypeId type) {
        std::vector<Join> joins;
        view_.connectors(metaverse, joins);
        std::vector<ObjectId> found;
        for (const auto& join : joins) {
            if (join.type == type) {
                found.push_back(join.connector);
            }
        }
        return found;
    }

    std::vector<ObjectId> of_type(const std::vector<ObjectId>& ids, TypeId type) {
        std::vector<Object> objects;
        view_.hydrate(ids, objects);
        std::vector<ObjectId> found;
        for (const auto& object : objects) {
            if (object.type == type) {
                found.push_back(object.id);
            }
        }
        return found;
    }

    const Configuration& configuration_;
    const Schema& schema_;
    View& view_;
};

[[noreturn]] void fail_ambiguous(const Schema& schema, View& view, const std::string& text,
                                 const std::vector<ObjectId>& found) {
    const bool more = found.size() > kCandidates;
    const auto shown = std::span(found).first(std::min(found.size(), kCandidates));
    std::string message =
        more ? fmt::format("more than {} objects answer to '{}':", kCandidates, printable(text))
             : fmt::format("{} objects answer to '{}':", found.size(), printable(text));
    const auto paths = object_paths(schema, view, shown);
    for (std::size_t i = 0; i < shown.size(); ++i) {
        message += fmt::format("\n  #{}  {}", shown[i].value, printable(paths[i]));
    }
    throw Error(ErrorCode::not_found, message, "say which, by its number or its path");
}

}  // namespace

ObjectId find_object(const Configuration& configuration, View& view, const std::string& text,
                     bool erased) {
    Finder finder(configuration, view);
    auto found = finder.find(text);
    if (found.empty() && erased) {
        found = finder.find_erased(text);
    }
    if (found.empty() && !erased) {
        const auto gone = finder.find_erased(text);
        if (!gone.empty()) {
            throw Error(ErrorCode::not_found,
                        fmt::format("'{}' is no longer there: {} was deleted", printable(text),
                                    printable(object_paths(configuration.schema, view,
                                                           std::span(gone).first(1))
                                                  .front())),
                        fmt::format("muster history '{}' says when and why", printable(text)));
        }
    }
    if (found.empty()) {
        throw Error(ErrorCode::not_found, fmt::format("nothing answers to '{}'", printable(text)),
                    "give a number, system/type/anchor, a name, or a value that identifies it");
    }
    if (found.size() > 1) {
        fail_ambiguous(configuration.schema, view, text, found);
    }
    return found.front();
}

}  // namespace muster
