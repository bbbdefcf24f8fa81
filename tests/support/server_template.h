#pragma once

#include <functional>
#include <string>

namespace muster::testing {

/// The files of a server as they are once it has been set up, which takes many times as long as
/// copying them: made once by `make` in a folder that is kept below build/servers, by one process
/// at a time. Copies them to `folder` and returns where they were made, as such files know their
/// own place. Change `name` with the recipe.
std::string copy_server_template(const std::string& name,
                                 const std::function<void(const std::string& folder)>& make,
                                 const std::string& folder);

/// The text with each `from` replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to);

/// The lines of a text without those for which `drop` is true.
std::string without_lines(const std::string& text,
                          const std::function<bool(const std::string&)>& drop);

}  // namespace muster::testing
