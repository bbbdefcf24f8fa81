#include "cli/run_store.h"

#include <ostream>

#include "store/resident/resident_store.h"

namespace muster {

RunStore::RunStore(const Configuration& configuration, StoreAccess access)
    : store_(open_store(configuration, access)) {
    if (configuration.processing == Processing::direct) {
        return;
    }
    const auto note = [this](const std::string& text) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(text);
    };
    store_ = std::make_unique<ResidentStore>(std::move(store_), configuration.schema,
                                             ResidentOptions{configuration.memory_bytes, note});
}

void RunStore::print_notes(const Console& console) {
    const std::lock_guard lock(mutex_);
    for (const auto& note : notes_) {
        console.err << note << '\n';
    }
}

}  // namespace muster
