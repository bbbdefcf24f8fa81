#include "cli/population.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/population_names.h"

namespace muster {

namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kYearDays = std::uint64_t{28} * 12;  // of months every one of which exists
constexpr std::uint64_t kReports = 8;                        // people under one manager

// What is rolled for a person or a group; moved and changed people roll again.
enum Roll : std::uint64_t {
    kGivenName,
    kLastName,
    kTitle,
    kDepartment,
    kPhone,
    kMobile,
    kOffice,
    kPlace,
    kHired,
    kHours,
    kType,
    kLanguages,
    kUuidHigh,
    kUuidLow,
    kOwner,
    kFirstMember,
    kStride,
    kGroupName,
    kManager,
    kAgain = 100,
};

/// SplitMix64 (Steele, Lea, Flood 2014): every number well mixed, from a counter.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/// Version 8 (RFC 9562): bits of our own making.
std::string uuid(std::uint64_t high, std::uint64_t low) {
    high = (high & ~0xF000ull) | 0x8000;
    low = (low & ~(3ull << 62)) | (1ull << 63);
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                       high & 0xFFFF, low >> 48, low & 0xFFFFFFFFFFFF);
}

}  // namespace

SyntheticPopulation::SyntheticPopulation(std::uint64_t people, std::uint64_t seed, int date,
                                         std::uint64_t changes_ppm)
    : people_(people),
      seed_(seed),
      date_(date),
      changes_ppm_(changes_ppm),
      joiners_((changes_before(people) + 1) / 4),
      groups_(std::max<std::uint64_t>(3, people / 10)) {}

std::uint64_t SyntheticPopulation::roll(std::uint64_t what, std::uint64_t number) const {
    return mix(mix(mix(seed_) + what) + number);
}

/// How many of the people before this one differ on the second date: they are spread evenly.
std::uint64_t SyntheticPopulation::changes_before(std::uint64_t number) const {
    return (number * changes_ppm_ + kMillion - 1) / kMillion;
}

SyntheticPopulation::Fate SyntheticPopulation::fate(std::uint64_t number) const {
    if (date_ == 1) {
        return Fate::same;
    }
    if (number >= people_) {
        return Fate::joined;
    }
    const auto before = changes_before(number);
    if (changes_before(number + 1) == before) {
        return Fate::same;
    }
    switch (before % 4) {
        case 0:
            return Fate::changed;
        case 1:
            return Fate::moved;
        case 2:
            return Fate::same;  // stands for one of those who joined
        default:
            return Fate::left;
    }
}

bool SyntheticPopulation::is_there(std::uint64_t number) const {
    return fate(number) != Fate::left;
}

/// People two steps below the top lead the departments; everybody below is in theirs.
std::uint64_t SyntheticPopulation::home_department(std::uint64_t number) const {
    while (number > kReports * (kReports + 1)) {
        number = (number - 1) / kReports;
    }
    return roll(kDepartment, number);
}

/// Whoever is above and still there.
std::optional<std::uint64_t> SyntheticPopulation::manager(std::uint64_t number, bool moved) const {
    if (moved && number > 0) {
        const auto other = roll(kManager, number) % number;
        return is_there(other) ? std::optional(other) : manager(other, false);
    }
    while (number > 0) {
        number = number >= people_ ? (number - 1) / kReports % people_ : (number - 1) / kReports;
        if (is_there(number)) {
            return number;
        }
    }
    return std::nullopt;
}

SyntheticPopulation::Person SyntheticPopulation::person(std::uint64_t number) const {
    const auto f = fate(number);
    const bool moved = f == Fate::moved;
    const auto rolled = [&](std::uint64_t what) { return roll(what, number); };
    const auto changeable = [&](std::uint64_t what) {
        return rolled(f == Fate::changed ? what + kAgain : what);
    };
    const auto& place = names::place(rolled(moved ? kPlace + kAgain : kPlace));
    const auto department = moved ? rolled(kDepartment + kAgain) : home_department(number);
    const auto hours = rolled(kHours) % 8;
    const auto days = rolled(kHired) % (kYearDays * 30);
    Person p;
    p.id = person_id(number);
    p.employee_number = 100'000 + number * 7;
    p.uuid = uuid(rolled(kUuidHigh), rolled(kUuidLow));
    p.given_name = names::given(rolled(kGivenName));
    // Every third of the changed has married.
    p.last_name = names::last(number % 3 == 0 ? changeable(kLastName) : rolled(kLastName));
    p.title = names::title(changeable(kTitle));
    p.department = names::department(department);
    p.cost_center = 1'000 + static_cast<int>(department % names::departments()) * 10;
    p.phone = fmt::format("{} {:03} {:06}", place.dialling_code, 100 + department % 900,
                          changeable(kPhone) % kMillion);
    p.mobile = fmt::format("{} 7{:02} {:06}", place.dialling_code, rolled(kMobile) % 100,
                           (rolled(kMobile) >> 8) % kMillion);
    p.office = fmt::format("{}{}.{:03}", static_cast<char>('A' + rolled(kOffice) % 8),
                           (rolled(kOffice) >> 8) % 9, (changeable(kOffice) >> 16) % 400);
    p.city = place.city;
    p.country = place.country;
    p.hired = f == Fate::joined ? "2026-02-01"
                                : fmt::format("{}-{:02}-{:02}", 1995 + days / kYearDays,
                                              days / 28 % 12 + 1, days % 28 + 1);
    p.full_time = hours > 1;
    p.weekly_hours = hours > 1 ? "38.5" : hours == 1 ? "20" : "12.75";
    p.employee_type = names::employee_type(rolled(kType));
    p.languages = names::languages(rolled(kLanguages));
    p.manager = manager(number, moved);
    return p;
}

std::string SyntheticPopulation::group_name(std::uint64_t group) const {
    if (group == 0) {
        return "Half of everybody";
    }
    const auto choice = roll(kGroupName, group);
    return fmt::format("{} {} {}", names::department(choice),
                       names::title(choice / names::departments()), group);
}

std::uint64_t SyntheticPopulation::group_owner(std::uint64_t group) const {
    const auto owner = roll(kOwner, group) % people_;
    return is_there(owner) ? owner : manager(owner, false).value_or(0);
}

std::uint64_t SyntheticPopulation::group_size(std::uint64_t group) const {
    return group == 0 ? people_ / 2 : std::max<std::uint64_t>(1, people_ / (4 * (group + 1)));
}

void SyntheticPopulation::members(std::uint64_t group,
                                  const std::function<void(std::uint64_t)>& member) const {
    // A walk round the circle of people: a stride prime to their number meets each of them once.
    const auto start = roll(kFirstMember, group) % people_;
    auto stride = 1 + roll(kStride, group) % (people_ - 1);
    while (std::gcd(stride, people_) != 1) {
        --stride;
    }
    const auto size = group_size(group);
    auto spare = size;  // the walk goes on with those who take the place of others
    const auto at = [&](std::uint64_t step) { return (start + step * stride) % people_; };
    const auto offset = roll(kFirstMember + kAgain, group) % kMillion;  // tiny groups change, too
    for (std::uint64_t i = 0; i < size; ++i) {
        auto step = i;
        const bool replaced = date_ == 2 && (offset + (i + 1) * changes_ppm_) / kMillion !=
                                                (offset + i * changes_ppm_) / kMillion;
        if (replaced && spare < people_) {
            step = spare++;
        }
        if (is_there(at(step))) {
            member(at(step));
        }
    }
    if (date_ == 2) {  // whoever joins is in one group, and every second one in the large one
        const auto step = group == 0 ? 2 : groups_;
        for (auto i = group % step; i < joiners_; i += step) {
            member(people_ + i);
        }
    }
}

std::string SyntheticPopulation::person_id(std::uint64_t number) {
    return fmt::format("P{:07}", number + 1);
}

std::string SyntheticPopulation::group_id(std::uint64_t group) {
    return fmt::format("G{:06}", group + 1);
}

std::uint64_t SyntheticPopulation::departments() {
    return names::departments();
}

std::string_view SyntheticPopulation::department(std::uint64_t department) {
    return names::department(department);
}

}  // namespace muster
