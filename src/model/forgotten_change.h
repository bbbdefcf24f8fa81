#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/delta.h"

namespace muster {

/// What the log holds of an attribute that the configuration does not have (any more).
struct ForgottenChange {
    std::string attribute;
    std::vector<std::string> before;
    std::vector<std::string> after;
    std::vector<LinkChange> links;  ///< of no attribute; in the order of the log
};

/// The part of a stored change that decode_delta() leaves out. `type` none: all of it. Throws
/// Error(store) where malformed.
std::vector<ForgottenChange> decode_forgotten(std::string_view json, TypeId type,
                                              const Schema& schema);

}  // namespace muster
