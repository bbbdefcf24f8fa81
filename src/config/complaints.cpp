#include "config/complaints.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/limits.h"

namespace muster::config {

std::uint16_t Complaints::add_file(std::string name) {
    files_.push_back(std::move(name));
    return static_cast<std::uint16_t>(files_.size() - 1);
}

void Complaints::error(Place where, std::string message, std::string cure) {
    if (!full()) {
        ++errors_;
        kept_.push_back({where, std::move(message), std::move(cure), false, kept_.size()});
    }
}

void Complaints::warn(Place where, std::string message, std::string cure) {
    if (warnings_ < limits::kConfigComplaints) {
        ++warnings_;
        kept_.push_back({where, std::move(message), std::move(cure), true, kept_.size()});
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
    std::ranges::sort(kept_, [](const Kept& a, const Kept& b) {
        return std::tie(a.where, a.order) < std::tie(b.where, b.order);
    });
    std::vector<Complaint> all;
    all.reserve(kept_.size());
    for (auto& k : kept_) {
        all.push_back({location(k.where), std::move(k.message), std::move(k.cure), k.warning});
    }
    kept_.clear();
    return all;
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
