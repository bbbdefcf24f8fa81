#include "run/workers.h"

#include <algorithm>
#include <exception>

namespace muster {

Workers::Workers(const RuleBook& book, Store& store, unsigned threads) {
    const unsigned count =
        threads != 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i) {
        workers_.push_back(std::make_unique<Worker>(Worker{Rules(book), store.view(), {}}));
    }
}

void Workers::run(std::size_t count,
                  const std::function<void(Worker&, std::size_t, std::size_t)>& work) {
    constexpr std::size_t kWorthAThread = 64;  // below that starting one costs more than it saves
    const std::size_t parts = std::clamp<std::size_t>(count / kWorthAThread, 1, workers_.size());
    std::vector<std::exception_ptr> failures(parts);
    const auto part = [&](std::size_t i) {
        try {
            work(*workers_[i], count * i / parts, count * (i + 1) / parts);
        } catch (...) {
            failures[i] = std::current_exception();  // rethrown below, in the calling thread
        }
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < parts; ++i) {
        threads.emplace_back(part, i);
    }
    part(0);
    threads.clear();
    for (const auto& failure : failures) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    }
}

}  // namespace muster
