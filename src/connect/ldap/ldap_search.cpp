#include "connect/ldap/ldap_search.h"

#include <map>

#include "base/error.h"

namespace muster {

namespace {

constexpr std::size_t kSearchesInFlight = 32;
constexpr int kSmallestPage = 10;  ///< below it, pages are not worth asking for

SearchEnd silent_end(const LdapConnection& connection, LdapSilence silence) {
    SearchEnd end;
    end.stopped = silence == LdapSilence::stopped;
    end.broken = !end.stopped;
    end.because = end.stopped ? "stopped" : "the connection broke: " + connection.trouble();
    return end;
}

SearchEnd answered_end(const LdapSearch& search, const LdapResult& result) {
    SearchEnd end;
    end.code = result.code;
    end.complete = result.code == LDAP_SUCCESS;
    end.base_missing = result.code == LDAP_NO_SUCH_OBJECT;
    if (!end.complete) {
        end.because = fmt::format("searching {}: {}", search.base, result.text());
    }
    if (result.code == LDAP_SIZELIMIT_EXCEEDED || result.code == LDAP_ADMINLIMIT_EXCEEDED ||
        result.code == LDAP_TIMELIMIT_EXCEEDED) {
        end.because += "; raise the server's limits for this bind";
    } else if (wants_tls(result.code)) {
        end.because += fmt::format("; {}", kTlsCure);
    }
    return end;
}

/// The cookie of the next page; empty where this was the last, nothing where the answer does not
/// tell.
std::optional<std::string> next_cookie(const LdapConnection& connection, const LdapResult& result) {
    auto* control = result.control(LDAP_CONTROL_PAGEDRESULTS);
    if (control == nullptr) {
        return std::nullopt;
    }
    ber_int_t estimate = 0;
    berval cookie{};
    if (ldap_parse_pageresponse_control(connection.handle(), control, &estimate, &cookie) !=
        LDAP_SUCCESS) {
        return std::nullopt;
    }
    std::string out(cookie.bv_val, cookie.bv_len);
    ber_memfree(cookie.bv_val);
    return out;
}

std::optional<int> send_page(const LdapConnection& connection, const LdapSearch& search,
                             int page_size, std::string& cookie) {
    berval value{cookie.size(), cookie.data()};
    LDAPControl* control = nullptr;
    // Not critical: a server without pages shows everything at once, which is as good.
    if (ldap_create_page_control(connection.handle(), page_size, &value, 0, &control) !=
        LDAP_SUCCESS) {
        return std::nullopt;
    }
    const LdapControl owner(control);
    return send_search(connection, search, control);
}

struct Page {
    std::vector<LdapMessage> entries;
    std::optional<LdapResult> result;  ///< nothing where none came
    LdapSilence silence = LdapSilence::none;
};

Page receive_page(LdapConnection& connection, int id, const std::stop_token& stop) {
    Page page;
    while (auto message = connection.wait(id, stop, page.silence)) {
        const int kind = ldap_msgtype(message.get());
        if (kind == LDAP_RES_SEARCH_ENTRY) {
            page.entries.push_back(std::move(message));
        } else if (kind == LDAP_RES_SEARCH_RESULT) {
            page.result = connection.result(message.get());
            break;
        }
    }
    return page;
}

/// A server may refuse pages by any of these, and pages that are too large for it.
bool may_be_the_pages(int code) {
    return code == LDAP_ADMINLIMIT_EXCEEDED || code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION ||
           code == LDAP_UNWILLING_TO_PERFORM || code == LDAP_PROTOCOL_ERROR;
}

/// Sets `begun` where any entry, or a whole page, was shown.
SearchEnd search_in_pages(LdapConnection& connection, const LdapSearch& search, int page_size,
                          const std::stop_token& stop, const TakeEntry& take, bool& begun) {
    std::string cookie;
    auto id = send_page(connection, search, page_size, cookie);
    for (bool first = true;; first = false) {
        if (!id) {
            return silent_end(connection, LdapSilence::broken);
        }
        auto page = receive_page(connection, *id, stop);
        if (!page.result) {
            return silent_end(connection, page.silence);
        }
        auto end = answered_end(search, *page.result);
        begun = begun || end.complete || !page.entries.empty();
        const auto next = next_cookie(connection, *page.result);
        const bool more = end.complete && next && !next->empty();
        if (more) {
            cookie = *next;
            id = send_page(connection, search, page_size, cookie);
        }
        for (auto& entry : page.entries) {
            take(std::move(entry));
        }
        if (more && stop.stop_requested()) {
            return silent_end(connection, LdapSilence::stopped);
        }
        if (!more) {
            if (end.complete && !next && !first) {
                return {.because = fmt::format("searching {}: a page is missing", search.base)};
            }
            return end;
        }
    }
}

}  // namespace

std::optional<int> send_search(const LdapConnection& connection, const LdapSearch& search,
                               LDAPControl* control) {
    std::vector<char*> attributes;
    attributes.reserve(search.attributes.size() + 1);
    for (const auto& attribute : search.attributes) {
        attributes.push_back(const_cast<char*>(attribute.c_str()));
    }
    attributes.push_back(nullptr);
    LDAPControl* controls[] = {control, nullptr};
    int id = 0;
    const int code = ldap_search_ext(connection.handle(), search.base.c_str(), search.scope,
                                     search.filter.c_str(), attributes.data(), 0, controls, nullptr,
                                     nullptr, LDAP_NO_LIMIT, &id);
    if (code == LDAP_FILTER_ERROR) {
        throw Error(ErrorCode::configuration,
                    fmt::format("'{}' is no search filter", search.filter),
                    "mend the setting filter (RFC 4515), such as (!(employeeType=service))");
    }
    return code == LDAP_SUCCESS ? std::optional(id) : std::nullopt;
}

SearchEnd paged_search(LdapConnection& connection, const LdapSearch& search, int page_size,
                       const std::stop_token& stop, const TakeEntry& take) {
    bool begun = false;
    auto refused = search_in_pages(connection, search, page_size, stop, take, begun);
    if (begun || !may_be_the_pages(refused.code)) {
        return refused;
    }
    for (int size = page_size / 2; size >= kSmallestPage; size /= 2) {
        auto end = search_in_pages(connection, search, size, stop, take, begun);
        if (begun || !may_be_the_pages(end.code)) {
            return end;
        }
    }
    auto end = single_search(connection, search, stop, take);
    if (!end.complete && !end.broken && !end.stopped) {
        end.because = fmt::format("{}; and not in pages: {}", end.because, refused.because);
    }
    return end;
}

SearchEnd single_search(LdapConnection& connection, const LdapSearch& search,
                        const std::stop_token& stop, const TakeEntry& take) {
    const auto id = send_search(connection, search);
    if (!id) {
        return silent_end(connection, LdapSilence::broken);
    }
    LdapSilence silence{};
    while (auto message = connection.wait(*id, stop, silence)) {
        const int kind = ldap_msgtype(message.get());
        if (kind == LDAP_RES_SEARCH_ENTRY) {
            take(std::move(message));
        } else if (kind == LDAP_RES_SEARCH_RESULT) {
            return answered_end(search, connection.result(message.get()));
        }
    }
    return silent_end(connection, silence);
}

bool many_searches(LdapConnection& connection, std::span<const LdapSearch> searches,
                   const std::stop_token& stop,
                   const std::function<void(std::size_t, LdapMessage)>& take,
                   const std::function<void(std::size_t, const SearchEnd&)>& end) {
    std::map<int, std::size_t> in_flight;  // message id → position
    std::size_t sent = 0;
    while (sent < searches.size() || !in_flight.empty()) {
        while (sent < searches.size() && in_flight.size() < kSearchesInFlight) {
            const auto id = send_search(connection, searches[sent]);
            if (!id) {
                return false;
            }
            in_flight.emplace(*id, sent++);
        }
        LdapSilence silence{};
        auto message = connection.wait(LDAP_RES_ANY, stop, silence);
        if (!message || stop.stop_requested()) {
            return false;
        }
        const auto found = in_flight.find(ldap_msgid(message.get()));
        if (found == in_flight.end()) {
            continue;  // unsolicited
        }
        const int kind = ldap_msgtype(message.get());
        if (kind == LDAP_RES_SEARCH_ENTRY) {
            take(found->second, std::move(message));
        } else if (kind == LDAP_RES_SEARCH_RESULT) {
            end(found->second,
                answered_end(searches[found->second], connection.result(message.get())));
            in_flight.erase(found);
        }
    }
    return true;
}

}  // namespace muster
