// What other directories do and slapd cannot be made to: a scripted peer speaks just enough LDAP.

#include <arpa/inet.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <lber.h>
#include <ldap.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <thread>

#include "connect/file_connector_testing.h"
#include "connect/ldap/ldap_connector.h"

namespace muster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A request, as far as the scripts look into it.
struct Asked {
    int id = 0;
    ber_tag_t operation = 0;
    std::string dn;
    int scope = 0;
    std::string filter;                   ///< of a search for one value: that value
    std::vector<std::string> attributes;  ///< of a search
    std::vector<std::string> values;      ///< of a modify: "+value", "-value"
};

struct Given {
    std::string attribute;
    std::vector<std::string> values;
};

/// Listens on loopback and answers one connection by a script, in a thread of its own.
class Peer {
 public:
    using Script = std::function<void(Peer&, const Asked&)>;

    explicit Peer(Script script) : script_(std::move(script)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listener_, 1) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("cannot listen on loopback");
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~Peer() {
        thread_.join();
        ::close(listener_);
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    std::string url() const { return fmt::format("ldap://127.0.0.1:{}", port_); }

    void answer(const Asked& asked, ber_tag_t tag, int code) {
        auto* ber = ber_alloc_t(LBER_USE_DER);
        ber_printf(ber, "{it{ess}}", asked.id, tag, code, "", "");
        ber_flush2(socket_, ber, LBER_FLUSH_FREE_ALWAYS);
    }
    void end_of_page(const Asked& asked, const std::string& cookie) {
        auto* value = ber_alloc_t(LBER_USE_DER);
        ber_printf(value, "{io}", 0, cookie.data(), cookie.size());
        berval bytes{};
        ber_flatten2(value, &bytes, 0);
        auto* ber = ber_alloc_t(LBER_USE_DER);
        ber_printf(ber, "{it{ess}t{{sO}}}", asked.id, LDAP_RES_SEARCH_RESULT, 0, "", "",
                   LDAP_TAG_CONTROLS, LDAP_CONTROL_PAGEDRESULTS, &bytes);
        ber_flush2(socket_, ber, LBER_FLUSH_FREE_ALWAYS);
        ber_free(value, 1);
    }
    void entry(const Asked& asked, const std::string& dn, const std::vector<Given>& attributes) {
        auto* ber = ber_alloc_t(LBER_USE_DER);
        ber_printf(ber, "{it{s{", asked.id, LDAP_RES_SEARCH_ENTRY, dn.c_str());
        for (const auto& attribute : attributes) {
            ber_printf(ber, "{s[", attribute.attribute.c_str());
            for (const auto& value : attribute.values) {
                ber_printf(ber, "s", value.c_str());
            }
            ber_printf(ber, "]}");
        }
        ber_printf(ber, "}}}");
        ber_flush2(socket_, ber, LBER_FLUSH_FREE_ALWAYS);
    }

 private:
    void serve() {
        int connection = ::accept(listener_, nullptr, nullptr);
        socket_ = ber_sockbuf_alloc();
        ber_sockbuf_add_io(socket_, &ber_sockbuf_io_tcp, LBER_SBIOD_LEVEL_PROVIDER, &connection);
        for (;;) {
            auto* ber = ber_alloc_t(LBER_USE_DER);
            ber_len_t length = 0;
            const bool came = ber_get_next(socket_, &length, ber) == LDAP_TAG_MESSAGE;
            const auto asked = came ? read(ber) : Asked{};
            ber_free(ber, 1);
            if (!came || asked.operation == LDAP_REQ_UNBIND) {
                break;
            }
            if (asked.operation == LDAP_REQ_SEARCH && asked.dn.empty()) {
                answer(asked, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS);  // its root DSE tells nothing
            } else {
                script_(*this, asked);
            }
        }
        ber_sockbuf_free(socket_);
    }

    static std::string text(BerElement* ber) {
        berval value{};
        ber_scanf(ber, "m", &value);
        return {value.bv_val, value.bv_len};
    }

    static Asked read(BerElement* ber) {
        Asked asked;
        ber_len_t length = 0;
        ber_scanf(ber, "i", &asked.id);
        asked.operation = ber_peek_tag(ber, &length);
        if (asked.operation == LDAP_REQ_SEARCH) {
            ber_scanf(ber, "{");
            asked.dn = text(ber);
            int ignored = 0;
            ber_scanf(ber, "eeiib", &asked.scope, &ignored, &ignored, &ignored, &ignored);
            if (ber_peek_tag(ber, &length) == LDAP_FILTER_EQUALITY) {
                berval attribute{};
                berval value{};
                ber_scanf(ber, "{mm}", &attribute, &value);
                asked.filter.assign(value.bv_val, value.bv_len);
            } else {
                ber_scanf(ber, "x");
            }
            char* last = nullptr;
            for (auto tag = ber_first_element(ber, &length, &last); tag != LBER_DEFAULT;
                 tag = ber_next_element(ber, &length, last)) {
                asked.attributes.push_back(text(ber));
            }
        } else if (asked.operation == LDAP_REQ_MODIFY) {
            ber_scanf(ber, "{");
            asked.dn = text(ber);
            read_changes(ber, asked);
        }
        return asked;
    }

    static void read_changes(BerElement* ber, Asked& asked) {
        ber_len_t length = 0;
        char* last = nullptr;
        for (auto tag = ber_first_element(ber, &length, &last); tag != LBER_DEFAULT;
             tag = ber_next_element(ber, &length, last)) {
            int operation = 0;
            ber_scanf(ber, "{e{", &operation);
            text(ber);
            char* last_value = nullptr;
            for (tag = ber_first_element(ber, &length, &last_value); tag != LBER_DEFAULT;
                 tag = ber_next_element(ber, &length, last_value)) {
                asked.values.push_back((operation == LDAP_MOD_ADD ? "+" : "-") + text(ber));
            }
        }
    }

    Script script_;
    int listener_ = -1;
    int port_ = 0;
    Sockbuf* socket_ = nullptr;
    std::thread thread_;
};

constexpr const char* kGroup = "cn=g,dc=example";
constexpr const char* kGuid = "00112233-4455-6677-8899-aabbccddeeff";

/// A system at the peer with one type, and what it reads.
struct System {
    explicit System(const Peer& peer)
        : builder("/", "ldap", fmt::format(R"({{"url": "{}", "timeout_seconds": 5}})", peer.url())),
          group(builder.type("group", R"({"object_class": "group", "bases": ["dc=example"]})",
                             {{"member", Type::reference, true}}, {})),
          seen(builder.schema()) {}

    ReadResult read() {
        return make_ldap_connector(builder.finish(), builder.system())
            ->read({{group}, {}, {}, {}}, seen);
    }
    Outcome modify(std::vector<std::string> remove, std::vector<std::string> add) {
        Operation operation{7, Operation::Kind::modify, group, {}, kGroup, {}, {}, {}};
        operation.changes.push_back(
            {builder.id(group, "member"), std::move(remove), std::move(add), false, false, false});
        ListStream stream({operation});
        make_ldap_connector(builder.finish(), builder.system())->write(stream, {});
        return stream.outcomes.at(7);
    }

    SystemBuilder builder;
    TypeId group;
    Collector seen;
};

TEST(LdapPeer, ValuesThatComeInRangesAreAskedForToTheEnd) {
    Peer peer([](Peer& self, const Asked& asked) {
        if (asked.scope == LDAP_SCOPE_SUBTREE) {
            self.entry(
                asked, kGroup,
                {{"entryUUID", {kGuid}}, {"member", {}}, {"member;range=0-1", {"cn=a", "cn=b"}}});
        } else if (asked.attributes == std::vector<std::string>{"member;range=2-*"}) {
            self.entry(asked, kGroup, {{"Member;Range=2-3", {"cn=c", "cn=d"}}});
        } else {
            self.entry(asked, kGroup, {{"member;range=4-*", {"cn=e"}}});
        }
        self.answer(asked, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS);
    });
    System system(peer);
    EXPECT_EQ(system.read().complete.size(), 1u);
    ASSERT_EQ(system.seen.entries.size(), 1u);
    EXPECT_THAT(system.seen.entries[0].values.at("member"),
                ElementsAre("cn=a", "cn=b", "cn=c", "cn=d", "cn=e"));
}

TEST(LdapPeer, AnObjectWhoseRangesDoNotEndIsAProblemAndNoEntry) {
    Peer peer([](Peer& self, const Asked& asked) {
        // The same part again and again.
        self.entry(asked, kGroup, {{"entryUUID", {kGuid}}, {"member;range=0-1", {"cn=a", "cn=b"}}});
        self.answer(asked, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS);
    });
    System system(peer);
    system.read();
    EXPECT_THAT(system.seen.entries, IsEmpty());
    ASSERT_EQ(system.seen.problems.size(), 1u);
    EXPECT_EQ(system.seen.problems[0].code, "values-missing");
    EXPECT_EQ(system.seen.problems[0].anchor, kGuid);
}

TEST(LdapPeer, AMissingPageMakesTheReadIncomplete) {
    int pages = 0;
    Peer peer([&](Peer& self, const Asked& asked) {
        self.entry(asked, "cn=" + std::to_string(pages), {{"entryUUID", {kGuid}}});
        if (++pages < 3) {
            self.end_of_page(asked, "more");
        } else {
            self.answer(asked, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS);
        }
    });
    System system(peer);
    const auto result = system.read();
    EXPECT_EQ(pages, 3);
    EXPECT_THAT(result.complete, IsEmpty());
    EXPECT_THAT(result.incomplete_because, HasSubstr("a page is missing"));
}

TEST(LdapPeer, AServerThatKnowsNoPagesIsReadAtOnce) {
    Peer peer([](Peer& self, const Asked& asked) {
        self.entry(asked, kGroup, {{"entryUUID", {kGuid}}});
        self.answer(asked, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS);
    });
    EXPECT_EQ(System(peer).read().complete.size(), 1u);
}

TEST(LdapPeer, ABusyServerIsAskedAgain) {
    int asked_times = 0;
    Peer peer([&](Peer& self, const Asked& asked) {
        const bool busy = ++asked_times < 3;
        self.answer(asked, LDAP_RES_MODIFY, busy ? LDAP_BUSY : LDAP_SUCCESS);
    });
    EXPECT_EQ(System(peer).modify({}, {"cn=a"}).result, Outcome::Result::done);
    EXPECT_EQ(asked_times, 3);
}

TEST(LdapPeer, WhereNothingIsOverlookedValuesAreTriedOneByOne) {
    std::vector<std::vector<std::string>> done;
    Peer peer([&](Peer& self, const Asked& asked) {
        if (asked.operation == LDAP_REQ_SEARCH) {  // whether the value is there: not for this bind
            self.answer(asked, LDAP_RES_SEARCH_RESULT, LDAP_INSUFFICIENT_ACCESS);
            return;
        }
        int code = LDAP_SUCCESS;
        for (const auto& value : asked.values) {
            if (value == "+cn=there") {
                code = LDAP_TYPE_OR_VALUE_EXISTS;
            } else if (value == "-cn=gone") {
                code = LDAP_NO_SUCH_ATTRIBUTE;
            }
        }
        if (code == LDAP_SUCCESS) {
            done.push_back(asked.values);
        }
        self.answer(asked, LDAP_RES_MODIFY, code);
    });
    EXPECT_EQ(
        System(peer).modify({"cn=old", "cn=gone"}, {"cn=1", "cn=2", "cn=there", "cn=3"}).result,
        Outcome::Result::done);
    EXPECT_THAT(done, ElementsAre(ElementsAre("+cn=1", "+cn=2"), ElementsAre("+cn=3"),
                                  ElementsAre("-cn=old")));
}

TEST(LdapPeer, LinksAreLookedForWhereActiveDirectoryRefusesThem) {
    // It has "there" already, no longer has "gone", and will not have "bad".
    const auto script = [](Peer& self, const Asked& asked) {
        if (asked.operation == LDAP_REQ_SEARCH) {
            if (asked.filter == "cn=there") {
                self.entry(asked, kGroup, {});
            }
            self.answer(asked, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS);
            return;
        }
        int code = LDAP_SUCCESS;
        for (const auto& value : asked.values) {
            code = value == "+cn=there"                        ? LDAP_ALREADY_EXISTS
                   : value == "-cn=gone" || value == "+cn=bad" ? LDAP_UNWILLING_TO_PERFORM
                                                               : code;
        }
        self.answer(asked, LDAP_RES_MODIFY, code);
    };
    Peer first(script);
    EXPECT_EQ(System(first).modify({"cn=old", "cn=gone"}, {"cn=there", "cn=1"}).result,
              Outcome::Result::done);
    Peer second(script);
    const auto refused = System(second).modify({}, {"cn=there", "cn=bad", "cn=2"});
    EXPECT_EQ(refused.result, Outcome::Result::refused);
    EXPECT_EQ(refused.code, "ldap-53");
    EXPECT_TRUE(refused.partly);
    EXPECT_THAT(refused.message, HasSubstr("member 'cn=bad'"));
}

}  // namespace
}  // namespace muster::testing
