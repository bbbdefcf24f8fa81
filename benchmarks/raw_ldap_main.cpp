// raw_ldap URL BIND_DN PASSWORD FILE.ldif [WINDOW]
// Adds the entries of an LDIF file (lines not folded, parents first) with the plainest pipelined
// client. Prints one line of JSON.

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "raw_ldap.h"

namespace {

using muster::bench::RawEntry;

void add_line(std::string_view line, RawEntry& entry) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
        throw std::runtime_error("no LDIF: " + std::string(line));
    }
    const auto name = line.substr(0, colon);
    auto rest = line.substr(colon + 1);
    std::string value;
    if (rest.starts_with(':')) {
        if (!muster::base64_decode(muster::trim(rest.substr(1)), value)) {
            throw std::runtime_error("no base64: " + std::string(line));
        }
    } else {
        value = muster::trim(rest);
    }
    if (name == "dn") {
        entry.dn = value;
        return;
    }
    auto& attributes = entry.attributes;
    const auto known =
        std::ranges::find(attributes, name, &decltype(entry.attributes)::value_type::first);
    if (known == attributes.end()) {
        attributes.push_back({std::string(name), {std::move(value)}});
    } else {
        known->second.push_back(std::move(value));
    }
}

std::vector<RawEntry> read_ldif(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<RawEntry> entries;
    RawEntry entry;
    std::string line;
    while (std::getline(in, line)) {
        if (!line.empty()) {
            add_line(line, entry);
        } else if (!entry.dn.empty()) {
            entries.push_back(std::exchange(entry, {}));
        }
    }
    if (!entry.dn.empty()) {
        entries.push_back(std::move(entry));
    }
    if (entries.empty()) {
        throw std::runtime_error("nothing to add in " + file);
    }
    return entries;
}

bool is_container(const RawEntry& entry) {
    return std::ranges::any_of(entry.attributes, [](const auto& attribute) {
        return attribute.first == "objectClass" &&
               std::ranges::count(attribute.second, "organizationalUnit") > 0;
    });
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5 || argc > 6) {
        fmt::print(stderr, "usage: raw_ldap URL BIND_DN PASSWORD FILE.ldif [WINDOW]\n");
        return 64;
    }
    try {
        auto entries = read_ldif(argv[4]);
        // Nothing may be in flight beside the container it belongs into.
        const auto rest = std::stable_partition(entries.begin(), entries.end(), is_container);
        const auto containers = static_cast<std::size_t>(rest - entries.begin());
        const std::span all(entries);
        const muster::bench::RawTarget target{argv[1], argv[2], argv[3]};
        const std::size_t window = argc == 6 ? std::strtoul(argv[5], nullptr, 10) : 64;
        const auto seconds = raw_ldap_add(target, all.first(containers), 1) +
                             raw_ldap_add(target, all.subspan(containers), window);
        fmt::print("{{\"entries\": {}, \"seconds\": {:.6f}}}\n", entries.size(), seconds);
    } catch (const std::exception& error) {
        fmt::print(stderr, "raw_ldap: {}\n", error.what());
        return 1;
    }
    return 0;
}
