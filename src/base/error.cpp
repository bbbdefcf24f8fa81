#include "base/error.h"

#include <cstdio>
#include <cstdlib>

namespace muster::detail {

void assertion_failed(const char* condition, const char* file, int line,
                      const std::string& values) {
    fmt::print(stderr, "muster: internal error at {}:{}: {} does not hold. {}\n", file, line,
               condition, values);
    std::abort();
}

}  // namespace muster::detail
