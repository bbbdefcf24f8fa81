#include "cli/console.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <ostream>

namespace muster {
namespace {

std::string_view escape_sequence(Style style) {
    switch (style) {
        case Style::plain:
            return "";
        case Style::strong:
            return "\x1b[1m";
        case Style::faint:
            return "\x1b[2m";
        case Style::good:
            return "\x1b[32m";
        case Style::warning:
            return "\x1b[33m";
        case Style::bad:
            return "\x1b[31m";
    }
    return "";
}

/// Calls `point(code point, its bytes)` for each; ill-formed bytes come one by one as -1.
template <class Function>
void each_code_point(std::string_view text, Function&& point) {
    while (!text.empty()) {
        utf8proc_int32_t code = -1;
        const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &code);
        const auto taken = length > 0 ? static_cast<std::size_t>(length) : 1;
        point(length > 0 ? code : -1, text.substr(0, taken));
        text.remove_prefix(taken);
    }
}

bool is_control(utf8proc_int32_t code) {
    const bool c0_or_c1 = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const bool direction = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return c0_or_c1 || direction || code == 0x2028 || code == 0x2029;
}

}  // namespace

std::string styled(const Console& console, Style style, std::string_view text) {
    if (!console.colour || style == Style::plain) {
        return std::string(text);
    }
    return fmt::format("{}{}\x1b[0m", escape_sequence(style), text);
}

std::string printable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    each_code_point(text, [&](utf8proc_int32_t code, std::string_view bytes) {
        if (!is_control(code)) {
            result += bytes;
        } else if (code == '\n') {
            result += "\\n";
        } else if (code == '\t') {
            result += "\\t";
        } else {
            for (const char byte : bytes) {
                result += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
            }
        }
    });
    return result;
}

std::string thousands(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (auto position = digits.size(); position > 3; position -= 3) {
        digits.insert(position - 3, ",");
    }
    return digits;
}

std::string counted(std::uint64_t number, std::string_view noun) {
    return fmt::format("{} {}{}", thousands(number), noun, number == 1 ? "" : "s");
}

std::string moment_text(Instant moment) {
    return format_instant(std::chrono::floor<std::chrono::seconds>(moment));
}

std::string duration_text(double seconds) {
    if (seconds < 10) {
        return fmt::format("{:.2f} s", std::max(seconds, 0.0));
    }
    if (seconds < 60) {
        return fmt::format("{:.0f} s", seconds);
    }
    const auto whole = static_cast<std::uint64_t>(seconds);
    if (whole < 3600) {
        return fmt::format("{} min {} s", whole / 60, whole % 60);
    }
    return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string age_text(Instant then, Instant present) {
    constexpr std::int64_t kHour = 3'600;
    constexpr std::int64_t kDay = 24 * kHour;
    const auto seconds = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::seconds>(present - then).count());
    const auto said = [](std::int64_t count, std::string_view unit) {
        return counted(static_cast<std::uint64_t>(count), unit) + " ago";
    };
    if (seconds < 60) {
        return fmt::format("{} s ago", seconds);
    }
    if (seconds < kHour) {
        return fmt::format("{} min ago", seconds / 60);
    }
    return seconds < 2 * kDay ? said(seconds / kHour, "hour") : said(seconds / kDay, "day");
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    each_code_point(text, [&](utf8proc_int32_t code, std::string_view) {
        width += code < 0 ? 1 : static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code)));
    });
    return width;
}

std::string folded(const Console& console, std::string_view text, std::string_view indent,
                   std::size_t used) {
    if (console.width == 0 || used + display_width(text) <= console.width) {
        return std::string(text);
    }
    std::string result;
    bool line_empty = true;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto width = display_width(word);
        if (!line_empty && used + 1 + width > console.width) {
            result += '\n';
            result += indent;
            used = display_width(indent);
            line_empty = true;
        }
        result += line_empty ? "" : " ";
        result += word;
        used += width + (line_empty ? 0 : 1);
        line_empty = false;
    }
    return result;
}

namespace {

/// Under the cell itself, or, where that leaves too little, a little in.
std::string indent_of_folds(const Console& console, std::size_t column) {
    constexpr std::size_t kLeast = 30;
    constexpr std::size_t kLittle = 4;
    return std::string(column + kLeast <= console.width ? column : kLittle, ' ');
}

}  // namespace

void Table::add(std::vector<std::string> cells, Style style) {
    rows_.push_back({std::move(cells), style});
}

void Table::print(const Console& console, std::string_view indent) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.cells.size()));
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row.cells[i]));
        }
    }
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            line += i == 0 ? "" : "  ";
            const bool last = i + 1 == row.cells.size();
            const std::string padding(widths[i] - display_width(row.cells[i]), ' ');
            if (std::ranges::find(right_, i) != right_.end()) {
                line += padding + row.cells[i];
            } else if (last && i > 0) {
                const auto column = display_width(indent) + display_width(line);
                line += folded(console, row.cells[i], indent_of_folds(console, column), column);
            } else {
                line += row.cells[i] + padding;
            }
        }
        line.erase(line.find_last_not_of(' ') + 1);
        console.out << indent << styled(console, row.style, line) << '\n';
    }
}

}  // namespace muster
