#include "connect/csv/discover.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "connect/csv/reader.h"
#include "connect/type_guess.h"

namespace muster::csv {

namespace {

constexpr std::uint64_t kSampleRows = 1'000;
constexpr std::size_t kSuffixBytes = 8;  // of a name, to make it another one

/// What the sampled rows say about one column.
class Sample {
 public:
    explicit Sample(std::string_view delimiter) : delimiter_(delimiter) {}

    void add(std::string_view cell) {
        if (cell.empty()) {
            ++empty_;
            return;
        }
        ++filled_;
        unique_ = unique_ && seen_.emplace(cell).second;
        if (cell.find(delimiter_) == std::string_view::npos) {
            guess_.add(cell);
            return;
        }
        ++split_;
        while (!cell.empty()) {
            const auto end = std::min(cell.find(delimiter_), cell.size());
            const auto piece = cell.substr(0, end);
            // "1203 Longworth Building; Washington" is one text, not two.
            prose_ = prose_ || piece.empty() || piece.front() == ' ' || piece.back() == ' ';
            guess_.add(piece);
            cell.remove_prefix(std::min(end + delimiter_.size(), cell.size()));
        }
    }

    DiscoveredAttribute attribute(const std::string& name) const {
        DiscoveredAttribute found;
        found.name = name;
        found.multi = split_ > 0 && !prose_;
        found.type = type();
        if (filled_ == 0) {
            found.note = "empty in every row looked at";
        } else if (found.multi) {
            found.note = fmt::format("'{}' in {} of {} cells", delimiter_, split_, filled_);
        } else if (found.type != Type::text) {
            found.note =
                fmt::format("every one of {} cells is {}", filled_, type_expectation(found.type));
        }
        return found;
    }

    /// How well the column would do as the anchor; 0: not at all.
    int anchor_worth(const std::string& name) const {
        const auto t = type();
        if (empty_ > 0 || filled_ == 0 || !unique_ || split_ > 0 ||
            (t != Type::text && t != Type::integer && t != Type::guid)) {
            return 0;
        }
        return name == "id" || name.ends_with("_id") || name.ends_with("Id") || name.ends_with("ID")
                   ? 2
                   : 1;
    }

 private:
    Type type() const { return split_ > 0 && prose_ ? Type::text : guess_.type(); }

    std::string_view delimiter_;
    TypeGuess guess_;
    std::uint64_t empty_ = 0;
    std::uint64_t filled_ = 0;
    std::uint64_t split_ = 0;
    bool prose_ = false;
    bool unique_ = true;
    std::set<std::string> seen_;
};

/// A name that attributes and types may have, made of a column's or a file's: letters, digits and
/// what else is in `extra`; an underscore stands for the rest. Not one of those in `taken`.
std::string usable_name(std::string_view text, std::string_view extra,
                        std::set<std::string>& taken) {
    std::string name;
    for (const char c : text) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80 ||
                          (extra.find(c) != std::string_view::npos && !name.empty());
        if (kept) {
            name += c;
        } else if (!name.empty() && name.back() != '_') {
            name += '_';
        }
    }
    while (name.ends_with('_') && !text.ends_with('_')) {
        name.pop_back();
    }
    while (name.size() > limits::kConfigNameBytes - kSuffixBytes || !valid_utf8(name)) {
        name.pop_back();
    }
    name = name.empty() ? "column" : name;
    std::string unique = name;
    for (int n = 2; !taken.insert(unique).second; ++n) {
        unique = fmt::format("{}_{}", name, n);
    }
    return unique;
}

DiscoveredType discover_file(const std::string& path, const Layout& layout,
                             std::set<std::string>& type_names) {
    Reader reader(path, layout.delimiter);
    std::vector<Sample> samples(reader.header().size(), Sample(layout.multi_value_delimiter));
    DiscoveredType found;
    found.name = usable_name(std::filesystem::path(path).stem().string(), "_-", type_names);
    found.note = delimiter_hint(reader.header());
    found.settings = {{"file", std::filesystem::path(path).filename().string()}};
    while (reader.next()) {
        if (found.objects++ >= kSampleRows || reader.row().flaw != RowFlaw::none) {
            continue;
        }
        for (std::size_t i = 0; i < samples.size(); ++i) {
            samples[i].add(reader.row().cells[i]);
        }
    }
    found.attributes.reserve(samples.size());
    int best = 0;
    std::set<std::string> names;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto& column = reader.header()[i];
        const auto name = usable_name(column, "_-.;:", names);
        auto& attribute = found.attributes.emplace_back(samples[i].attribute(name));
        if (name != column) {
            attribute.settings = {{"column", column}};
        }
        if (samples[i].anchor_worth(name) > best) {
            best = samples[i].anchor_worth(name);
            found.anchor = name;
        }
    }
    if (found.anchor.empty() && found.note.empty()) {
        found.note =
            "no column has a value of its own in every row: name one, or several, as the "
            "anchor";
    }
    return found;
}

}  // namespace

std::vector<DiscoveredType> discover_files(const Layout& layout) {
    std::set<std::string> paths;
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(layout.folder, unreadable)) {
        if (entry.is_regular_file() && entry.path().extension() == ".csv") {
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
    std::vector<DiscoveredType> found;
    found.reserve(paths.size());
    std::set<std::string> names;
    for (const auto& path : paths) {
        found.push_back(discover_file(path, layout, names));
    }
    return found;
}

}  // namespace muster::csv
