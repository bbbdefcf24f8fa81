#pragma once

#include <string>
#include <string_view>

namespace muster::ldif {

/// Appends `name: value`, in base64 where RFC 2849 wants it, folded so that no line is longer than
/// 76 characters.
void append_line(std::string& out, std::string_view name, std::string_view value);

}  // namespace muster::ldif
