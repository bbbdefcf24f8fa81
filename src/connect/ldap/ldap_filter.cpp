#include "connect/ldap/ldap_filter.h"

#include <algorithm>

#include "base/text.h"

namespace muster {

namespace {

using Verdict = std::optional<bool>;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Evaluates while it reads; a filter is short and read once for each entry that is created.
class FilterReader {
 public:
    FilterReader(std::string_view text, const FilterValues& values)
        : text_(text), values_(values) {}

    Verdict run() {
        const auto verdict = filter();
        return sound_ && at_ == text_.size() ? verdict : std::nullopt;
    }

 private:
    bool take(char c) {
        const bool there = at_ < text_.size() && text_[at_] == c;
        at_ += there ? 1 : 0;
        return there;
    }

    Verdict filter() {
        if (!take('(') || ++depth_ > kDepth) {
            sound_ = false;
            return std::nullopt;
        }
        Verdict verdict;
        if (take('&')) {
            verdict = all_of(true);
        } else if (take('|')) {
            verdict = all_of(false);
        } else if (take('!')) {
            verdict = filter();
            verdict = verdict ? Verdict(!*verdict) : verdict;
        } else {
            verdict = item();
        }
        --depth_;
        sound_ = take(')') && sound_;
        return verdict;
    }

    /// `all` true: whether every one finds; else whether any does.
    Verdict all_of(bool all) {
        bool decided = false;
        bool open = false;
        while (sound_ && at_ < text_.size() && text_[at_] == '(') {
            const auto one = filter();
            open = open || !one;
            decided = decided || (one && *one != all);
        }
        return decided ? Verdict(!all) : open ? std::nullopt : Verdict(all);
    }

    Verdict item() {
        const auto end = text_.find(')', at_);
        const auto equals = text_.find('=', at_);
        if (end == std::string_view::npos || equals == std::string_view::npos || equals > end) {
            sound_ = false;
            return std::nullopt;
        }
        const auto name = lower(text_.substr(at_, equals - at_));
        const auto asserted = text_.substr(equals + 1, end - equals - 1);
        at_ = end;
        const auto known = values_.find(name);  // not there: another comparison, or not known
        if (known == values_.end()) {
            return std::nullopt;
        }
        if (known->second.empty()) {
            return false;
        }
        const bool found = std::ranges::any_of(known->second, [&](const std::string& value) {
            return matches(asserted, fold(value));
        });
        // What classes lie above an entry's own only the directory knows.
        return found ? Verdict(true) : name == "objectclass" ? std::nullopt : Verdict(false);
    }

    /// `asserted` is a value, or pieces of one with a star for whatever stands between.
    bool matches(std::string_view asserted, const std::string& value) const {
        std::vector<std::string> pieces{""};
        for (std::size_t i = 0; i < asserted.size(); ++i) {
            if (asserted[i] == '*') {
                pieces.emplace_back();
            } else if (asserted[i] == '\\' && i + 2 < asserted.size() &&
                       hex_digit(asserted[i + 1]) >= 0 && hex_digit(asserted[i + 2]) >= 0) {
                pieces.back() +=
                    static_cast<char>(hex_digit(asserted[i + 1]) * 16 + hex_digit(asserted[i + 2]));
                i += 2;
            } else {
                pieces.back() += asserted[i];
            }
        }
        if (pieces.size() == 1) {
            return fold(pieces.front()) == value;
        }
        const auto first = fold(pieces.front());
        const auto last = fold(pieces.back());
        if (!value.starts_with(first) || !value.ends_with(last) ||
            value.size() < first.size() + last.size()) {
            return false;
        }
        std::size_t from = first.size();
        for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
            const auto piece = fold(pieces[i]);
            const auto found = value.find(piece, from);
            if (found == std::string::npos) {
                return false;
            }
            from = found + piece.size();
        }
        return from + last.size() <= value.size();
    }

    static constexpr int kDepth = 50;
    std::string_view text_;
    const FilterValues& values_;
    std::size_t at_ = 0;
    int depth_ = 0;
    bool sound_ = true;
};

}  // namespace

std::optional<bool> filter_finds(std::string_view filter, const FilterValues& values) {
    return FilterReader(filter, values).run();
}

}  // namespace muster
