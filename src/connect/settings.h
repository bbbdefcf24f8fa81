#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/configuration.h"

namespace muster {

// Reading of settings that were checked against their specifications while loading: a value of the
// wrong kind is a bug. References (${env:…}, ${file:…}) are resolved; `folder` is the
// configuration's, at which relative file references start.

/// A text; `fallback` where the setting is absent.
std::string text_setting(const boost::json::object& settings, std::string_view name,
                         std::string_view fallback, const std::string& folder);

/// A list of texts, or a single text taken as a list of one; empty where the setting is absent.
std::vector<std::string> list_setting(const boost::json::object& settings, std::string_view name,
                                      const std::string& folder);

/// A path; relative ones start at `base`.
std::string path_setting(const boost::json::object& settings, std::string_view name,
                         std::string_view fallback, const std::string& folder,
                         const std::string& base);

/// True where the objects of a type are made by Muster: some rule provisions them, and none makes
/// metaverse objects of them. Then a file that is not there (yet) holds no objects; else it is an
/// error.
bool made_by_muster(const Configuration& configuration, TypeId type);

}  // namespace muster
