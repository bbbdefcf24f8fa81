#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster {

/// True where every byte belongs to well-formed UTF-8 (RFC 3629).
bool valid_utf8(std::string_view text);

/// The form in which texts are matched: NFKC with case folded (Unicode 5.18.4), outer white space
/// trimmed, inner runs of it one blank. Pure ASCII takes a fast path. Ill-formed input is returned
/// as it is.
std::string fold(std::string_view text);

/// The same with each character in lower case instead of folded, as directories compare names:
/// "Straße" is "straße" and not "strasse".
std::string fold_simply(std::string_view text);

/// Whether there is nothing in a text that could be seen: only white space, control characters and
/// such that are shown as nothing (zero-width space, soft hyphen, byte order mark).
bool is_blank(std::string_view text);

/// The nearest ASCII spelling ("Grisélda" → "Griselda", "Łukasz" → "Lukasz"): ICU's
/// Any-Latin; Latin-ASCII. Characters without one are dropped.
std::string to_ascii(std::string_view text);

/// Lower, upper and title case by Unicode, not by locale.
std::string lower(std::string_view text);
std::string upper(std::string_view text);
std::string title(std::string_view text);

/// Only the letters (Unicode category L) and the marks on them.
std::string letters(std::string_view text);

/// Without ASCII white space at both ends; a view into the argument.
std::string_view trim(std::string_view text);

/// A key without blanks (Unicode's, too) at its ends and without characters that nobody sees
/// anywhere; a blank that does not break becomes one that does. Nothing where it is like that
/// already, as nearly all are.
std::optional<std::string> tidied_key(std::string_view key);

/// RFC 4648 base64 with padding; decoding is strict and returns false where the text is not
/// canonical.
std::string base64_encode(std::string_view bytes);
bool base64_decode(std::string_view text, std::string& bytes);

}  // namespace muster
