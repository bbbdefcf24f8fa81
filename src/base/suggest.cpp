#include "base/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace muster {

namespace {

constexpr std::size_t kLongestCompared = 64;  // names are shorter; longer ones are not mistypings
constexpr std::size_t kFewCandidates = 10;

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`, letter case
/// aside (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = to_lower(a[i - 1]) == to_lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0u : 1u)});
            if (i > 1 && j > 1 && to_lower(a[i - 1]) == to_lower(b[j - 2]) &&
                to_lower(a[i - 2]) == to_lower(b[j - 1])) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::string suggest(std::string_view wrong, const std::vector<std::string_view>& candidates) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, wrong.size() / 3) + 1;
    for (const auto candidate : candidates) {
        if (wrong.size() > kLongestCompared || candidate.size() > kLongestCompared) {
            continue;
        }
        const auto distance = edit_distance(wrong, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    if (!best.empty()) {
        return fmt::format("did you mean '{}'?", best);
    }
    if (candidates.empty() || candidates.size() > kFewCandidates) {
        return {};
    }
    return fmt::format("{}{}", candidates.size() == 1 ? "there is only " : "one of ",
                       fmt::join(candidates, ", "));
}

}  // namespace muster
