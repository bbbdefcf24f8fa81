#pragma once

#include <functional>

#include "connect/connector.h"

namespace muster {

/// Runs `write` in a thread of its own on a stream that is filled from `stream` up to
/// limits::kOperationsAhead operations ahead, so that the directory has work while the supplier
/// fetches and commits. `stream` is used in the calling thread alone, and its barriers hold: what
/// comes after one is fetched only when everything before it has its outcome. The stream that
/// `write` sees has a barrier wherever it has run dry, too: there are answers to be taken then.
/// Returns, or throws what either side threw, when nothing is running any more.
void write_ahead(OperationStream& stream, const std::function<void(OperationStream&)>& write);

}  // namespace muster
