#include "connect/csv/import.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <memory_resource>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "connect/csv/reader.h"
#include "connect/input_file.h"
#include "model/anchor.h"

namespace muster::csv {

namespace {

constexpr std::uint64_t kProgressRows = 1'024;

class TypeImport {
 public:
    TypeImport(ImportContext& context, const TypeLayout& type)
        : context_(context), type_(type), reader_(type.path, context.layout.delimiter) {
        place_columns();
    }

    std::string run() {
        auto because = scan_related();
        if (!because.empty()) {
            return because;
        }
        std::uint64_t rows = 0;
        const auto start = context_.bytes;
        while (reader_.next()) {
            row(reader_.row());
            if (++rows % kProgressRows == 0) {
                context_.bytes = start + reader_.bytes();
                if (!go_on()) {
                    return "the read was stopped";
                }
            }
        }
        context_.bytes = start + reader_.bytes();
        static_cast<void>(go_on());
        return finish();
    }

 private:
    void place_columns() {
        for (std::size_t i = 0; i < type_.columns.size(); ++i) {
            const auto& column = type_.columns[i];
            const bool anchor = std::ranges::find(type_.anchor, i) != type_.anchor.end();
            if (column.related) {
                continue;
            }
            if (type_.ours && !anchor) {
                if (const auto found = reader_.column(column.name)) {
                    placed_.push_back({&column, *found});
                }
            } else {
                placed_.push_back({&column, reader_.require_column(column.name)});
            }
        }
        for (const auto position : type_.anchor) {
            anchor_.push_back(reader_.require_column(type_.columns[position].name));
        }
        parts_.resize(anchor_.size());
        tidy_parts_.resize(anchor_.size());
        // Cells before a row's flaw are where they belong; behind it they may have moved.
        leading_ = std::ranges::all_of(anchor_, [&](auto c) { return c < anchor_.size(); });
        where_ = reader_.file().name() + ":";
        where_prefix_ = where_.size();
    }

    std::string scan_related() {
        std::map<std::pair<std::string, std::string>, std::vector<const Column*>> uses;
        for (const auto* column : type_.related()) {
            uses[{column->related->path, column->related->key}].push_back(column);
        }
        for (auto& [file, columns] : uses) {
            auto& related = related_.emplace_back(file.first, columns);
            const bool report =
                context_.wanted == nullptr && context_.scanned.insert(file.first).second;
            const auto start = context_.bytes;
            related.scan({context_.schema, type_, context_.layout.delimiter, context_.layout.trim,
                          context_.wanted, report ? &context_.sink : nullptr,
                          [&](std::uint64_t bytes) {
                              context_.bytes = start + bytes;
                              return go_on();
                          }});
            context_.bytes = start + related.size();
            if (!related.cut_short().empty()) {
                return related.cut_short();
            }
        }
        collect_ownerless();
        return {};
    }

    void collect_ownerless() {
        OwnerlessValues all;
        for (const auto& related : related_) {
            for (const auto& [column, text] : related.ownerless()) {
                all.emplace(column->attribute, spelled(*column, text));
            }
        }
        if (!all.empty()) {
            ownerless_ = std::make_shared<const OwnerlessValues>(std::move(all));
        }
    }

    bool go_on() {
        if (context_.progress) {
            context_.progress(context_.bytes, std::max(context_.bytes, context_.total_bytes));
        }
        return !context_.stop.stop_requested();
    }

    void row(const Row& row) {
        where_.resize(where_prefix_);
        where_ += std::to_string(row.line);
        if (row.flaw != RowFlaw::none) {
            flawed(row);
            return;
        }
        const auto anchor = anchor_of(row);
        if (anchor.flaw != AnchorFlaw::none && tidy_.empty()) {
            refuse_anchor(row, anchor.flaw);
            return;
        }
        if (context_.wanted != nullptr && !context_.wanted->contains(anchor.text)) {
            return;
        }
        if (!tidy_.empty()) {
            tell_untidy(row, anchor);
            if (anchor.flaw != AnchorFlaw::none) {
                return;
            }
        }
        arena_.release();
        values_.clear();
        flaws_.clear();
        for (const auto& [column, position] : placed_) {
            add_cell(*column, row.cells[position]);
        }
        for (auto& related : related_) {
            related.values(anchor.text, context_.sink,
                           [&](const Column& column, std::string_view text) {
                               add_value(column, keep(text));
                           });
            if (const auto flaw = related.flaw_of(anchor.text); !flaw.empty()) {
                for (const auto attribute : related.attributes()) {
                    flaws_.push_back({attribute, "related-row", flaw});
                }
            }
        }
        Entry entry;
        entry.type = type_.type;
        entry.anchor = anchor.text;
        entry.values = values_;
        entry.where = where_;
        entry.flaws = flaws_;
        entry.ownerless = ownerless_;
        context_.sink.entry(entry);
    }

    /// The anchor as the row has it, or as it ought to be where that is asked for; else `tidy_` is
    /// what it ought to be, if it is not.
    AnchorResult anchor_of(const Row& row) {
        bool tidy = true;
        for (std::size_t i = 0; i < anchor_.size(); ++i) {
            parts_[i] = row.cells[anchor_[i]];
            tidy_parts_[i] = tidied_key(parts_[i]);
            tidy = tidy && !tidy_parts_[i];
        }
        tidy_.clear();
        if (!tidy) {
            auto parts = parts_;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                parts[i] = tidy_parts_[i] ? std::string_view(*tidy_parts_[i]) : parts[i];
            }
            const auto made = make_anchor(context_.schema, type_.type, parts, anchor_buffer_);
            if (context_.layout.trim || made.flaw == AnchorFlaw::empty) {
                return made;
            }
            tidy_ = made.flaw == AnchorFlaw::none ? std::string(made.text) : std::string{};
        }
        const auto made = make_anchor(context_.schema, type_.type, parts_, anchor_buffer_);
        if (made.text == tidy_) {
            tidy_.clear();  // of a type that takes blanks
        }
        return made;
    }

    void tell_untidy(const Row& row, const AnchorResult& anchor) {
        ReadProblem problem;
        problem.type = type_.type;
        problem.anchor = anchor.text;
        problem.tidy_anchor = tidy_;
        problem.where = where_;
        problem.code = "untidy-key";
        problem.message = fmt::format(
            "'{}' is '{}', with blanks around it or invisible characters in it; remove "
            "them, or set trim: true to take it for '{}'",
            reader_.header()[anchor_[0]], row.cells[anchor_[0]].substr(0, 80), tidy_);
        problem.entry_follows = anchor.flaw == AnchorFlaw::none;
        context_.sink.problem(std::move(problem));
    }

    void add_cell(const Column& column, std::string_view cell) {
        if (context_.layout.trim) {
            cell = trim(cell);
        }
        if (!column.multi) {
            if (!cell.empty()) {
                add_value(column, cell);
            }
            return;
        }
        const std::string_view delimiter = context_.layout.multi_value_delimiter;
        while (!cell.empty()) {
            const auto end = std::min(cell.find(delimiter), cell.size());
            if (end > 0) {
                add_value(column, cell.substr(0, end));
            }
            cell.remove_prefix(std::min(end + delimiter.size(), cell.size()));
        }
    }

    /// `text` must hold until the entry has been handed over.
    void add_value(const Column& column, std::string_view text) {
        text = spelled(column, text);
        if (!text.empty() || !context_.layout.trim) {
            values_.push_back({column.attribute, text});
        }
    }

    /// A value as it is handed over; `text` must hold as long.
    std::string_view spelled(const Column& column, std::string_view text) {
        if (context_.layout.trim) {
            text = trim(text);
            if (const auto tidy = column.key ? tidied_key(text) : std::optional<std::string>{}) {
                text = keep(*tidy);
            }
        }
        if (column.anchor_type) {
            if (const auto anchor = canonical(*column.anchor_type, text, value_buffer_)) {
                text = keep(*anchor);
            }
        }
        return text;
    }

    std::string_view keep(std::string_view text) {
        auto* copy = static_cast<char*>(arena_.allocate(text.size(), 1));
        std::ranges::copy(text, copy);
        return {copy, text.size()};
    }

    /// A row that cannot be read still shows that its object is there, if it says which.
    void flawed(const Row& row) {
        std::string anchor;
        const bool shifted = row.flaw != RowFlaw::not_utf8;
        const auto cells = row.cells.size();
        if (std::ranges::all_of(anchor_, [&](auto c) { return c < cells; }) &&
            (leading_ || !shifted)) {
            const auto made = anchor_of(row);
            if (made.flaw == AnchorFlaw::none && valid_utf8(made.text)) {
                anchor = tidy_.empty() ? made.text : tidy_;
            }
        }
        if (row.holds_more && unreadable_.empty()) {
            unreadable_ = where_ + ": a row cannot be read, and others may have gone into it";
        }
        if (context_.wanted != nullptr && !context_.wanted->contains(anchor)) {
            return;
        }
        for (auto& related : related_) {
            if (!anchor.empty()) {
                related.claim(anchor);
            }
        }
        if (anchor.empty() && unreadable_.empty()) {
            unreadable_ = where_ + ": a row cannot be read and does not say whose it is";
        }
        auto text = describe_flaw(row, reader_.header().size());
        report(std::move(anchor), text.code, std::move(text.message));
    }

    void refuse_anchor(const Row& row, AnchorFlaw flaw) {
        if (context_.wanted != nullptr) {
            return;
        }
        const auto& name = reader_.header()[anchor_[0]];
        const auto cell = row.cells[anchor_[0]].substr(0, 80);
        switch (flaw) {
            case AnchorFlaw::empty:
                report({}, "no-anchor",
                       fmt::format("'{}' is empty, so nothing says whose row this is; fill it in",
                                   name),
                       true);
                return;
            case AnchorFlaw::not_canonical:
                report({}, "bad-anchor",
                       fmt::format("'{}' is '{}', which is not what its type takes: {}", name, cell,
                                   expectation()),
                       true);
                return;
            case AnchorFlaw::too_long:
                report({}, "anchor-too-long",
                       fmt::format("the anchor '{}…' is longer than {} bytes", cell,
                                   limits::kAnchorBytes),
                       true);
                return;
            case AnchorFlaw::none:
                break;
        }
        MUSTER_ASSERT(false, "no flaw");
    }

    std::string expectation() const {
        std::string text;
        for (const auto id : context_.schema.type(type_.type).anchor) {
            const auto& attribute = context_.schema.attribute(id);
            text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", attribute.name,
                                type_expectation(attribute.type));
        }
        return text;
    }

    void report(std::string anchor, const char* code, std::string message, bool anybody = false) {
        ReadProblem problem;
        problem.type = type_.type;
        problem.anchor = std::move(anchor);
        problem.where = where_;
        problem.code = code;
        problem.message = std::move(message);
        problem.anybody = anybody;
        context_.sink.problem(std::move(problem));
    }

    /// Says why not everything was shown.
    std::string finish() {
        for (auto& related : related_) {
            if (related.changed()) {
                return related.name() + " was written to while it was read";
            }
            if (context_.wanted == nullptr && reader_.cut_short().empty()) {
                related.report_unclaimed(context_.sink);
            }
        }
        return reader_.cut_short().empty() ? unreadable_ : reader_.cut_short();
    }

    struct Placed {
        const Column* column;
        std::size_t position;
    };

    ImportContext& context_;
    const TypeLayout& type_;
    Reader reader_;
    std::vector<Placed> placed_;
    std::vector<std::size_t> anchor_;  // positions of its parts in a row
    std::vector<std::string_view> parts_;
    bool leading_ = false;
    std::deque<RelatedFile> related_;
    std::string where_;
    std::size_t where_prefix_ = 0;
    std::string anchor_buffer_;
    std::string value_buffer_;
    std::vector<std::byte> first_block_ = std::vector<std::byte>(64u << 10);
    std::pmr::monotonic_buffer_resource arena_{first_block_.data(), first_block_.size()};
    std::vector<EntryValue> values_;
    std::vector<EntryFlaw> flaws_;
    std::shared_ptr<const OwnerlessValues> ownerless_;  // of related rows that nobody claims
    std::vector<std::optional<std::string>> tidy_parts_;
    std::string tidy_;
    std::string unreadable_;
};

}  // namespace

std::string import_type(ImportContext& context, const TypeLayout& type) {
    if (type.ours && stamp_of(type.path) == FileStamp{}) {
        return {};
    }
    return TypeImport(context, type).run();
}

std::uint64_t bytes_of(const TypeLayout& type) {
    std::set<std::pair<std::string, std::string>> files{{type.path, ""}};
    for (const auto* column : type.related()) {
        files.emplace(column->related->path, column->related->key);
    }
    std::uint64_t bytes = 0;
    for (const auto& [path, key] : files) {
        std::error_code missing;  // opening it will say so
        const auto size = std::filesystem::file_size(path, missing);
        bytes += missing ? 0 : size;
    }
    return bytes;
}

}  // namespace muster::csv
