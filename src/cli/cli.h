#pragma once

namespace muster {

/// The `muster` command. Returns its exit code: 0 done, 1 failed, 2 done with item errors, 3
/// something is held by a safety limit, 64 wrong use. Catches everything.
int run_command_line(int argc, char** argv);

}  // namespace muster
