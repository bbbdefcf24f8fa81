#include "connect/csv/editor.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "connect/csv/reader.h"
#include "connect/csv/writer.h"
#include "connect/replace_file.h"
#include "model/anchor.h"

namespace muster::csv {

namespace {

constexpr std::size_t kNoColumn = SIZE_MAX;

/// The value as it is compared: canonical where it is a value of the type at all.
std::string comparable(Type type, std::string_view text) {
    std::string buffer;
    const auto made = canonical(type, text, buffer);
    return std::string(made ? *made : text);
}

std::set<std::string> split(std::string_view cell, std::string_view delimiter) {
    std::set<std::string> values;
    while (!cell.empty()) {
        const auto end = std::min(cell.find(delimiter), cell.size());
        if (end > 0) {
            values.emplace(cell.substr(0, end));
        }
        cell.remove_prefix(std::min(end + delimiter.size(), cell.size()));
    }
    return values;
}

}  // namespace

Editor::Editor(const Schema& schema, const Layout& layout, const TypeLayout& type)
    : schema_(schema), layout_(layout), type_(type), parser_(layout.delimiter) {
    stamp_ = stamp_of(type.path);
    if (stamp_ == FileStamp{}) {
        new_header();
        place_columns();
    } else {
        load();
    }
}

void Editor::new_header() {
    header_ = type_.order;
    const auto add = [this](const std::string& name) {
        if (std::ranges::find(header_, name) == header_.end()) {
            header_.push_back(name);
        }
    };
    for (const auto position : type_.anchor) {
        add(type_.columns[position].name);
    }
    for (const auto& column : type_.columns) {
        if (!column.related) {
            add(column.name);
        }
    }
}

/// Finds every column in the header; those it lacks are added to it.
void Editor::place_columns() {
    for (const auto& column : type_.columns) {
        if (column.related) {
            position_.push_back(kNoColumn);
            continue;
        }
        const auto found = std::ranges::find(header_, column.name);
        position_.push_back(static_cast<std::size_t>(found - header_.begin()));
        if (found == header_.end()) {
            header_.push_back(column.name);
        }
    }
    for (const auto& name : type_.sort) {
        const auto found = std::ranges::find(header_, name);
        if (found == header_.end()) {
            throw Error(
                ErrorCode::configuration,
                fmt::format("{} is to be sorted by '{}', which it does not have", type_.path, name),
                "name one of its columns under sort");
        }
        sort_.push_back(static_cast<std::size_t>(found - header_.begin()));
    }
}

void Editor::load() {
    Reader reader(type_.path, layout_.delimiter);
    stamp_ = reader.file().stamp();
    header_ = reader.header();
    mark_ = reader.has_mark();
    line_end_ = reader.carriage_returns() ? "\r\n" : "\n";
    place_columns();
    text_.reserve(reader.file().size() / 4 * 5);  // what is changed is appended
    while (reader.next()) {
        const auto& row = reader.row();
        if (row.flaw != RowFlaw::none) {
            throw Error(ErrorCode::data,
                        fmt::format("{}:{}: {}", type_.path, row.line,
                                    describe_flaw(row, reader.header().size()).message),
                        "mend the row: a file is rewritten only where every row can be kept");
        }
        keep(row);
    }
    if (!reader.cut_short().empty()) {
        throw Error(ErrorCode::data, reader.cut_short(), "run again when the file is whole");
    }
}

void Editor::keep(const Row& row) {
    Cells cells(row.cells.begin(), row.cells.end());
    cells.resize(header_.size());
    const auto line = add_line(cells);
    std::string anchor;
    if (!find_anchor(cells, anchor)) {
        const auto [place, added] = by_anchor_.emplace(digest(anchor), line);
        if (!added) {
            place->second = kTwice;
        }
    }
}

std::uint32_t Editor::add_line(const Cells& cells) {
    const auto offset = text_.size();
    append_row(text_, std::span<const std::string>(cells), layout_.delimiter);
    const auto number = static_cast<std::uint32_t>(lines_.size());
    lines_.push_back({offset, static_cast<std::uint32_t>(text_.size() - offset)});
    return number;
}

Editor::Cells Editor::cells_of(const Line& line) {
    scratch_.assign(line.length + SpecialFinder::kReach, '\0');
    std::copy_n(text_.data() + line.offset, line.length, scratch_.data());
    parser_.moved();
    const auto* end = scratch_.data() + line.length;
    const auto* next = parser_.parse(scratch_.data(), end, true, row_);
    MUSTER_ASSERT(next == end && row_.flaw == RowFlaw::none, "{}",
                  text_.substr(line.offset, line.length));
    return {row_.cells.begin(), row_.cells.end()};
}

Outcome Editor::apply(const Operation& operation) {
    Outcome outcome;
    outcome.id = operation.id;
    std::optional<Refusal> refusal;
    switch (operation.kind) {
        case Operation::Kind::create:
            refusal = create(operation, outcome);
            break;
        case Operation::Kind::modify:
            refusal = modify(operation, outcome);
            break;
        case Operation::Kind::erase:
            refusal = erase(operation);
            break;
        case Operation::Kind::rename:
            refusal = Refusal{"csv-no-names", "rows of a CSV file have no names to change"};
            break;
    }
    if (refusal) {
        outcome.result = Outcome::Result::refused;
        outcome.code = refusal->code;
        outcome.message = fmt::format("{}: {}", type_.path, refusal->message);
    }
    return outcome;
}

std::optional<Editor::Refusal> Editor::create(const Operation& operation, Outcome& outcome) {
    Cells cells(header_.size());
    for (const auto& one : operation.changes) {
        if (auto refusal = change(cells, one)) {
            return refusal;
        }
    }
    std::string anchor;
    if (auto refusal = find_anchor(cells, anchor)) {
        return refusal;
    }
    if (by_anchor_.contains(digest(anchor))) {
        return Refusal{"csv-exists", fmt::format("there is a row '{}' already", anchor)};
    }
    by_anchor_.emplace(digest(anchor), add_line(cells));
    dirty_ = true;
    outcome.anchor = std::move(anchor);
    return std::nullopt;
}

std::optional<Editor::Refusal> Editor::modify(const Operation& operation, Outcome& outcome) {
    const auto before = digest(operation.anchor);
    const auto found = by_anchor_.find(before);
    if (found == by_anchor_.end()) {
        return Refusal{"csv-missing", fmt::format("there is no row '{}' any more; the next import "
                                                  "will notice",
                                                  operation.anchor)};
    }
    const auto number = found->second;
    if (number == kTwice) {
        return Refusal{"csv-duplicate",
                       fmt::format("several rows are '{}'; leave only one", operation.anchor)};
    }
    auto cells = cells_of(lines_[number]);
    for (const auto& one : operation.changes) {
        if (auto refusal = change(cells, one)) {
            return refusal;
        }
    }
    std::string anchor;
    if (auto refusal = find_anchor(cells, anchor)) {
        return refusal;
    }
    if (anchor != operation.anchor) {
        if (by_anchor_.contains(digest(anchor))) {
            return Refusal{"csv-exists", fmt::format("'{}' cannot become '{}': there is such a row "
                                                     "already",
                                                     operation.anchor, anchor)};
        }
        by_anchor_.erase(before);
        by_anchor_.emplace(digest(anchor), number);
        outcome.anchor = std::move(anchor);
    }
    const auto changed = add_line(cells);
    lines_[number] = lines_[changed];
    lines_.pop_back();
    dirty_ = true;
    return std::nullopt;
}

std::optional<Editor::Refusal> Editor::erase(const Operation& operation) {
    const auto found = by_anchor_.find(digest(operation.anchor));
    if (found == by_anchor_.end()) {
        return std::nullopt;  // as wished
    }
    if (found->second == kTwice) {
        return Refusal{"csv-duplicate",
                       fmt::format("several rows are '{}'; leave only one", operation.anchor)};
    }
    lines_[found->second].erased = true;
    by_anchor_.erase(found);
    dirty_ = true;
    return std::nullopt;
}

std::optional<Editor::Refusal> Editor::change(Cells& cells, const ValueChange& change) const {
    const auto& attribute = schema_.attribute(change.attribute);
    const auto place =
        static_cast<std::size_t>(change.attribute.value - schema_.type(type_.type).first.value);
    const auto& column = type_.columns[place];
    if (column.related) {
        return Refusal{"csv-related", fmt::format("'{}' comes from a related file, which is only "
                                                  "read; take it out of the outbound rule",
                                                  attribute.name)};
    }
    auto& cell = cells[position_[place]];
    const std::string_view delimiter = layout_.multi_value_delimiter;
    for (const auto& value : change.add) {
        if (value.empty()) {
            return Refusal{"csv-empty-value",
                           fmt::format("'{}' is to get an empty text, which a CSV file cannot tell "
                                       "from none",
                                       attribute.name)};
        }
        if (attribute.multi && value.find(delimiter) != std::string::npos) {
            return Refusal{"csv-delimiter",
                           fmt::format("'{}' of '{}' holds '{}', which stands between values; "
                                       "choose another multi_value_delimiter",
                                       value, attribute.name, delimiter)};
        }
    }
    const auto type = column.anchor_type.value_or(attribute.type);
    const auto is_removed = [&](std::string_view value) {
        const auto held = comparable(type, value);
        return std::ranges::any_of(change.remove,
                                   [&](const auto& r) { return comparable(type, r) == held; });
    };
    if (!attribute.multi) {
        if (!change.add.empty()) {
            cell = change.add.back();
        } else if (change.clear || is_removed(cell)) {
            cell.clear();
        }
        return std::nullopt;
    }
    auto values = change.clear ? std::set<std::string>{} : split(cell, delimiter);
    std::erase_if(values, is_removed);
    values.insert(change.add.begin(), change.add.end());
    cell = fmt::format("{}", fmt::join(values, delimiter));
    return std::nullopt;
}

std::optional<Editor::Refusal> Editor::find_anchor(const Cells& cells, std::string& anchor) const {
    std::vector<std::string_view> parts;
    parts.reserve(type_.anchor.size());
    for (const auto place : type_.anchor) {
        parts.emplace_back(cells[position_[place]]);
    }
    std::string buffer;
    const auto made = make_anchor(schema_, type_.type, parts, buffer);
    switch (made.flaw) {
        case AnchorFlaw::none:
            anchor = made.text;
            return std::nullopt;
        case AnchorFlaw::empty:
            return Refusal{"csv-no-anchor", fmt::format("the row would have no '{}', which "
                                                        "identifies it; let a flow give it one",
                                                        type_.columns[type_.anchor[0]].name)};
        case AnchorFlaw::not_canonical:
        case AnchorFlaw::too_long:
            return Refusal{"csv-bad-anchor",
                           fmt::format("'{}' cannot identify a row", fmt::join(parts, "', '"))};
    }
    MUSTER_ASSERT(false, "no such flaw");
}

/// The numbers of the lines in the order in which they are written.
std::vector<std::uint32_t> Editor::sorted() {
    struct Key {
        std::size_t offset;
        std::size_t length;
    };
    std::vector<Key> keys(lines_.size());
    std::vector<std::uint32_t> order;
    std::string bytes;
    for (std::uint32_t i = 0; i < lines_.size(); ++i) {
        if (lines_[i].erased) {
            continue;
        }
        order.push_back(i);
        const auto cells = cells_of(lines_[i]);
        const auto start = bytes.size();
        for (const auto position : sort_) {
            bytes += cells[position];
            bytes += '\0';
        }
        std::string anchor;
        if (!find_anchor(cells, anchor)) {
            bytes += anchor;
        }
        keys[i] = {start, bytes.size() - start};
    }
    std::ranges::sort(order, {}, [&](std::uint32_t i) {
        return std::pair(std::string_view(bytes).substr(keys[i].offset, keys[i].length), i);
    });
    return order;
}

bool Editor::save() {
    ReplaceFile file(type_.path);
    std::string line;
    if (mark_) {
        line = "\xEF\xBB\xBF";
    }
    append_row(line, std::span<const std::string>(header_), layout_.delimiter);
    file.append(line + line_end_);
    for (const auto i : sorted()) {
        file.append(std::string_view(text_).substr(lines_[i].offset, lines_[i].length));
        file.append(line_end_);
    }
    file.prepare();
    if (stamp_of(type_.path) != stamp_) {
        throw Error(ErrorCode::connection,
                    type_.path + " was written to by somebody else; nothing was replaced",
                    "import it again, then export");
    }
    const bool durable = file.replace();
    stamp_ = stamp_of(type_.path);
    dirty_ = false;
    return durable;
}

}  // namespace muster::csv
