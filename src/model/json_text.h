#pragma once

#include <string>
#include <string_view>

namespace muster {

/// Appends `text` as a JSON string: only what must be escaped is, so that one text has one
/// spelling.
void append_json_string(std::string_view text, std::string& out);

}  // namespace muster
