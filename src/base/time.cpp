#include "base/time.h"

#include <cstdint>

namespace muster {

namespace {

using std::chrono::microseconds;

constexpr std::size_t kFractionDigits = 9;  // of the shortest spelling; enough for parts of an hour

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Reads a text from left to right; every step says whether it found what it was asked for.
class Scanner {
 public:
    explicit Scanner(std::string_view text) : left_(text) {}

    bool done() const { return left_.empty(); }
    bool at_digit() const { return !left_.empty() && is_digit(left_.front()); }

    bool skip(char c) {
        const bool found = left_.starts_with(c);
        left_.remove_prefix(found ? 1 : 0);
        return found;
    }
    bool skip_any(std::string_view of) {
        const bool found = !left_.empty() && of.find(left_.front()) != std::string_view::npos;
        left_.remove_prefix(found ? 1 : 0);
        return found;
    }
    bool number(std::size_t digits, int& value) {
        if (left_.size() < digits) {
            return false;
        }
        value = 0;
        for (const char c : left_.substr(0, digits)) {
            if (!is_digit(c)) {
                return false;
            }
            value = value * 10 + (c - '0');
        }
        left_.remove_prefix(digits);
        return true;
    }
    /// A decimal fraction of `unit`; false where it is no whole number of microseconds.
    bool fraction(microseconds unit, microseconds& value) {
        std::size_t count = 0;
        while (count < left_.size() && is_digit(left_[count])) {
            ++count;
        }
        if (count == 0) {
            return false;
        }
        auto digits = left_.substr(0, count);
        left_.remove_prefix(count);
        while (!digits.empty() && digits.back() == '0') {
            digits.remove_suffix(1);
        }
        if (digits.size() > kFractionDigits) {
            return false;
        }
        std::int64_t numerator = 0;
        std::int64_t denominator = 1;
        for (const char c : digits) {
            numerator = numerator * 10 + (c - '0');
            denominator *= 10;
        }
        value = microseconds(numerator * unit.count() / denominator);
        return numerator * unit.count() % denominator == 0;
    }

 private:
    std::string_view left_;
};

/// A moment in parts, as it is written.
struct Written {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    microseconds fraction{0};
    std::chrono::minutes offset{0};  ///< of the local time it is written in, east of UTC
};

std::optional<Instant> instant(const Written& w) {
    const std::chrono::year_month_day day{std::chrono::year(w.year),
                                          std::chrono::month(static_cast<unsigned>(w.month)),
                                          std::chrono::day(static_cast<unsigned>(w.day))};
    if (!day.ok() || w.hour > 23 || w.minute > 59 || w.second > 59) {
        return std::nullopt;
    }
    const Instant t = std::chrono::sys_days(day) + std::chrono::hours(w.hour) +
                      std::chrono::minutes(w.minute) + std::chrono::seconds(w.second) + w.fraction -
                      w.offset;
    // An offset may carry the moment out of the years that can be written.
    const std::chrono::year_month_day utc(std::chrono::floor<std::chrono::days>(t));
    if (utc.year() < std::chrono::year(0) || utc.year() > std::chrono::year(9999)) {
        return std::nullopt;
    }
    return t;
}

/// `Z` or an offset (`+01:00`, `+0100`, `+01`).
bool read_zone(Scanner& in, std::chrono::minutes& offset) {
    if (in.skip_any("Zz")) {
        return true;
    }
    const bool west = in.skip('-');
    int hours = 0;
    int minutes = 0;
    if ((!west && !in.skip('+')) || !in.number(2, hours)) {
        return false;
    }
    if ((in.skip(':') || in.at_digit()) && !in.number(2, minutes)) {
        return false;
    }
    offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    if (west) {
        offset = -offset;
    }
    return hours <= 23 && minutes <= 59;
}

void append_digits(std::string& out, unsigned value, unsigned digits) {
    out.append(digits, '0');
    for (auto at = out.size(); digits > 0; --digits, value /= 10) {
        out[--at] = static_cast<char>('0' + value % 10);
    }
}

struct Separators {
    std::string_view date;
    std::string_view day_end;
    std::string_view time;
};

std::string format_with(Instant t, const Separators& separators) {
    const auto days = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day day(days);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(t - days);
    const auto of_day = static_cast<unsigned>(seconds.count());
    const auto fraction = static_cast<unsigned>((t - days - seconds).count());

    std::string out;
    out.reserve(32);
    append_digits(out, static_cast<unsigned>(static_cast<int>(day.year())), 4);
    out += separators.date;
    append_digits(out, static_cast<unsigned>(day.month()), 2);
    out += separators.date;
    append_digits(out, static_cast<unsigned>(day.day()), 2);
    out += separators.day_end;
    append_digits(out, of_day / 3600, 2);
    out += separators.time;
    append_digits(out, of_day / 60 % 60, 2);
    out += separators.time;
    append_digits(out, of_day % 60, 2);
    if (fraction != 0) {
        out += '.';
        append_digits(out, fraction, 6);
        out.erase(out.find_last_not_of('0') + 1);
    }
    out += 'Z';
    return out;
}

}  // namespace

Instant now() {
    return std::chrono::floor<microseconds>(std::chrono::system_clock::now());
}

std::string format_instant(Instant t) {
    return format_with(t, {"-", "T", ":"});
}

std::string format_generalized_time(Instant t) {
    return format_with(t, {"", "", ""});
}

std::optional<Instant> parse_instant(std::string_view text) {
    Scanner in(text);
    Written w;
    if (!in.number(4, w.year) || !in.skip('-') || !in.number(2, w.month) || !in.skip('-') ||
        !in.number(2, w.day)) {
        return std::nullopt;
    }
    if (in.done()) {
        return instant(w);
    }
    if (!in.skip_any("Tt ") || !in.number(2, w.hour) || !in.skip(':') || !in.number(2, w.minute)) {
        return std::nullopt;
    }
    if (in.skip(':')) {
        if (!in.number(2, w.second)) {
            return std::nullopt;
        }
        if (in.skip_any(".,") && !in.fraction(std::chrono::seconds(1), w.fraction)) {
            return std::nullopt;
        }
    }
    if (!in.done() && !(read_zone(in, w.offset) && in.done())) {
        return std::nullopt;
    }
    return instant(w);
}

std::optional<Instant> parse_generalized_time(std::string_view text) {
    Scanner in(text);
    Written w;
    if (!in.number(4, w.year) || !in.number(2, w.month) || !in.number(2, w.day) ||
        !in.number(2, w.hour)) {
        return std::nullopt;
    }
    // RFC 4517, 3.3.13: the fraction is one of the last unit given.
    microseconds unit = std::chrono::hours(1);
    if (in.at_digit()) {
        unit = std::chrono::minutes(1);
        if (!in.number(2, w.minute)) {
            return std::nullopt;
        }
    }
    if (in.at_digit()) {
        unit = std::chrono::seconds(1);
        if (!in.number(2, w.second)) {
            return std::nullopt;
        }
    }
    if (in.skip_any(".,") && !in.fraction(unit, w.fraction)) {
        return std::nullopt;
    }
    if (!read_zone(in, w.offset) || !in.done()) {
        return std::nullopt;
    }
    if (w.second == 60) {
        // A leap second is a time that clocks here do not have: the moment after it stands for it.
        w.second = 59;
        w.fraction = std::chrono::seconds(1);
    }
    return instant(w);
}

}  // namespace muster
