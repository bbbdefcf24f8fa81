#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

/// A made-up organisation, as a pure function of its seed: nothing of it is held in memory. People
/// and groups are numbered from 0; those who join by the second date follow the first ones.
class SyntheticPopulation {
 public:
    enum class Fate : std::uint8_t { same, changed, moved, joined, left };

    struct Person {
        std::string id;  ///< P0000001
        std::uint64_t employee_number = 0;
        std::string uuid;
        std::string_view given_name;
        std::string last_name;
        std::string_view title;
        std::string_view department;
        int cost_center = 0;
        std::string phone;
        std::string mobile;
        std::string office;
        std::string_view city;
        std::string_view country;
        std::string hired;  ///< 2019-04-01
        std::string_view weekly_hours;
        bool full_time = true;
        std::string_view employee_type;
        std::string_view languages;            ///< separated by ';'
        std::optional<std::uint64_t> manager;  ///< nobody is the manager of the first
    };

    /// `changes_ppm`: people in a million who differ on the second date.
    SyntheticPopulation(std::uint64_t people, std::uint64_t seed, int date,
                        std::uint64_t changes_ppm);

    /// Numbers to go through; some are not there on the second date.
    std::uint64_t numbers() const { return people_ + (date_ == 2 ? joiners_ : 0); }
    Fate fate(std::uint64_t number) const;
    bool is_there(std::uint64_t number) const;
    Person person(std::uint64_t number) const;

    std::uint64_t groups() const { return groups_; }
    std::string group_name(std::uint64_t group) const;
    std::uint64_t group_owner(std::uint64_t group) const;
    /// Calls for every member who is there. Sizes have a long tail; group 0 holds half of
    /// everybody.
    void members(std::uint64_t group, const std::function<void(std::uint64_t)>& member) const;

    static std::string person_id(std::uint64_t number);
    static std::string group_id(std::uint64_t group);
    /// The departments people can be in.
    static std::uint64_t departments();
    static std::string_view department(std::uint64_t department);

 private:
    std::uint64_t roll(std::uint64_t what, std::uint64_t number) const;
    std::uint64_t changes_before(std::uint64_t number) const;
    std::uint64_t home_department(std::uint64_t number) const;
    std::optional<std::uint64_t> manager(std::uint64_t number, bool moved) const;
    std::uint64_t group_size(std::uint64_t group) const;

    std::uint64_t people_;
    std::uint64_t seed_;
    int date_;
    std::uint64_t changes_ppm_;
    std::uint64_t joiners_;
    std::uint64_t groups_;
};

}  // namespace muster
