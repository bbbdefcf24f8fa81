#include "connect/ldap/ldap_reader.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "connect/ldap/ldap_values.h"

namespace muster {

namespace {

constexpr std::size_t kAnchorsPerSearch = 100;

/// Reads all entries of one type. Returns why that did not show every one of them; empty where it
/// did. Sets `broken` where the connection is of no more use.
std::string read_type(LdapConnection& connection, LdapEntryReader& reader, const LdapType& type,
                      int page_size, const ReadRequest& request, std::uint64_t& done,
                      bool& broken) {
    std::uint64_t nameless = 0;
    for (const auto& base : type.bases) {
        const auto end =
            paged_search(connection, reader.search(base, LDAP_SCOPE_SUBTREE), page_size,
                         request.stop, [&](const LdapMessage& message) {
                             nameless += reader.take(message.get()) == EntryFate::nameless ? 1 : 0;
                             if (++done % 100 == 0 && request.progress) {
                                 request.progress(done, 0);
                             }
                         });
        broken = end.broken || end.stopped;
        // A base that Muster itself will create holds nothing yet; one below which there was
        // something has been moved or taken away.
        if (end.base_missing && type.create_parents) {
            if (request.seen_below && request.seen_below(type.id, base)) {
                return fmt::format(
                    "the base {} of {} is not there, and objects were below it; name "
                    "the base as it is called now, or put it back",
                    base, type.name);
            }
            continue;
        }
        if (!end.complete) {
            return end.because;
        }
    }
    if (request.progress) {
        request.progress(done, 0);
    }
    return nameless == 0 ? ""
                         : fmt::format("{} entries show no {}", nameless, type.anchor_attribute);
}

/// The filter value that finds an anchor.
std::string anchor_filter(const LdapType& type, std::string_view anchor) {
    return "(" + type.anchor_attribute + "=" +
           escape_filter_value(to_ldap(type.anchor_type, type.anchor_attribute, anchor)) + ")";
}

[[noreturn]] void lost(const LdapSettings& settings, const LdapConnection& connection,
                       const std::stop_token& stop) {
    if (stop.stop_requested()) {
        throw Error(ErrorCode::cancelled, settings.endpoint.system + ": stopped while reading");
    }
    throw Error(ErrorCode::connection,
                fmt::format("{}: the connection to {} broke: {}", settings.endpoint.system,
                            settings.endpoint.url, connection.trouble()),
                "run again when the directory answers");
}

void require_end(const LdapSettings& settings, const SearchEnd& end) {
    if (!end.complete && !end.base_missing && end.code != LDAP_INVALID_DN_SYNTAX) {
        throw Error(ErrorCode::connection,
                    fmt::format("{}: {}", settings.endpoint.system, end.because),
                    "check what this bind may read");
    }
}

/// Looks objects up where they were last seen; returns those that are not there.
std::vector<const Locator*> fetch_by_name(LdapConnection& connection, LdapEntryReader& reader,
                                          const LdapSettings& settings,
                                          std::span<const Locator* const> objects,
                                          const std::stop_token& stop) {
    std::vector<const Locator*> missed;
    std::vector<const Locator*> asked;
    std::vector<LdapSearch> searches;
    for (const auto* object : objects) {
        if (object->name.empty()) {
            missed.push_back(object);
        } else {
            asked.push_back(object);
            searches.push_back(reader.search(object->name, LDAP_SCOPE_BASE));
        }
    }
    std::vector<bool> found(asked.size());
    const bool all = many_searches(
        connection, searches, stop,
        [&](std::size_t at, const LdapMessage& message) {
            if (asked[at]->anchor.empty()) {
                reader.take(message.get());
                found[at] = true;
            } else {
                found[at] = reader.take_if(message.get(), asked[at]->anchor);
            }
        },
        [&](std::size_t, const SearchEnd& end) { require_end(settings, end); });
    if (!all) {
        lost(settings, connection, stop);
    }
    for (std::size_t at = 0; at < asked.size(); ++at) {
        if (!found[at]) {
            missed.push_back(asked[at]);
        }
    }
    return missed;
}

void fetch_by_anchor(LdapConnection& connection, LdapEntryReader& reader, const LdapType& type,
                     const LdapSettings& settings, std::span<const Locator* const> objects,
                     const std::stop_token& stop) {
    std::vector<LdapSearch> searches;
    for (std::size_t at = 0; at < objects.size(); at += kAnchorsPerSearch) {
        std::string any;
        for (const auto* object :
             objects.subspan(at, std::min(kAnchorsPerSearch, objects.size() - at))) {
            any += anchor_filter(type, object->anchor);
        }
        for (const auto& base : type.bases) {
            auto search = reader.search(base, LDAP_SCOPE_SUBTREE);
            search.filter = "(&" + search.filter + "(|" + any + "))";
            searches.push_back(std::move(search));
        }
    }
    const bool all = many_searches(
        connection, searches, stop,
        [&](std::size_t, const LdapMessage& message) { reader.take(message.get()); },
        [&](std::size_t, const SearchEnd& end) { require_end(settings, end); });
    if (!all) {
        lost(settings, connection, stop);
    }
}

}  // namespace

ReadResult read_directory(LdapConnection& connection, const LdapSettings& settings,
                          const ReadRequest& request, EntrySink& sink) {
    ReadResult result;
    std::uint64_t done = 0;
    bool broken = false;
    for (const auto id : request.types) {
        const auto& type = settings.type(id);
        LdapEntryReader reader(connection, type, sink, request.stop);
        const auto because =
            read_type(connection, reader, type, settings.endpoint.page_size, request, done, broken);
        if (because.empty()) {
            result.complete.push_back(id);
        } else {
            result.incomplete_because +=
                (result.incomplete_because.empty() ? "" : "; ") + type.name + ": " + because;
        }
        if (broken) {
            break;
        }
    }
    return result;
}

void fetch_objects(LdapConnection& connection, const LdapSettings& settings,
                   std::span<const Locator> objects, EntrySink& sink, const std::stop_token& stop) {
    for (const auto& type : settings.types) {
        std::vector<const Locator*> wanted;
        for (const auto& object : objects) {
            if (object.type == type.id) {
                wanted.push_back(&object);
            }
        }
        LdapEntryReader reader(connection, type, sink, stop);
        // By name first: that is one step for the server, whatever it has indexed.
        auto missed = fetch_by_name(connection, reader, settings, wanted, stop);
        std::erase_if(missed, [](const auto* object) { return object->anchor.empty(); });
        fetch_by_anchor(connection, reader, type, settings, missed, stop);
    }
}

}  // namespace muster
