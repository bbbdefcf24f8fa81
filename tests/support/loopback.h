#pragma once

#include <netinet/in.h>

namespace muster::testing {

/// An address of this machine that no other can reach.
sockaddr_in loopback(int port);

/// A port nobody listens on now. Somebody may take it before the caller does.
int free_port();

/// True where somebody takes connections there.
bool listens(const sockaddr_in& address);

}  // namespace muster::testing
