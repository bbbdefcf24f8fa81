#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace muster {

/// 128 bits of XXH3: wide enough that equal digests mean equal inputs for every population Muster
/// can hold (2^64 inputs for an even chance of one collision). Not cryptographic. Zero means
/// "none".
struct Digest {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    explicit operator bool() const { return (low | high) != 0; }
    friend auto operator<=>(const Digest&, const Digest&) = default;
    friend std::size_t hash_value(const Digest& d) noexcept { return d.low; }
};

/// Digest of some bytes. `seed` separates uses.
Digest digest(std::string_view bytes, std::uint64_t seed = 0);

/// 32 lower-case hexadecimal digits, the high half first.
std::string hex(const Digest& digest);

/// Digest of a sequence of fields, in which ("a","bc") and ("ab","c") differ.
class Digester {
 public:
    Digester();
    ~Digester();
    Digester(const Digester&) = delete;
    Digester& operator=(const Digester&) = delete;

    void reset();
    void add(std::string_view field);  ///< a field and its length
    void add(std::uint64_t number);
    Digest finish() const;  ///< of everything added since reset; may be called repeatedly

 private:
    struct State;
    State* state_;
};

}  // namespace muster

template <>
struct std::hash<muster::Digest> {
    std::size_t operator()(const muster::Digest& d) const noexcept { return d.low; }
};
