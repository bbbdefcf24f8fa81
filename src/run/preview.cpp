#include "run/preview.h"

#include <utility>

namespace muster {

Preview preview(const Configuration& configuration, Store& store, RunOptions options) {
    options.exports = false;
    Preview result;
    result.before = store.view()->last_commit();
    result.summary = run(configuration, store, options);
    return result;
}

}  // namespace muster
