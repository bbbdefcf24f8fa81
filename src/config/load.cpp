#include "config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <list>
#include <map>
#include <memory>

#include "base/error.h"
#include "base/limits.h"
#include "config/build.h"
#include "config/loader.h"
#include "config/shape.h"
#include "config/yaml.h"
#include "model/references.h"

namespace muster::config {

namespace {

constexpr std::uint64_t kMostHistoryDays = 36'525;  // a century

/// The files of a configuration, read and merged.
class Files {
 public:
    /// With a name in `only`, everything but that system is left out of what is read.
    Files(const FileReader& read, Complaints& complaints, std::string_view only)
        : read_(read), complaints_(complaints), only_(only) {}

    std::vector<const Entry*> metaverse;
    std::vector<const Entry*> systems;
    std::vector<const Entry*> rules;
    const Entry* store = nullptr;
    const Entry* history = nullptr;
    const Entry* processing = nullptr;
    const Entry* memory = nullptr;
    std::vector<const Node*> removed;

    /// False where a file could not be read or is not YAML.
    bool readable() const { return readable_; }

    /// Reads a file and what it includes. `said` is where it was asked for; null for the first.
    void add(const std::string& path, const Node* said) {
        if (said != nullptr && !may_include(path, *said)) {
            return;
        }
        const auto file = complaints_.add_file(path);
        seen_.emplace(identity(path), said == nullptr ? Place{file, 1, 1} : said->where);
        auto content = read_(path);
        if (!content.trouble.empty()) {
            readable_ = false;
            if (said == nullptr) {
                throw Error(ErrorCode::configuration,
                            fmt::format("cannot read {}: {}", path, content.trouble),
                            "name the folder that holds muster.yaml with -C, or make one with "
                            "muster init");
            }
            complaints_.error(said->where, fmt::format("cannot read {}: {}", path, content.trouble),
                              "paths start at the including file's folder");
            return;
        }
        auto parsed = parse_yaml(content.text, file, complaints_);
        if (!parsed) {
            readable_ = false;
            return;
        }
        if (said != nullptr && !is_configuration(*parsed)) {  // it may be anything: show nothing
            complaints_.error(said->where,
                              fmt::format("{} is no part of a configuration: it has none of the "
                                          "keys {}",
                                          path, fmt::join(top_keys(), ", ")),
                              "include files of Muster's own only");
            readable_ = false;
            return;
        }
        nodes_.push_back(std::move(*parsed));
        if (!only_.empty()) {
            leave_out_others(nodes_.back());
        }
        merge(path, nodes_.back());
    }

 private:
    /// One file under all its spellings.
    static std::string identity(const std::string& path) {
        std::error_code failure;
        const auto canonical = std::filesystem::weakly_canonical(path, failure);
        return failure ? path : canonical.string();
    }

    /// Whether a file that was included is meant to be: it is empty, or says something Muster
    /// knows.
    static bool is_configuration(const Node& top) {
        const auto keys = top_keys();
        return top.kind == Node::Kind::null ||
               (top.is_map() &&
                (top.entries.empty() || std::ranges::any_of(top.entries, [&](const Entry& entry) {
                     return std::ranges::find(keys, entry.key) != keys.end();
                 })));
    }

    void leave_out_others(Node& top) const {
        std::erase_if(top.entries, [](const Entry& entry) {
            return entry.key != "systems" && entry.key != "include";
        });
        for (auto& entry : top.entries) {
            if (entry.key == "systems") {
                std::erase_if(entry.value.entries,
                              [&](const Entry& system) { return system.key != only_; });
            }
        }
    }

    bool may_include(const std::string& path, const Node& said) {
        if (const auto before = seen_.find(identity(path)); before != seen_.end()) {
            complaints_.error(said.where, fmt::format("{} is included twice", path),
                              fmt::format("it is read already: {}; leave this one out",
                                          complaints_.describe(before->second)));
            return false;
        }
        if (seen_.size() > static_cast<std::size_t>(limits::kConfigIncludes)) {
            complaints_.error(said.where, fmt::format("more than {} files are included",
                                                      limits::kConfigIncludes));
            return false;
        }
        return true;
    }

    void merge(const std::string& path, const Node& top) {
        check_file(top, complaints_);
        take(top, "store", store);
        take(top, "history", history);
        take(top, "processing", processing);
        take(top, "memory", memory);
        take_all(top, "metaverse", "type", metaverse);
        take_all(top, "systems", "system", systems);
        take_all(top, "rules", "rule", rules);
        const auto gone = names_of(top, "removed");
        removed.insert(removed.end(), gone.begin(), gone.end());
        for (const auto* name : names_of(top, "include")) {
            add((std::filesystem::path(path).parent_path() / name->text)
                    .lexically_normal()
                    .string(),
                name);
        }
    }

    void said_twice(const Entry& entry, std::string_view what, Place first) {
        complaints_.error(
            entry.where, fmt::format("{} '{}' is said twice", what, entry.key),
            fmt::format("the first is at {}; keep one of them", complaints_.describe(first)));
    }

    void take(const Node& top, std::string_view key, const Entry*& kept) {
        const auto* entry = top.find_entry(key);
        if (entry == nullptr) {
            return;
        }
        if (kept != nullptr) {
            said_twice(*entry, "the key", kept->where);
        } else {
            kept = entry;
        }
    }

    void take_all(const Node& top, std::string_view key, std::string_view what,
                  std::vector<const Entry*>& kept) {
        for (const auto& entry : entries_of(top, key)) {
            const auto [first, is_new] =
                names_.emplace(std::pair(key, std::string_view(entry.key)), entry.where);
            if (is_new) {
                kept.push_back(&entry);
            } else {
                said_twice(entry, fmt::format("the {}", what), first->second);
            }
        }
    }

    const FileReader& read_;
    Complaints& complaints_;
    std::string_view only_;
    std::list<Node> nodes_;  // stay where they are: entries are referred to
    std::map<std::string, Place> seen_;
    std::map<std::pair<std::string_view, std::string_view>, Place> names_;
    bool readable_ = true;
};

void build_processing(const Files& files, Configuration& configuration) {
    if (files.processing != nullptr && files.processing->value.text == "in-memory") {
        configuration.processing = Processing::in_memory;
    }
    if (files.memory != nullptr) {
        const auto size = parse_size(files.memory->value.text);
        configuration.memory_bytes = size.value_or(configuration.memory_bytes);
    }
}

void build_top(const Files& files, Build& build) {
    auto& configuration = build.configuration;
    configuration.store = "muster.db";
    if (files.store != nullptr && files.store->value.is_scalar()) {
        configuration.store = files.store->value.text;
        const std::string& store = configuration.store;
        const bool url = store.starts_with("postgresql://") || store.starts_with("postgres://");
        if (!url && store.find("${") != std::string::npos) {
            build.complaints.error(
                files.store->value.where, "the store's path cannot hold references",
                "write the path; relative ones start at the folder of this file");
        } else if (const auto flaw = reference_flaw(store); !flaw.empty()) {
            build.complaints.error(files.store->value.where, "store: " + flaw,
                                   "write ${env:NAME} or ${file:PATH}");
        }
    }
    build_processing(files, configuration);
    if (files.history == nullptr) {
        return;
    }
    const auto days = parse_number(files.history->value.text);
    if (!days) {
        return;  // complained of already
    }
    if (*days < 1 || *days > kMostHistoryDays) {
        build.complaints.error(files.history->value.where,
                               fmt::format("history must be 1 to {} days", kMostHistoryDays));
        return;
    }
    configuration.history = std::chrono::hours{24 * *days};
}

/// What is removed cannot be there.
void build_removed(const Files& files, Build& build) {
    auto& configuration = build.configuration;
    const auto& schema = configuration.schema;
    for (const auto* node : files.removed) {
        const auto& thing = node->text;
        const auto dot = thing.find('.');
        const auto system = schema.find_space(thing.substr(0, dot));
        const bool there =
            dot == std::string::npos
                ? system || std::ranges::count(configuration.inbound, thing, &InboundRule::name) > 0
                : system && schema.find_type(system, thing.substr(dot + 1));
        if (there) {
            build.complaints.error(node->where,
                                   fmt::format("{} is to be removed and is there", thing),
                                   "leave it out here, or there");
        } else if (std::ranges::count(configuration.removed, thing) == 0) {
            configuration.removed.push_back(thing);
        }
    }
}

void warn_of_nothing(const Files& files, Complaints& complaints) {
    if (files.systems.empty()) {
        complaints.warn({0, 1, 1}, "there are no connected systems", "add some under systems:");
    }
}

FileText read_from_disk(const std::string& path) {
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure)) {
        return {{}, "it is a folder"};
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return {{}, std::generic_category().message(errno)};
    }
    // One byte more than allowed shows that there is too much.
    std::string text(limits::kConfigBytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) {
        return {{}, "reading it failed"};
    }
    text.resize(static_cast<std::size_t>(in.gcount()));
    return {std::move(text), {}};
}

}  // namespace

Loaded load(const std::string& path, const FileReader& read, std::string_view only) {
    Complaints complaints;
    Files files(read, complaints, only);
    files.add(path, nullptr);
    Build build{.complaints = complaints};
    auto folder = std::filesystem::path(path).parent_path().string();
    build.configuration.folder = folder.empty() ? "." : std::move(folder);
    if (!files.readable()) {  // what is missing would only bring complaints that mislead
        return {std::move(build.configuration), complaints.take()};
    }
    build_top(files, build);
    build_metaverse(files.metaverse, build);
    build_systems(files.systems, build);
    build_rules(files.rules, build);
    build_generated(build);
    build_deletion_rules(build);
    build_precedence(files.rules, build);
    build_removed(files, build);
    check_whole(build);
    check_files(build);
    warn_of_nothing(files, complaints);
    build.configuration.digest = digest_of(build.configuration);
    return {std::move(build.configuration), complaints.take()};
}

}  // namespace muster::config

namespace muster {

Loaded load_configuration(const std::string& path) {
    return config::load(path, config::read_from_disk);
}

Loaded load_system(const std::string& path, std::string_view system) {
    return config::load(path, config::read_from_disk, system);
}

}  // namespace muster
