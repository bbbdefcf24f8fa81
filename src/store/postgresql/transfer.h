#pragma once

#include <memory>
#include <string>

#include "store/transfer.h"

namespace muster::postgresql {

std::unique_ptr<TransferEnd> open_transfer(const std::string& url, bool create);

}  // namespace muster::postgresql
