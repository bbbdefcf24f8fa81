#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <span>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/find_object.h"
#include "engine/import_diff.h"
#include "run/changes.h"
#include "run/object_path.h"

namespace muster {
namespace {

constexpr std::size_t kLinksShown = limits::kItemsShown;  // of one attribute

/// The links of one attribute of the object: how many, and what the first are called.
struct ShownLinks {
    const Attribute* attribute;
    std::uint64_t count = 0;
    std::uint64_t unresolved = 0;
    std::vector<std::string> first;
};

struct ShownObject {
    Object object;
    std::string path;
    std::vector<ShownLinks> links;
    std::string metaverse;                                   ///< connector objects
    std::vector<std::pair<Object, std::string>> connectors;  ///< metaverse objects, with paths
    std::optional<PendingExport> pending;
};

std::vector<ShownLinks> read_links(const Schema& schema, View& view, const Object& object) {
    std::vector<ShownLinks> result;
    for (const auto& attribute : schema.attributes(object.type)) {
        if (attribute.type != Type::reference) {
            continue;
        }
        std::vector<Link> links;
        view.links(std::span(&object.id, 1), attribute.id, links);
        if (links.empty()) {
            continue;
        }
        ShownLinks shown{&attribute, links.size(), 0, {}};
        std::vector<ObjectId> targets;
        for (const auto& link : links) {
            if (!link.target) {
                ++shown.unresolved;
                if (shown.first.size() < kLinksShown) {
                    shown.first.push_back("unresolved: " + link.text);
                }
            } else if (targets.size() < kLinksShown) {
                targets.push_back(link.target);
            }
        }
        std::ranges::copy(object_paths(schema, view, targets), std::back_inserter(shown.first));
        shown.first.resize(std::min(shown.first.size(), kLinksShown));
        result.push_back(std::move(shown));
    }
    return result;
}

ShownObject read_object(const Schema& schema, View& view, ObjectId id) {
    ShownObject shown;
    std::vector<Object> objects;
    view.hydrate(std::span(&id, 1), objects);
    shown.object = std::move(objects.front());
    shown.path = object_paths(schema, view, std::span(&id, 1)).front();
    shown.links = read_links(schema, view, shown.object);
    if (shown.object.joined) {
        shown.metaverse = object_paths(schema, view, std::span(&shown.object.joined, 1)).front();
    }
    std::vector<Join> joins;
    view.connectors(std::span(&id, 1), joins);
    std::vector<ObjectId> connectors;
    connectors.reserve(joins.size());
    for (const auto& join : joins) {
        connectors.push_back(join.connector);
    }
    std::vector<Object> hydrated;
    view.hydrate(connectors, hydrated);
    const auto paths = object_paths(schema, view, connectors);
    for (std::size_t i = 0; i < connectors.size(); ++i) {
        shown.connectors.emplace_back(std::move(hydrated[i]), paths[i]);
    }
    shown.pending = find_pending_export(schema, view, id);
    return shown;
}

boost::json::object to_json(const Schema& schema, const ShownObject& shown) {
    auto result = muster::to_json(schema, shown.object);
    result["object"] = shown.path;
    boost::json::object links;
    for (const auto& of : shown.links) {
        boost::json::array first;
        for (const auto& path : of.first) {
            first.emplace_back(path);
        }
        links[of.attribute->name] = boost::json::object{
            {"count", of.count}, {"unresolved", of.unresolved}, {"first", std::move(first)}};
    }
    result["links"] = std::move(links);
    if (!shown.metaverse.empty()) {
        result["metaverse"] = shown.metaverse;
    }
    boost::json::array connectors;
    for (const auto& [object, path] : shown.connectors) {
        connectors.push_back({{"id", object.id.value},
                              {"object", path},
                              {"state", state_name(object.state)},
                              {"unconfirmed", object.unconfirmed}});
    }
    result["connectors"] = std::move(connectors);
    if (shown.pending) {
        result["pending"] = muster::to_json(schema, *shown.pending);
    }
    return result;
}

std::string remarks(const Object& object) {
    std::string text;
    const auto add = [&](std::string_view remark) {
        text += (text.empty() ? "" : ", ") + std::string(remark);
    };
    if (object.state != ObjectState::normal) {
        add(state_name(object.state));
    }
    if (object.due) {
        add("to be deleted from " + moment_text(*object.due));
    }
    if (object.unconfirmed) {
        add("sent, not yet confirmed by an import");
    }
    if (object.retry) {
        add("in error, tried again in the next run");
    }
    return text;
}

void print_attributes(const Console& console, const Schema& schema, const ShownObject& shown) {
    Table table;
    const auto& object = shown.object;
    if (!object.anchor.empty()) {
        table.add({"(anchor)", printable(object.anchor)});
    }
    if (!object.name.empty()) {
        table.add({"(name)", printable(object.name)});
    }
    for (const auto& attribute : schema.attributes(object.type)) {
        bool first = true;
        for (const auto& value : object.attributes.values(attribute.id)) {
            table.add({first ? attribute.name : "", printable(value.text)});
            first = false;
        }
    }
    table.print(console, "  ");
    for (const auto& note : unreadable_notes(schema, object)) {
        console.out << "  " << styled(console, Style::warning, "unreadable") << "  "
                    << printable(note) << '\n';
    }
    for (const auto& of : shown.links) {
        console.out << fmt::format("  {} ({})\n", of.attribute->name, thousands(of.count));
        for (const auto& path : of.first) {
            console.out << "    " << printable(path) << '\n';
        }
        if (of.count > of.first.size()) {
            console.out << fmt::format("    and {} more\n", thousands(of.count - of.first.size()));
        }
    }
}

void print(const Console& console, const Schema& schema, const ShownObject& shown) {
    console.out << styled(console, Style::strong, printable(shown.path))
                << fmt::format("  #{}", shown.object.id.value);
    if (const auto remark = remarks(shown.object); !remark.empty()) {
        console.out << "  " << styled(console, Style::warning, remark);
    }
    console.out << '\n';
    print_attributes(console, schema, shown);
    if (!shown.metaverse.empty()) {
        console.out << "joined to " << printable(shown.metaverse)
                    << fmt::format("  #{}\n", shown.object.joined.value);
    } else if (schema.space_of(shown.object.type) != kMetaverse) {
        console.out << "not joined\n";
    }
    for (const auto& [object, path] : shown.connectors) {
        const auto remark = remarks(object);
        console.out << "joined by " << printable(path)
                    << fmt::format("  #{}{}\n", object.id.value,
                                   remark.empty() ? "" : "  (" + remark + ")");
    }
    if (shown.pending) {
        console.out << "pending export\n";
        print_export(console, *shown.pending);
    }
}

}  // namespace

int execute(const ShowOptions& options, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    const auto store = open_store(configuration, StoreAccess::read);
    const auto view = store->view();
    const auto id = find_object(configuration, *view, options.object);
    const auto shown = read_object(configuration.schema, *view, id);
    if (context.global.json) {
        print_json(context.console, to_json(configuration.schema, shown));
    } else {
        print(context.console, configuration.schema, shown);
    }
    return 0;
}

}  // namespace muster
