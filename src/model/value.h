#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

/// The types an attribute can have.
enum class Type : std::uint8_t {
    text,     ///< well-formed UTF-8
    integer,  ///< 64-bit, signed
    decimal,  ///< exact; up to limits::kDecimalDigits digits
    boolean,
    datetime,  ///< UTC, to the microsecond
    guid,
    binary,
    reference,  ///< to another object; kept as a link, never inside a Document
};

inline constexpr Type kAllTypes[] = {Type::text,     Type::integer, Type::decimal, Type::boolean,
                                     Type::datetime, Type::guid,    Type::binary,  Type::reference};

std::string_view type_name(Type type);
std::optional<Type> type_from_name(std::string_view name);

// Everywhere inside Muster a value is its canonical text: one spelling per value and type, so that
// equality, hashing, ordering of sets and storage are those of bytes.
//
//   text, reference   as it is             integer   -?digits, no leading zeros, no "-0"
//   boolean           true, false          decimal   as integer, or with a fraction that does not
//   end in 0 datetime          format_instant       guid      lower case, 8-4-4-4-12 binary base64,
//   padded

/// Brings a value into its canonical text. `text` may be spelled otherwise (" 007", "TRUE",
/// "{GUID}", an offset in a datetime). On success returns the canonical text: a view of `text`
/// itself where that is already canonical, else of `buffer`. Nothing where the text is no value of
/// the type, or exceeds its limits.
[[nodiscard]] std::optional<std::string_view> canonical(Type type, std::string_view text,
                                                        std::string& buffer);

/// What `canonical` accepts, for complaints: "a 64-bit integer", "a date and time (ISO 8601)".
std::string_view type_expectation(Type type);

}  // namespace muster
