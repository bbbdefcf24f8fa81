#include "connect/ldif/record_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "base/limits.h"
#include "base/text.h"

namespace muster::ldif {

namespace {

constexpr std::size_t kBufferBytes = 1u << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kSpareBytes = 4u << 10;  // room to see the end of a small file

char lower_ascii(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// An attribute description (RFC 4512 2.5); underscores are common, if not allowed.
bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == ';' || c == '.' || c == '_';
    });
}

/// A physical line without its end.
std::string_view without_end(std::string_view line) {
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

bool starts_record(std::string_view line) {
    constexpr std::string_view kDn = "dn:";
    return line.size() >= kDn.size() &&
           std::ranges::equal(line.substr(0, kDn.size()), kDn, {}, lower_ascii);
}

bool holds_start_of_record(std::string_view line) {
    for (auto at = line.find('\r'); at != std::string_view::npos; at = line.find('\r', at + 1)) {
        if (starts_record(line.substr(at + 1))) {
            return true;
        }
    }
    return false;
}

std::string_view skip_blanks(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower_ascii, lower_ascii);
}

RecordReader::RecordReader(const std::string& path) : file_(path) {
    buffer_.resize(std::min<std::size_t>(kBufferBytes, file_.size() + kSpareBytes));
}

void RecordReader::refill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) {
        buffer_.resize(2 * buffer_.size());
    }
    const auto got = file_.read(buffer_.data() + end_, buffer_.size() - end_);
    end_ += got;
    last_ = got == 0;
}

/// Finds the lines up to the next empty one, or to the end of the file; false where nothing is left
/// or the block is longer than any may be.
bool RecordReader::find_block() {
    std::size_t scanned = 0;  // lines before this are known not to be empty
    for (;;) {
        const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
        for (;;) {
            const auto line_feed = rest.find('\n', scanned);
            if (line_feed == std::string_view::npos) {
                break;
            }
            const auto line = rest.substr(scanned, line_feed - scanned);
            scanned = line_feed + 1;
            if (line.empty() || line == "\r") {
                block_bytes_ = scanned;
                return true;
            }
        }
        if (last_) {
            block_bytes_ = rest.size();
            return !rest.empty();
        }
        if (rest.size() > limits::kRecordBytes) {
            cut_short_ = fmt::format("{}:{}: a record of more than {} MiB; the rest was not read",
                                     file_.name(), line_, limits::kRecordBytes >> 20);
            return false;
        }
        refill();
    }
}

bool RecordReader::next() {
    while (!ended_) {
        if (!find_block()) {
            finish();
            break;
        }
        const std::string_view block(buffer_.data() + begin_, block_bytes_);
        record_.line = line_;
        parse(block);
        line_ += static_cast<std::uint64_t>(std::ranges::count(block, '\n'));
        begin_ += block_bytes_;
        consumed_ += block_bytes_;
        if (!block.ends_with('\n')) {
            cut_short_ =
                fmt::format("{}:{}: the file ends in the middle of a line", file_.name(), line_);
            refuse("cut-short", "the file ends in the middle of this record");
        }
        if (!lines_.empty() || record_.flaw != nullptr) {
            return true;
        }
    }
    return false;
}

void RecordReader::finish() {
    ended_ = true;
    if (cut_short_.empty() && file_.changed()) {
        cut_short_ = file_.name() + " was written to while it was read";
    }
}

/// Joins folded lines and drops comments (which may be folded, too) and the version line.
void RecordReader::unfold(std::string_view block) {
    unfolded_.clear();
    lines_.clear();
    bool comment = false;
    while (!block.empty()) {
        const auto line_feed = block.find('\n');
        const auto size = line_feed == std::string_view::npos ? block.size() : line_feed + 1;
        const auto line = without_end(block.substr(0, size));
        block.remove_prefix(size);
        const bool folded = line.starts_with(' ');
        if (folded && !comment) {
            if (lines_.empty()) {
                refuse("bad-line", "a folded line has nothing to continue");
            } else {
                unfolded_.append(line.substr(1));
                lines_.back().length += line.size() - 1;
            }
        }
        if (!folded && !line.empty()) {
            const bool version = first_ && same_name(line.substr(0, 8), "version:");
            comment = line.front() == '#' || version;  // a version line has nothing to it, either
            if (!comment) {
                lines_.push_back({unfolded_.size(), line.size()});
                unfolded_.append(line);
            }
            first_ = first_ && line.front() == '#';
        }
        record_.line += lines_.empty() ? 1 : 0;
    }
}

void RecordReader::parse(std::string_view block) {
    record_.dn = {};
    record_.fields.clear();
    record_.flaws.clear();
    record_.flaw = nullptr;
    record_.message.clear();
    record_.holds_more = false;
    decoded_count_ = 0;
    if (consumed_ == 0 && block.starts_with(kByteOrderMark)) {
        block.remove_prefix(kByteOrderMark.size());
    }
    unfold(block);
    if (take_search_result()) {
        return;
    }
    if (lines_.empty()) {
        record_.line = line_;
    }
    if (decoded_.size() < lines_.size()) {
        decoded_.resize(lines_.size());  // no view into it is held across records
    }
    bool first = true;
    for (const auto& [offset, length] : lines_) {
        const auto line = std::string_view(unfolded_).substr(offset, length);
        // An empty line that is missing, holds a blank, or is a lone carriage return.
        record_.holds_more =
            record_.holds_more || (!first && starts_record(line)) || holds_start_of_record(line);
        first = false;
        if (record_.flaw == nullptr) {
            parse_line(line);
        }
    }
    if (record_.holds_more) {
        refuse("bad-line",
               "another record begins inside this one; leave an empty line between them");
    }
    if (!lines_.empty() && record_.flaw == nullptr && record_.dn.empty()) {
        refuse("no-dn", "the DN is empty");
    }
}

/// What ldapsearch writes between and behind the entries where nobody tells it not to (-LLL): where
/// to look further ("ref:"), and how the search ended ("search:", "result:"). No record; but a
/// search that did not end well has not found everything.
bool RecordReader::take_search_result() {
    const auto line_at = [&](const Span& at) {
        return std::string_view(unfolded_).substr(at.offset, at.length);
    };
    if (lines_.empty()) {
        return false;
    }
    const auto first = line_at(lines_.front());
    if (!first.starts_with("ref:") && !first.starts_with("search:") &&
        !first.starts_with("result:")) {
        return false;
    }
    std::string_view outcome;
    for (const auto& at : lines_) {
        const auto line = line_at(at);
        if (same_name(line.substr(0, 3), "dn:")) {
            return false;
        }
        if (line.starts_with("result:")) {
            outcome = skip_blanks(line.substr(std::string_view("result:").size()));
        }
    }
    if (!outcome.empty() && outcome.substr(0, outcome.find(' ')) != "0" && cut_short_.empty()) {
        cut_short_ = fmt::format("{}:{}: the search that wrote it ended with {}", file_.name(),
                                 line_, valid_utf8(outcome) ? outcome.substr(0, 80) : "…");
    }
    lines_.clear();
    return true;
}

void RecordReader::parse_line(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_name(line.substr(0, colon))) {
        refuse("bad-line", fmt::format("'{}' does not start with a name and ':'",
                                       valid_utf8(line) ? line.substr(0, 40) : "…"));
        return;
    }
    const auto name = line.substr(0, colon);
    auto value = line.substr(colon + 1);
    if (value.starts_with('<')) {
        refuse_value(name, "url-refused",
                     "it names a URL, which is not followed; put the value into the file");
        return;
    }
    if (value.starts_with(':')) {
        auto& bytes = decoded_[decoded_count_++];
        if (!base64_decode(skip_blanks(value.substr(1)), bytes)) {
            refuse_value(name, "bad-base64", "its value is no base64");
            return;
        }
        value = bytes;
    } else {
        value = skip_blanks(value);
    }
    const bool leads = record_.dn.data() == nullptr;
    if (leads != same_name(name, "dn")) {
        refuse("bad-line", leads ? "a record starts with 'dn:'"
                                 : "a second 'dn:'; leave an empty line between records");
    } else if (leads) {
        record_.dn = value;
    } else if (same_name(name, "changetype") || same_name(name, "control")) {
        refuse("change-record", "a record of a change; only records of content are read");
    } else {
        record_.fields.push_back({name, value});
    }
}

/// A record whose name cannot be read is nobody's; any other value concerns only itself.
void RecordReader::refuse_value(std::string_view name, const char* flaw, std::string message) {
    if (record_.dn.data() == nullptr) {
        refuse(flaw, fmt::format("'{}': {}", name, message));
    } else {
        record_.flaws.push_back({name, flaw, std::move(message)});
    }
}

void RecordReader::refuse(const char* flaw, std::string message) {
    if (record_.flaw == nullptr) {
        record_.flaw = flaw;
        record_.message = std::move(message);
    }
}

}  // namespace muster::ldif
