#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::names {

// Names as real organisations have them, in several languages and beyond ASCII. Each is chosen by
// any number.

std::string_view given(std::uint64_t choice);
std::string last(std::uint64_t choice);
std::string_view title(std::uint64_t choice);
std::string_view employee_type(std::uint64_t choice);
std::string_view languages(std::uint64_t choice);

std::uint64_t departments();
std::string_view department(std::uint64_t number);

struct Place {
    std::string_view city;
    std::string_view country;
    std::string_view dialling_code;
};
const Place& place(std::uint64_t choice);

}  // namespace muster::names
