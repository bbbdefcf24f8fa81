#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "connect/ldap/ldap_connection.h"
#include "connect/ldap/ldap_entry.h"
#include "connect/ldap/ldap_search.h"
#include "connect/ldap/ldap_settings.h"

namespace muster {

/// What an entry turned out to be.
enum class EntryFate : std::uint8_t {
    given,     ///< handed to the sink
    flawed,    ///< present, but said to be a problem instead
    nameless,  ///< it shows no anchor, so nobody can tell which object it is
};

/// Makes Entries of one type out of search results and hands them on.
class LdapEntryReader {
 public:
    LdapEntryReader(LdapConnection& connection, const LdapType& type, EntrySink& sink,
                    std::stop_token stop);

    /// A search below (or at) `base` that shows all this reader needs.
    LdapSearch search(const std::string& base, int scope) const;

    EntryFate take(LDAPMessage* message);
    const std::string& anchor() const { return anchor_; }  ///< of the entry taken last

    /// As take(), for an entry that counts only if it has this anchor; false where it has another.
    bool take_if(LDAPMessage* message, std::string_view anchor);

 private:
    void collect(LDAPMessage* message);
    /// Adds what came of one attribute; where more of it is to be asked for, says from where on.
    std::optional<std::uint64_t> collect_values(std::string_view description,
                                                std::span<const berval> values);
    std::optional<std::uint64_t> collect_part(std::string_view attribute, std::uint64_t from);
    void add_value(const LdapAttribute& attribute, const berval& value);
    void set_anchor(std::string_view bytes);
    EntryFate hand_over();
    ReadProblem problem(const char* code, std::string message) const;

    LdapConnection& connection_;
    const LdapType& type_;
    EntrySink& sink_;
    std::stop_token stop_;

    // Of the entry in hand; reused from one to the next.
    std::string dn_;
    std::string anchor_;
    std::vector<EntryValue> values_;
    std::deque<std::string> buffers_;  ///< converted values; a deque keeps them where they are
    std::size_t buffers_used_ = 0;
    std::vector<LdapMessage> parts_;  ///< further parts of ranged attributes
    std::vector<EntryFlaw> flaws_;
    std::string part_lost_;  ///< why a ranged attribute could not be read to its end
};

/// Connector::read.
ReadResult read_directory(LdapConnection& connection, const LdapSettings& settings,
                          const ReadRequest& request, EntrySink& sink);

/// Connector::fetch. Throws Error(connection) where the connection breaks.
void fetch_objects(LdapConnection& connection, const LdapSettings& settings,
                   std::span<const Locator> objects, EntrySink& sink, const std::stop_token& stop);

}  // namespace muster
