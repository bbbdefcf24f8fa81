#pragma once

#include <string>

#include "base/ids.h"
#include "model/configuration.h"
#include "store/view.h"

namespace muster {

/// The one object that a person's text names: a number (123, #123), a path
/// (system/type/anchor-or-name, metaverse/type/key), or any identifying text, which is looked for
/// in the metaverse first and in the connected systems only if nothing there answers.
/// With `erased`, objects that are gone for good answer where no present one does.
/// Throws Error(not_found) where none answers, or several: then it lists them.
ObjectId find_object(const Configuration& configuration, View& view, const std::string& text,
                     bool erased = false);

}  // namespace muster
