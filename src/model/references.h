#pragma once

#include <string>
#include <string_view>

namespace muster {

/// Why a text is no good as regards references (${env:NAME}, ${file:PATH}); empty where it is. A
/// complaint shows what stands for a name and nothing behind it: that may be a secret.
std::string reference_flaw(std::string_view text);

}  // namespace muster
