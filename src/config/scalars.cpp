#include <algorithm>
#include <charconv>
#include <memory>

#include "base/text.h"
#include "config/shape.h"

namespace muster::config {

namespace {

/// Reads all of `text` as a number; nothing where it is not one, or too large.
template <class T>
std::optional<T> parse_all(std::string_view text) {
    T number{};
    const auto* end = std::to_address(text.end());
    const auto [stop, failure] = std::from_chars(std::to_address(text.begin()), end, number);
    if (text.empty() || failure != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return number;
}

struct Unit {
    std::string_view name;
    std::int64_t seconds;
};
constexpr Unit kUnits[] = {
    {"second", 1}, {"minute", 60}, {"hour", 3'600}, {"day", 86'400}, {"week", 604'800}};
struct SizeUnit {
    std::string_view name;
    unsigned shift;
};
constexpr SizeUnit kSizeUnits[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
constexpr std::uint64_t kLargestSize = 1ull << 50;
constexpr std::int64_t kLongestSeconds = 100LL * 366 * 86'400;  // a century

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) {
    if (text == "true" || text == "True" || text == "TRUE") {
        return true;
    }
    if (text == "false" || text == "False" || text == "FALSE") {
        return false;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    return parse_all<std::uint64_t>(text);
}

std::optional<double> parse_percent(std::string_view text) {
    if (text.ends_with('%')) {
        text = trim(text.substr(0, text.size() - 1));
    }
    const auto number = parse_all<double>(text);
    if (!number || !(*number >= 0 && *number <= 100)) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    const auto blank = text.find_first_not_of("0123456789");
    const auto number = parse_all<std::int64_t>(text.substr(0, blank));
    if (!number || blank == text.npos) {
        return number && *number == 0 ? std::optional(std::chrono::seconds{0}) : std::nullopt;
    }
    auto unit = trim(text.substr(blank));
    for (const auto& known : kUnits) {
        if (unit == known.name ||
            (unit.ends_with('s') && unit.substr(0, unit.size() - 1) == known.name)) {
            return *number <= kLongestSeconds / known.seconds
                       ? std::optional(std::chrono::seconds{*number * known.seconds})
                       : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    const auto blank = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_all<std::uint64_t>(text.substr(0, blank));
    const auto name = trim(text.substr(blank));
    for (const auto& unit : kSizeUnits) {
        if (number && name == unit.name && *number <= kLargestSize >> unit.shift) {
            return *number << unit.shift;
        }
    }
    return std::nullopt;
}

}  // namespace muster::config
