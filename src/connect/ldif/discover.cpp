#include "connect/ldif/discover.h"

#include <filesystem>
#include <map>
#include <set>

#include "base/dn.h"
#include "base/error.h"
#include "base/text.h"
#include "connect/ldap/ldap_values.h"
#include "connect/type_guess.h"

namespace muster::ldif {

namespace {

constexpr std::uint64_t kSampleRecords = 1'000;

struct Sample {
    TypeGuess guess;
    bool binary = false;
    bool multi = false;
    bool references = true;  // every value is the DN of a record in the file
};

struct ClassSample {
    std::uint64_t objects = 0;
    std::map<std::string, Sample> attributes;
};

/// The class that says most about a record: the structural one where the server names it, else the
/// last, as classes are commonly listed from the general to the particular.
std::string class_of(const Record& record) {
    std::string last;
    for (const auto& field : record.fields) {
        if (same_name(field.name, "structuralObjectClass")) {
            return std::string(field.value);
        }
        if (same_name(field.name, "objectClass") && !same_name(field.value, "top")) {
            last = field.value;
        }
    }
    return last;
}

void add_record(const Record& record, const std::set<std::string>& names, ClassSample& sample) {
    std::set<std::string_view> seen;
    for (const auto& field : record.fields) {
        auto& attribute = sample.attributes[std::string(field.name)];
        attribute.multi = !seen.insert(field.name).second || attribute.multi;
        std::string buffer;
        const auto text = from_ldap(Type::datetime, field.value, buffer);
        attribute.binary = attribute.binary || !text;
        attribute.guess.add(text ? *text : field.value);
        attribute.references = attribute.references && names.contains(normalize_dn(field.value));
    }
}

void discover_file(const std::string& path, std::vector<DiscoveredType>& types) {
    std::set<std::string> names;
    for (RecordReader reader(path); reader.next() && names.size() < kSampleRecords;) {
        names.insert(normalize_dn(reader.record().dn));
    }
    std::map<std::string, ClassSample> classes;
    for (RecordReader reader(path); reader.next();) {
        const auto& record = reader.record();
        const auto name = class_of(record);
        if (name.empty() || record.flaw != nullptr) {
            continue;
        }
        auto& sample = classes[name];
        if (sample.objects++ < kSampleRecords) {
            add_record(record, names, sample);
        }
    }
    for (const auto& [name, sample] : classes) {
        DiscoveredType type;
        type.name = name;
        type.objects = sample.objects;
        type.settings = {{"file", std::filesystem::path(path).filename().string()},
                         {"object_class", name}};
        for (const auto& [attribute, found] : sample.attributes) {
            DiscoveredAttribute suggestion;
            suggestion.name = attribute;
            suggestion.multi = found.multi;
            suggestion.type = found.references ? Type::reference
                              : found.binary   ? Type::binary
                                               : found.guess.type();
            suggestion.note = found.references ? "every value is the DN of a record here" : "";
            type.attributes.push_back(std::move(suggestion));
            if (same_name(attribute, "entryUUID")) {
                type.anchor = attribute;
            }
        }
        types.push_back(std::move(type));
    }
}

}  // namespace

std::vector<DiscoveredType> discover_files(const Layout& layout) {
    std::set<std::string> paths;
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(layout.folder, unreadable)) {
        if (entry.is_regular_file() && entry.path().extension() == ".ldif") {
            paths.insert(entry.path().lexically_normal().string());
        }
    }
    if (unreadable) {
        throw Error(ErrorCode::connection,
                    fmt::format("cannot look into {}: {}", layout.folder, unreadable.message()),
                    "check the folder setting");
    }
    for (const auto& type : layout.types) {
        if (std::filesystem::exists(type.path)) {
            paths.insert(type.path);
        }
    }
    std::vector<DiscoveredType> types;
    for (const auto& path : paths) {
        discover_file(path, types);
    }
    return types;
}

}  // namespace muster::ldif
