#include "base/dn.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <tuple>

#include "base/text.h"

namespace muster {

namespace {

constexpr char kHex[] = "0123456789abcdef";

constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

int hex_digit(char c) {
    const char lower = ascii_lower(c);
    return is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Of a descr (RFC 4512, 1.4); attribute options and the underscore of some directories are let
/// through.
constexpr bool is_type_character(char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == ';';
}

/// A descr or numericoid.
bool is_type(std::string_view type) {
    if (type.empty()) {
        return false;
    }
    if (is_digit(type.front())) {
        return std::ranges::all_of(type, [](char c) { return is_digit(c) || c == '.'; });
    }
    return is_letter(type.front()) && std::ranges::all_of(type, is_type_character);
}

/// Must not stand in a value unescaped.
constexpr bool needs_escape(char c) {
    return c == '\\' || c == '"' || c == '+' || c == ',' || c == ';' || c == '<' || c == '>';
}

/// A backslash may stand before these to mean themselves (RFC 4514, 3).
constexpr bool escapes_itself(char c) {
    return needs_escape(c) || c == '#' || c == '=' || c == ' ';
}

/// Bytes of a BER encoded value of a primitive string type; nothing for anything else.
std::optional<std::string> ber_string(std::string_view ber) {
    constexpr std::array<unsigned char, 6> kStringTags{0x04, 0x0C, 0x12, 0x13, 0x14, 0x16};
    if (ber.size() < 2 ||
        std::ranges::find(kStringTags, static_cast<unsigned char>(ber[0])) == kStringTags.end()) {
        return std::nullopt;
    }
    std::size_t length = static_cast<unsigned char>(ber[1]);
    std::size_t start = 2;
    if (length > 0x80 && length <= 0x84) {
        const std::size_t octets = length - 0x80;
        if (ber.size() < start + octets) {
            return std::nullopt;
        }
        length = 0;
        for (; start < 2 + octets; ++start) {
            length = length << 8 | static_cast<unsigned char>(ber[start]);
        }
    } else if (length >= 0x80) {
        return std::nullopt;
    }
    if (ber.size() - start != length) {
        return std::nullopt;
    }
    return std::string(ber.substr(start));
}

std::optional<std::string> hex_value(std::string_view digits) {
    if (digits.empty() || digits.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string ber;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = hex_digit(digits[i]);
        const int low = hex_digit(digits[i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        ber += static_cast<char>(high * 16 + low);
    }
    return ber_string(ber);
}

/// One part as it stands in the text.
struct RawPart {
    std::string_view type;
    std::string_view value;  ///< escaped, without the blanks around it
    char end = '\0';         ///< ',' or '+'; NUL for the last
};

/// Walks a DN part by part without copying anything; everything that reads DNs is built on it.
class PartReader {
 public:
    explicit PartReader(std::string_view text) : text_(text) {}

    std::size_t position() const { return at_; }

    /// Nothing where the text is no DN from here on. To be asked again while `end` is not NUL.
    std::optional<RawPart> next() {
        RawPart part;
        const auto equals = text_.find('=', at_);
        if (equals == std::string_view::npos) {
            return std::nullopt;
        }
        part.type = strip(text_.substr(at_, equals - at_));
        at_ = equals + 1;
        while (at_ < text_.size() && text_[at_] == ' ') {
            ++at_;
        }
        const auto start = at_;
        auto end = start;  // behind the last character that is not a bare blank
        for (; at_ < text_.size() && text_[at_] != ',' && text_[at_] != '+'; ++at_) {
            const char c = text_[at_];
            if (c == '\\') {
                if (!skip_escape()) {
                    return std::nullopt;
                }
                end = at_ + 1;
            } else if (c == '\0' || needs_escape(c)) {
                return std::nullopt;
            } else if (c != ' ') {
                end = at_ + 1;
            }
        }
        part.value = text_.substr(start, end - start);
        if (at_ < text_.size()) {
            part.end = text_[at_++];
        }
        return is_type(part.type) ? std::optional(part) : std::nullopt;
    }

    static std::string_view strip(std::string_view text) {
        while (text.starts_with(' ')) {
            text.remove_prefix(1);
        }
        while (text.ends_with(' ')) {
            text.remove_suffix(1);
        }
        return text;
    }

 private:
    /// From the backslash to the last character of its escape.
    bool skip_escape() {
        if (at_ + 1 < text_.size() && escapes_itself(text_[at_ + 1])) {
            at_ += 1;
            return true;
        }
        if (at_ + 2 < text_.size() && hex_digit(text_[at_ + 1]) >= 0 &&
            hex_digit(text_[at_ + 2]) >= 0) {
            at_ += 2;
            return true;
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// The value itself; the escapes were checked by PartReader.
std::optional<std::string> unescape(std::string_view raw) {
    if (raw.starts_with('#')) {
        return hex_value(raw.substr(1));
    }
    std::string value;
    value.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\') {
            value += raw[i];
        } else if (escapes_itself(raw[i + 1])) {
            value += raw[++i];
        } else {
            value += static_cast<char>(hex_digit(raw[i + 1]) * 16 + hex_digit(raw[i + 2]));
            i += 2;
        }
    }
    return value;
}

void append_hex(unsigned char byte, std::string& out) {
    out += '\\';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
}

/// Whether `=` in values is escaped. It need not be (RFC 4514), but Active Directory takes it in no
/// other way; in the form in which DNs are compared it stands for itself.
enum class Equals : bool { bare, escaped };

void append_escaped(std::string_view value, Equals equals, std::string& out) {
    const bool text = valid_utf8(value);
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        const auto byte = static_cast<unsigned char>(c);
        const bool at_edge = i == 0 || i + 1 == value.size();
        if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !text)) {
            append_hex(byte, out);
            continue;
        }
        if (needs_escape(c) || (c == '=' && equals == Equals::escaped) || (c == ' ' && at_edge) ||
            (c == '#' && i == 0)) {
            out += '\\';
        }
        out += c;
    }
}

void append_part(const DnPart& part, Equals equals, std::string& out) {
    out += part.type;
    out += '=';
    append_escaped(part.value, equals, out);
}

std::string format(const Dn& dn, Equals equals) {
    std::string out;
    for (const auto& rdn : dn) {
        out += &rdn == dn.data() ? "" : ",";
        for (const auto& part : rdn) {
            out += &part == rdn.data() ? "" : "+";
            append_part(part, equals, out);
        }
    }
    return out;
}

/// Other names of attribute types that names of entries are made of. Directories take them for one,
/// and so do their clients. AD has a streetAddress that is not street, so that this pair is
/// missing.
struct TypeSynonym {
    std::string_view other;
    std::string_view name;
};

/// Each longer than its name; the shorter ones below are no synonyms.
constexpr std::size_t kSynonymsLongerThan = 5;
constexpr TypeSynonym kTypeSynonyms[] = {
    {"commonname", "cn"},
    {"countryname", "c"},
    {"domaincomponent", "dc"},
    {"emailaddress", "email"},
    {"friendlycountryname", "co"},
    {"givenname", "gn"},
    {"localityname", "l"},
    {"organizationalunitname", "ou"},
    {"organizationname", "o"},
    {"pkcs9email", "email"},
    {"rfc822mailbox", "mail"},
    {"stateorprovincename", "st"},
    {"surname", "sn"},
    {"userid", "uid"},
};

constexpr TypeSynonym kTypeOids[] = {
    {"0.9.2342.19200300.100.1.1", "uid"},
    {"0.9.2342.19200300.100.1.25", "dc"},
    {"0.9.2342.19200300.100.1.3", "mail"},
    {"0.9.2342.19200300.100.1.43", "co"},
    {"0.9.2342.19200300.100.1.9", "host"},
    {"1.2.840.113549.1.9.1", "email"},
    {"2.16.840.1.113730.3.1.241", "displayname"},
    {"2.16.840.1.113730.3.1.3", "employeenumber"},
    {"2.5.4.10", "o"},
    {"2.5.4.11", "ou"},
    {"2.5.4.12", "title"},
    {"2.5.4.13", "description"},
    {"2.5.4.3", "cn"},
    {"2.5.4.4", "sn"},
    {"2.5.4.41", "name"},
    {"2.5.4.42", "gn"},
    {"2.5.4.43", "initials"},
    {"2.5.4.46", "dnqualifier"},
    {"2.5.4.5", "serialnumber"},
    {"2.5.4.6", "c"},
    {"2.5.4.7", "l"},
    {"2.5.4.8", "st"},
    {"2.5.4.9", "street"},
};

/// The one name of a type in lower case.
std::string_view one_name(std::string_view type, std::span<const TypeSynonym> synonyms) {
    const auto found = std::ranges::find(synonyms, type, &TypeSynonym::other);
    return found == synonyms.end() ? type : found->name;
}

/// What the fast path of normalize_dn does with a character; `other` leaves it to the slow one.
enum class Plain : std::uint8_t { other, type, value, blank, comma, equals };

constexpr auto kPlain = [] {
    std::array<Plain, 256> table{};
    for (unsigned c = 0x21; c < 0x7F; ++c) {
        table[c] = is_type_character(static_cast<char>(c)) ? Plain::type : Plain::value;
    }
    for (const char c : {'\\', '"', '+', ';', '<', '>', '#'}) {
        table[static_cast<unsigned char>(c)] = Plain::other;
    }
    table[' '] = Plain::blank;
    table[','] = Plain::comma;
    table['='] = Plain::equals;
    return table;
}();

constexpr auto kLower = [] {
    std::array<char, 256> table{};
    for (unsigned c = 0; c < 256; ++c) {
        table[c] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return table;
}();

Plain plain(char c) {
    return kPlain[static_cast<unsigned char>(c)];
}

char lowered(char c) {
    return kLower[static_cast<unsigned char>(c)];
}

/// The fast path: takes a DN of plain ASCII without escapes from `from` to `to`, where there is
/// room for all of it. Each step says whether it is such a DN so far.
struct PlainNormalizer {
    const char* from;
    const char* end;
    char* to;

    void skip_blanks() {
        while (from != end && *from == ' ') {
            ++from;
        }
    }

    bool type() {
        char* start = to;
        skip_blanks();
        while (from != end && plain(*from) == Plain::type) {
            *to++ = lowered(*from++);
        }
        skip_blanks();
        // OIDs, being rare, go the long way.
        if (from == end || *from != '=' || to == start || !is_letter(*start)) {
            return false;
        }
        if (static_cast<std::size_t>(to - start) > kSynonymsLongerThan) {
            const auto name = one_name({start, to}, kTypeSynonyms);
            if (name.data() != start) {
                to = std::ranges::copy(name, start).out;
            }
        }
        *to++ = *from++;
        return true;
    }

    bool value() {
        skip_blanks();
        for (;;) {
            while (from != end && plain(*from) <= Plain::value && plain(*from) != Plain::other) {
                *to++ = lowered(*from++);
            }
            if (from == end || *from == ',') {
                return true;
            }
            if (*from == '=') {
                *to++ = *from++;
            } else if (*from == ' ') {
                skip_blanks();
                if (from != end && *from != ',') {
                    *to++ = ' ';
                }
            } else {
                return false;
            }
        }
    }

    bool run() {
        while (type() && value()) {
            if (from == end) {
                return true;
            }
            *to++ = *from++;
        }
        return false;
    }
};

bool normalize_plain(std::string_view text, std::string& out) {
    out.resize(text.size());
    PlainNormalizer normalizer{text.data(), text.data() + text.size(), out.data()};
    const bool done = normalizer.run();
    out.resize(static_cast<std::size_t>(normalizer.to - out.data()));
    return done;
}

using Folding = std::string (*)(std::string_view);

/// False where the text is no DN.
bool normalize(std::string_view text, Folding folding, std::string& out) {
    if (normalize_plain(text, out)) {
        return true;
    }
    out.clear();
    auto dn = parse_dn(text);
    if (!dn) {
        return false;
    }
    for (auto& rdn : *dn) {
        for (auto& part : rdn) {
            part.type = normalize_type(part.type);
            part.value = folding(part.value);
        }
        std::ranges::sort(rdn, {}, [](const DnPart& p) { return std::tie(p.type, p.value); });
    }
    out = format(*dn, Equals::bare);
    return true;
}

}  // namespace

std::optional<Dn> parse_dn(std::string_view text) {
    Dn dn;
    if (PartReader::strip(text).empty()) {
        return dn;
    }
    PartReader parts(text);
    for (char before = ','; before != '\0';) {
        const auto raw = parts.next();
        if (!raw) {
            return std::nullopt;
        }
        auto value = unescape(raw->value);
        if (!value) {
            return std::nullopt;
        }
        if (before == ',') {
            dn.emplace_back();
        }
        dn.back().push_back({std::string(raw->type), std::move(*value)});
        before = raw->end;
    }
    return dn;
}

std::string format_dn(const Dn& dn) {
    return format(dn, Equals::escaped);
}

std::string format_rdn(std::string_view type, std::string_view value) {
    return format({{{std::string(type), std::string(value)}}}, Equals::escaped);
}

bool same_dn(std::string_view a, std::string_view b) {
    return a == b || normalize_dn(a) == normalize_dn(b);
}

bool respells_first_component(std::string_view a, std::string_view b) {
    const auto one = parse_dn(a);
    const auto other = parse_dn(b);
    if (!one || !other || one->empty() || other->empty()) {
        return false;
    }
    const auto& parts = other->front();
    return std::ranges::any_of(one->front(), [&](const DnPart& part) {
        return std::ranges::none_of(
            parts, [&](const DnPart& of_other) { return of_other.value == part.value; });
    });
}

std::string normalize_type(std::string_view type) {
    std::string lower(type);
    std::ranges::transform(lower, lower.begin(), ascii_lower);
    const bool oid = !lower.empty() && is_digit(lower.front());
    return std::string(
        one_name(lower, oid ? std::span<const TypeSynonym>(kTypeOids) : std::span(kTypeSynonyms)));
}

std::string normalize_dn(std::string_view text) {
    std::string out;
    return normalize(text, fold_simply, out) ? out : fold_simply(text);
}

std::string fold_dn(std::string_view text) {
    std::string out;
    return normalize(text, fold, out) ? out : fold(text);
}

std::string parent_dn(std::string_view text) {
    PartReader parts(text);
    std::size_t parent = 0;
    for (char end = ' '; end != '\0';) {
        const auto part = parts.next();
        if (!part || (part->value.starts_with('#') && !hex_value(part->value.substr(1)))) {
            return {};
        }
        end = part->end;
        if (end == ',' && parent == 0) {
            parent = parts.position();
        }
    }
    if (parent == 0) {
        return {};
    }
    // Only in front: a blank at the end may be an escaped one.
    return std::string(text.substr(std::min(text.find_first_not_of(' ', parent), text.size())));
}

bool dn_is_within(std::string_view dn, std::string_view base) {
    std::string below;
    std::string above;
    if (!normalize(dn, fold_simply, below) || !normalize(base, fold_simply, above) ||
        !below.ends_with(above)) {
        return false;
    }
    if (above.empty() || below.size() == above.size()) {
        return true;
    }
    const std::string_view rest(below.data(), below.size() - above.size());
    if (!rest.ends_with(',')) {
        return false;
    }
    const auto before = rest.substr(0, rest.size() - 1);
    const auto last = before.find_last_not_of('\\');
    const auto slashes = before.size() - (last == std::string_view::npos ? 0 : last + 1);
    return slashes % 2 == 0;  // else the comma is part of a value
}

}  // namespace muster
