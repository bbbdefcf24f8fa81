#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace muster::postgresql {

// Numbers as PostgreSQL's binary formats have them: most significant byte first.

template <class Number>
void put_number(Number number, std::string& out) {
    char bytes[sizeof(Number)];
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        bytes[i] =
            static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * (sizeof(Number) - 1 - i)));
    out.append(bytes, sizeof(Number));
}
inline void put16(std::int16_t number, std::string& out) {
    put_number(number, out);
}
inline void put32(std::int32_t number, std::string& out) {
    put_number(number, out);
}
inline void put64(std::int64_t number, std::string& out) {
    put_number(number, out);
}

/// Reads a signed number of 1 to 8 bytes.
inline std::int64_t get_number(const char* bytes, std::size_t size) {
    std::uint64_t number = size > 0 && static_cast<signed char>(bytes[0]) < 0 ? ~0ull : 0;
    for (std::size_t i = 0; i < size; ++i)
        number = (number << 8) | static_cast<unsigned char>(bytes[i]);
    return std::bit_cast<std::int64_t>(number);
}

// PostgreSQL's text holds neither NUL nor ill-formed UTF-8, both of which may reach Muster (in
// identifiers of directories, in messages of servers). They are written behind U+001A, which is
// written so itself; texts without any of these are stored as they are.

/// `text` as a column holds it; a view of `text` itself wherever it can be.
std::string_view stored_text(std::string_view text, std::string& buffer);
/// The inverse.
std::string_view original_text(std::string_view stored, std::string& buffer);

/// The same for JSON, where jsonb refuses the escape \u0000 even inside strings.
std::string_view stored_json(std::string_view json, std::string& buffer);
std::string_view original_json(std::string_view stored, std::string& buffer);

}  // namespace muster::postgresql
