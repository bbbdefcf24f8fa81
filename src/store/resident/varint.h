#pragma once

#include <cstdint>
#include <string>

namespace muster::resident {

/// Appends a number in seven bits a byte, the lowest first; the last byte is below 128.
inline void put_varint(std::string& out, std::uint64_t number) {
    while (number >= 0x80) {
        out.push_back(static_cast<char>(number | 0x80));
        number >>= 7;
    }
    out.push_back(static_cast<char>(number));
}

/// Reads what put_varint wrote and moves `at` behind it.
inline std::uint64_t get_varint(const char*& at) {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        const auto byte = static_cast<std::uint8_t>(*at++);
        number |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return number;
        }
    }
}

}  // namespace muster::resident
