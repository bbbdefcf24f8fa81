#include <fmt/format.h>

#include "base/time.h"
#include "engine/expression_library.h"

namespace muster {

namespace {

constexpr std::int64_t kMostDays = 4'000'000;  // more than the years that can be written

Instant read(const HelperArguments& a, int position) {
    const auto text = a.text(position);
    auto t = parse_instant(text);
    if (!t) {
        t = parse_generalized_time(text);
    }
    if (!t) {
        throw BadArgument(fmt::format("\"{}\" is no date and time", text));
    }
    return *t;
}

HelperValue date_parse(const HelperArguments& a) {
    const auto text = a.text(1);
    auto t = a.count() > 1 ? parse_instant(text, a.text(2)) : parse_instant(text);
    if (!t && a.count() == 1) {
        t = parse_generalized_time(text);
    }
    return t ? HelperValue(format_instant(*t)) : HelperValue();
}

HelperValue date_format(const HelperArguments& a) {
    auto text = format_instant(read(a, 1), a.text(2));
    if (!text) {
        throw BadArgument(fmt::format("the pattern \"{}\" holds an unknown conversion", a.text(2)));
    }
    return std::move(*text);
}

HelperValue date_add_days(const HelperArguments& a) {
    const auto start = read(a, 1);
    const auto days = a.integer(2);
    if (days >= -kMostDays && days <= kMostDays) {
        const auto moved = start + std::chrono::hours(24) * days;
        auto text = format_instant(moved);
        if (parse_instant(text) == moved) {
            return text;
        }
    }
    throw BadArgument("the result is beyond the years 0000 to 9999");
}

HelperValue date_before(const HelperArguments& a) {
    return read(a, 1) < read(a, 2);
}

HelperValue date_after(const HelperArguments& a) {
    return read(a, 1) > read(a, 2);
}

constexpr Helper kHelpers[] = {
    {"date", "parse", "s, pattern",
     "The date and time s stands for, by ISO 8601 or LDAP's spelling, or by a pattern of `%Y %y %m "
     "%d "
     "%e %H %M %S %b %B`; nil where it is none.",
     date_parse},
    {"date", "format", "d, pattern",
     "d by a pattern of `%Y %y %m %d %e %j %H %I %p %M %S %a %A %b %B`, in UTC, names in English.",
     date_format},
    {"date", "add_days", "d, n", "n days later; earlier where n is negative.", date_add_days},
    {"date", "before", "a, b", "Whether a is earlier than b.", date_before},
    {"date", "after", "a, b", "Whether a is later than b.", date_after},
};

}  // namespace

std::span<const Helper> date_helpers() {
    return kHelpers;
}

}  // namespace muster
