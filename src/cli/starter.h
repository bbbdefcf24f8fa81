#pragma once

#include <string>

namespace muster {

/// A commented muster.yaml to start from: people from a CSV file, kept in another CSV file or, with
/// `to_ldap`, in an LDAP directory. `muster check` accepts it as it is.
std::string starter_configuration(bool to_ldap);

/// The CSV file it reads, with three people, so that the first run does something.
std::string starter_people();

}  // namespace muster
