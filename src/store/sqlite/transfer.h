#pragma once

#include <memory>
#include <string>

#include "store/transfer.h"

namespace muster::sqlite {

std::unique_ptr<TransferEnd> open_transfer(const std::string& path, bool create);

}  // namespace muster::sqlite
