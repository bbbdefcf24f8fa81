#include "config/complaints.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/limits.h"

namespace muster::config {

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

std::uint16_t Complaints::add_file(std::string name) {
    files_.push_back(std::move(name));
    return static_cast<std::uint16_t>(files_.size() - 1);
}

void Complaints::error(Place where, std::string message, std::string cure) {
    if (!full()) {
        ++errors_;
        kept_.push_back({where, std::move(message), std::move(cure), false});
    }
}

void Complaints::warn(Place where, std::string message, std::string cure) {
    if (warnings_ < limits::kConfigComplaints) {
        ++warnings_;
        kept_.push_back({where, std::move(message), std::move(cure), true});
    }
}

bool Complaints::full() const {
    return errors_ >= limits::kConfigComplaints;
}

Location Complaints::location(Place where) const {
    return {files_[where.file], where.line, where.column};
}

std::string Complaints::describe(Place where) const {
    return fmt::format("{}:{}:{}", files_[where.file], where.line, where.column);
}

std::vector<Complaint> Complaints::take() {
    std::ranges::stable_sort(kept_, {}, &Kept::where);
    std::vector<Complaint> all;
    all.reserve(kept_.size());
    for (auto& k : kept_) {
        all.push_back({location(k.where), std::move(k.message), std::move(k.cure), k.warning});
    }
    kept_.clear();
    return all;
}

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
    return fmt::format("there {} {}", candidates.size() == 1 ? "is only" : "are",
                       fmt::join(candidates, ", "));
}

}  // namespace muster::config

namespace muster {

std::string format_complaint(const Complaint& complaint) {
    return fmt::format("{}:{}:{}: {}: {}{}", complaint.where.file, complaint.where.line,
                       complaint.where.column, complaint.warning ? "warning" : "error",
                       complaint.message,
                       complaint.cure.empty() ? "" : fmt::format(" ({})", complaint.cure));
}

bool Loaded::usable() const {
    return std::ranges::all_of(complaints, &Complaint::warning);
}

}  // namespace muster
