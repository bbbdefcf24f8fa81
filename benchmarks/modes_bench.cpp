// Runs steps of a population in one process, in one mode of processing, and says what each took:
//
//   modes_bench FOLDER direct|in-memory import|sync|full …

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>

#include "config/load.h"
#include "run/run.h"
#include "store/resident/resident_store.h"

namespace muster {
namespace {

std::atomic<std::uint64_t> statements = 0;

int count_statement(unsigned, void*, void*, void*) {
    statements.fetch_add(1, std::memory_order_relaxed);
    return 0;
}

int count_on(sqlite3* db, char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_statement, nullptr);
}

/// Every connection opened from now on counts the statements it runs.
void count_statements() {
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(count_on));
}

std::uint64_t resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (std::uint64_t kib = 0; word == "VmRSS:" && status >> kib)
            return kib;
    return 0;
}

/// Of all threads of this process, in user and kernel mode.
double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Seconds and statements since it was made or asked last.
class Meter {
 public:
    boost::json::object read() {
        const auto seconds = std::chrono::duration<double>(Clock::now() - began_).count();
        boost::json::object spent{{"seconds", seconds},
                                  {"processor_seconds", processor_seconds() - processor_},
                                  {"statements", statements - statements_}};
        began_ = Clock::now();
        processor_ = processor_seconds();
        statements_ = statements;
        return spent;
    }

 private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point began_ = Clock::now();
    double processor_ = processor_seconds();
    std::uint64_t statements_ = statements;
};

boost::json::object step(const Configuration& configuration, Store& store, std::string_view what) {
    RunOptions options;
    options.import = what == "import";
    options.sync = what == "sync" || what == "full";
    options.exports = false;
    if (options.import)
        options.systems = {configuration.schema.find_space("hr")};
    if (what == "full")
        options.full = true;
    Meter meter;
    const RunSummary summary = run(configuration, store, options);
    boost::json::object result = meter.read();
    result["step"] = what;
    result["status"] = step_status_name(summary.status);
    boost::json::object counters;
    for (const auto& [name, count] : summary.steps.back().counters)
        counters[name] = count;
    result["counters"] = std::move(counters);
    return result;
}

boost::json::object describe(const resident::Holdings& held) {
    return {{"objects", held.objects},
            {"links", held.links},
            {"bytes", held.bytes},
            {"payload_bytes", held.payload_bytes},
            {"link_bytes", held.link_bytes}};
}

int main_of(int count, char** arguments) {
    if (count < 4) {
        std::cerr << "modes_bench FOLDER direct|in-memory import|sync|full …\n";
        return 64;
    }
    count_statements();
    const Loaded loaded = load_configuration(std::string(arguments[1]) + "/muster.yaml");
    const Configuration& configuration = loaded.configuration;
    const bool in_memory = std::string_view(arguments[2]) == "in-memory";
    boost::json::object result;
    Meter meter;
    std::unique_ptr<Store> store = open_sqlite_store(
        configuration.folder + "/" + configuration.store, configuration.schema, StoreAccess::write);
    meter.read();
    const std::uint64_t kib_before = resident_kib();
    ResidentStore* resident = nullptr;
    if (in_memory) {
        auto made = std::make_unique<ResidentStore>(std::move(store), configuration.schema,
                                                    ResidentOptions{64ull << 30, {}});
        resident = made.get();
        store = std::move(made);
        result["warming"] = meter.read();
        result["warm_kib"] = resident_kib() - kib_before;
    }
    boost::json::array steps;
    for (int i = 3; i < count; ++i)
        steps.push_back(step(configuration, *store, arguments[i]));
    result["steps"] = std::move(steps);
    if (resident != nullptr)
        result["held"] = describe(resident->holdings());
    std::cout << boost::json::serialize(result) << '\n';
    return 0;
}

}  // namespace
}  // namespace muster

int main(int count, char** arguments) {
    try {
        return muster::main_of(count, arguments);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
