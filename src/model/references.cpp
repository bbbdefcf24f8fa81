#include "model/references.h"

#include <fmt/format.h>

#include <algorithm>

namespace muster {

namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_name(std::string_view text) {
    return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
           std::ranges::all_of(text, is_name_character);
}

/// A shell's way to name what stands in for a variable that is not there: NAME:-VALUE, :=, :?, :+.
bool has_substitute(std::string_view path) {
    for (auto at = path.find(':'); at != path.npos; at = path.find(':', at + 1)) {
        if (at + 1 < path.size() && std::string_view("-=?+").find(path[at + 1]) != path.npos) {
            return true;
        }
    }
    return false;
}

/// The scheme and the name of "${scheme:name…}", as far as they are such.
std::string shown(std::string_view inner, bool closed) {
    const auto scheme_end = std::ranges::find_if_not(inner, is_name_character);
    auto length = static_cast<std::size_t>(scheme_end - inner.begin());
    if (length < inner.size() && inner[length] == ':') {
        const auto name = inner.substr(length + 1);
        const auto name_end = std::ranges::find_if_not(name, is_name_character);
        length += 1 + static_cast<std::size_t>(name_end - name.begin());
    }
    return fmt::format("${{{}{}", inner.substr(0, length),
                       length < inner.size() ? "…}" : (closed ? "}" : ""));
}

}  // namespace

std::string reference_flaw(std::string_view text) {
    for (auto at = text.find("${"); at != text.npos; at = text.find("${", at)) {
        const auto end = text.find('}', at);
        const bool closed = end != text.npos;
        const auto inner = text.substr(at + 2, closed ? end - at - 2 : text.npos);
        const auto colon = std::min(inner.find(':'), inner.size());
        const auto scheme = inner.substr(0, colon);
        const auto rest = inner.substr(std::min(colon + 1, inner.size()));
        const bool good = scheme == "env"
                              ? is_name(rest)
                              : scheme == "file" && !rest.empty() && !has_substitute(rest);
        if (!closed || !good) {
            return fmt::format("'{}' is no reference", shown(inner, closed));
        }
        at = end;
    }
    return {};
}

}  // namespace muster
