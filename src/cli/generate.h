#pragma once

#include <cstdint>
#include <string>

namespace muster {

/// What population `muster generate` makes. The same options make the same bytes.
struct GenerateOptions {
    std::string folder = ".";      ///< made where it is not there
    std::uint64_t people = 1'000;  ///< 10 to 1,000,000
    std::uint64_t seed = 1;
    int date = 1;           ///< 1, or 2: the same population some time later
    double changes = 0.05;  ///< share of the people who differ on the second date, 0 to 1: in equal
                            ///< parts changed, moved, joined and gone
    bool ldif = true;       ///< write population.ldif, too
    bool force = false;     ///< replace files that are there
};

struct GenerateSummary {
    std::uint64_t people = 0;
    std::uint64_t groups = 0;
    std::uint64_t memberships = 0;
    std::uint64_t changed = 0;  ///< second date: people with another value …
    std::uint64_t moved = 0;    ///< … in another department, under another manager …
    std::uint64_t joined = 0;
    std::uint64_t left = 0;
    bool configured = false;  ///< muster.yaml was written: there was none
};

/// Writes people.csv, groups.csv and memberships.csv (and population.ldif) and, where there is
/// none, a muster.yaml that keeps a directory in step with them. Every file is replaced in one
/// step. Throws Error(usage) for options out of bounds and where one of the files is there already
/// and not to be replaced, Error(connection) where a file cannot be written.
GenerateSummary generate(const GenerateOptions& options);

}  // namespace muster
