#include "connect/csv/related_file.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "connect/csv/reader.h"
#include "model/anchor.h"

namespace muster::csv {

namespace {

constexpr std::size_t kCheckpointBytes = 64u << 10;
constexpr std::size_t kWindowBytes = 4u << 10;
constexpr std::uint64_t kProgressRows = 4'096;

std::uint64_t hash_of(std::string_view key) {
    return digest(key).low;
}

}  // namespace

RelatedFile::RelatedFile(const std::string& path, std::span<const Column* const> columns)
    : file_(path) {
    for (const auto* column : columns) {
        indexes_.push_back({column, 0, 0, {}, {}});
    }
}

void RelatedFile::scan(const RelatedScan& scan) {
    schema_ = &scan.schema;
    type_ = scan.type.type;
    delimiter_ = scan.delimiter;
    trim_ = scan.trim;
    parser_ = RowParser(delimiter_);
    Reader reader(file_.path(), delimiter_);
    header_ = reader.header();
    key_ = reader.require_column(indexes_[0].column->related->key);
    for (auto& index : indexes_) {
        const auto& related = *index.column->related;
        index.value = reader.require_column(related.value);
        index.where = related.where ? reader.require_column(related.where->column) : 0;
    }
    std::uint64_t rows = 0;
    while (reader.next()) {
        const auto& row = reader.row();
        if (checkpoints_.empty() || row.offset - checkpoints_.back().offset >= kCheckpointBytes) {
            checkpoints_.push_back({row.offset, row.line});
        }
        if (row.flaw != RowFlaw::none) {
            note_flawed(row, scan);
        } else if (!note_untidy(row, scan)) {
            index_row(row, scan);
        }
        if (!cut_short_.empty()) {
            return;
        }
        if (++rows % kProgressRows == 0) {
            if (scan.progress && !scan.progress(reader.bytes())) {
                cut_short_ = "the read was stopped";
                return;
            }
            if (rows == kProgressRows) {  // avoids the copies, and the peak, of growing by doubling
                for (auto& index : indexes_) {
                    index.rows.reserve(index.rows.size() * (file_.size() / reader.bytes() + 1));
                }
            }
        }
    }
    cut_short_ = reader.cut_short();
    for (auto& index : indexes_) {
        std::ranges::sort(index.rows);
        index.claimed.resize(index.rows.size());
    }
}

/// A row that cannot be read takes nothing from whom it is about, if it says who that is.
void RelatedFile::note_flawed(const Row& row, const RelatedScan& scan) {
    if (scan.problems != nullptr) {
        auto text = describe_flaw(row, header_.size());
        scan.problems->problem(problem(row.line, text.code, std::move(text.message)));
    }
    const bool in_place = row.flaw == RowFlaw::not_utf8 || key_ == 0;
    if (row.holds_more || !in_place || key_ >= row.cells.size() || row.cells[key_].empty() ||
        !valid_utf8(row.cells[key_])) {
        cut_short_ = fmt::format("{}:{}: a row cannot be read, and it is not certain whose it is",
                                 file_.name(), row.line);
        return;
    }
    flawed_.emplace(hash_of(canonical_key(row.cells[key_])), row.line);
}

/// The same for a key with blanks or invisible characters that nobody asked to be trimmed.
bool RelatedFile::note_untidy(const Row& row, const RelatedScan& scan) {
    const auto tidy = trim_ ? std::nullopt : tidied_key(row.cells[key_]);
    if (!tidy) {
        return false;
    }
    const std::string raw(canonical_key(row.cells[key_]));
    if (canonical_key(*tidy) == raw) {
        return false;  // of a type that takes blanks
    }
    flawed_.emplace(hash_of(canonical_key(*tidy)), row.line);
    if (scan.problems != nullptr) {
        scan.problems->problem(
            problem(row.line, "untidy-key",
                    fmt::format("the key '{}' has blanks around it or invisible characters in it; "
                                "remove them, or set trim: true",
                                row.cells[key_])));
    }
    return true;
}

std::string RelatedFile::flaw_of(std::string_view anchor) const {
    const auto found = flawed_.empty() ? flawed_.end() : flawed_.find(hash_of(anchor));
    return found == flawed_.end()
               ? std::string{}
               : fmt::format("the row at {}:{} cannot be read", file_.name(), found->second);
}

std::vector<AttributeId> RelatedFile::attributes() const {
    std::vector<AttributeId> all;
    all.reserve(indexes_.size());
    for (const auto& index : indexes_) {
        all.push_back(index.column->attribute);
    }
    return all;
}

void RelatedFile::index_row(const Row& row, const RelatedScan& scan) {
    if (!usable_key(row.cells[key_])) {
        note_ownerless(row);
    }
    const auto key = canonical_key(row.cells[key_]);
    if (scan.wanted != nullptr && !scan.wanted->contains(key)) {
        return;
    }
    const auto hash = hash_of(key);
    bool empty = false;
    for (auto& index : indexes_) {
        const auto& related = *index.column->related;
        if (related.where && !related.where->holds(row.cells[index.where])) {
            continue;
        }
        if (row.cells[index.value].empty()) {
            empty = true;
        } else {
            index.rows.push_back({hash, row.offset});
        }
    }
    if (empty && scan.problems != nullptr) {
        auto flaw = problem(row.line, "empty-value",
                            fmt::format("no value for '{}'; give one or remove the row", key));
        flaw.entry_follows = true;
        scan.problems->problem(std::move(flaw));
    }
}

/// Whether a key could be the anchor of an object.
bool RelatedFile::usable_key(std::string_view key) {
    key = canonical_key(key);
    const auto& anchor = schema_->type(type_).anchor;
    std::string buffer;
    return !key.empty() &&
           (anchor.size() != 1 ||
            make_anchor(*schema_, type_, std::span(&key, 1), buffer).flaw == AnchorFlaw::none);
}

/// It may be anybody's who had the value.
void RelatedFile::note_ownerless(const Row& row) {
    for (const auto& index : indexes_) {
        const auto& related = *index.column->related;
        if (!related.where || related.where->holds(row.cells[index.where])) {
            ownerless_.emplace_back(index.column, row.cells[index.value]);
        }
    }
}

/// The key as the anchor of its object is spelled; as it is where it cannot be one.
std::string_view RelatedFile::canonical_key(std::string_view key) {
    if (trim_) {
        if (auto tidy = tidied_key(key)) {
            tidy_buffer_ = std::move(*tidy);
            key = tidy_buffer_;
        }
    }
    const auto& anchor = schema_->type(type_).anchor;
    if (anchor.size() != 1 || key.empty()) {
        return key;
    }
    const auto made = make_anchor(*schema_, type_, std::span(&key, 1), key_buffer_);
    return made.flaw == AnchorFlaw::none ? made.text : key;
}

std::span<const RelatedFile::Reference> RelatedFile::find(Index& index, std::uint64_t hash) {
    const auto rows = std::ranges::equal_range(index.rows, hash, {}, &Reference::hash);
    if (!rows.empty()) {
        index.claimed[static_cast<std::size_t>(rows.begin() - index.rows.begin())] = true;
    }
    return {rows.begin(), rows.end()};
}

void RelatedFile::claim(std::string_view anchor) {
    for (auto& index : indexes_) {
        find(index, hash_of(anchor));
    }
}

void RelatedFile::values(std::string_view anchor, EntrySink& sink, const Value& value) {
    const auto hash = hash_of(anchor);
    told_.clear();
    for (auto& index : indexes_) {
        const auto rows = find(index, hash);
        boost::unordered_flat_set<std::string> seen;
        for (const auto& reference : rows) {
            const auto& row = row_at(reference.offset);
            if (row.cells.size() != header_.size() || canonical_key(row.cells[key_]) != anchor) {
                continue;  // another key with this hash; a file that changed is noticed at the end
            }
            const auto text = row.cells[index.value];
            if (rows.size() > 1 && !seen.emplace(text).second) {
                if (std::ranges::find(told_, reference.offset) == told_.end()) {
                    told_.push_back(reference.offset);
                    auto twice = problem(line_of(reference.offset), "duplicate-value",
                                         fmt::format("'{}' is listed twice for '{}'; remove one of "
                                                     "the rows",
                                                     text, anchor));
                    twice.anchor = anchor;
                    twice.entry_follows = true;
                    sink.problem(std::move(twice));
                }
                continue;
            }
            value(*index.column, text);
        }
    }
}

void RelatedFile::report_unclaimed(EntrySink& sink) {
    std::vector<Reference> first;  // of each key nobody claimed
    for (const auto& index : indexes_) {
        for (std::size_t i = 0; i < index.rows.size(); ++i) {
            const bool leads = i == 0 || index.rows[i - 1].hash != index.rows[i].hash;
            if (leads && !index.claimed[i]) {
                first.push_back(index.rows[i]);
            }
        }
    }
    std::ranges::sort(first);
    const auto same = std::ranges::unique(first, {}, &Reference::hash);
    first.erase(same.begin(), same.end());
    std::ranges::sort(first, {}, &Reference::offset);
    for (const auto& reference : first) {
        const auto& row = row_at(reference.offset);
        if (row.cells.size() != header_.size()) {
            continue;  // the file changed: the read is not complete, and says so
        }
        const auto key = row.cells[key_];
        sink.problem(problem(
            line_of(reference.offset), "unknown-parent",
            key.empty() ? fmt::format("'{}' is empty, so nothing says whose row this is; who "
                                      "had its value keeps it. Fill it in",
                                      header_[key_])
                        : fmt::format("there is no {} '{}'; add it or remove its rows",
                                      schema_->type(type_).name, key)));
    }
}

const Row& RelatedFile::row_at(std::uint64_t offset) {
    for (std::size_t wanted = kWindowBytes;; wanted *= 2) {
        if (offset >= window_offset_ && offset < window_offset_ + window_bytes_) {
            const char* end = window_.data() + window_bytes_;
            if (parser_.parse(window_.data() + (offset - window_offset_), end, window_last_,
                              row_) != nullptr) {
                return row_;
            }
        }
        window_.resize(std::max(window_.size(), wanted + SpecialFinder::kReach));
        window_bytes_ = file_.read_at(offset, window_.data(), wanted);
        window_offset_ = offset;
        window_last_ = window_bytes_ < wanted;
        parser_.moved();
        if (window_bytes_ == 0) {  // cut short since it was indexed
            row_.cells.clear();
            return row_;
        }
    }
}

std::uint64_t RelatedFile::line_of(std::uint64_t offset) const {
    const auto after = std::ranges::upper_bound(checkpoints_, offset, {}, &Checkpoint::offset);
    MUSTER_ASSERT(after != checkpoints_.begin(), "offset {}", offset);
    const auto& start = *std::prev(after);
    std::vector<char> bytes(offset - start.offset);
    bytes.resize(file_.read_at(start.offset, bytes.data(), bytes.size()));
    return start.line + static_cast<std::uint64_t>(std::ranges::count(bytes, '\n'));
}

ReadProblem RelatedFile::problem(std::uint64_t line, const char* code, std::string message) const {
    ReadProblem problem;
    problem.type = type_;
    problem.where = fmt::format("{}:{}", file_.name(), line);
    problem.code = code;
    problem.message = std::move(message);
    return problem;
}

}  // namespace muster::csv
