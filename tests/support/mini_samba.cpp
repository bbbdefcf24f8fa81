#include "support/mini_samba.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <unistd.h>

#include <random>

#include "support/certificates.h"
#include "support/command.h"
#include "support/loopback.h"
#include "support/server_template.h"

namespace muster::testing {

namespace {

constexpr int kPort = 389;

/// An address of this machine that nobody serves LDAP at.
std::string free_address() {
    std::random_device random;
    std::uniform_int_distribution<int> byte(1, 254);
    for (;;) {
        auto address = loopback(kPort);
        const auto text = fmt::format("127.{}.{}.{}", byte(random), byte(random), byte(random));
        inet_pton(AF_INET, text.c_str(), &address.sin_addr);
        if (!listens(address)) {
            return text;
        }
    }
}

void make(const std::string& folder) {
    must_run({"samba-tool", "domain", "provision", "--targetdir=" + folder, "--use-rfc2307",
              "--realm=AD.EXAMPLE", "--domain=AD", "--server-role=dc", "--dns-backend=NONE",
              "--adminpass=" + MiniSamba::password(), "--host-name=dc1", "--host-ip=127.0.0.1",
              "--option=interfaces=lo", "--option=bind interfaces only=yes"});
}

std::string configuration(const std::string& folder, const std::string& address, bool strong_auth) {
    return fmt::format(R"([global]
    netbios name = DC1
    realm = AD.EXAMPLE
    workgroup = AD
    server role = active directory domain controller
    server services = ldap
    idmap_ldb:use rfc2307 = yes
    bind interfaces only = yes
    interfaces = {1}/8
    ldap server require strong auth = {2}
    tls keyfile = {0}/server.key
    tls certfile = {0}/server.pem
    tls cafile = {0}/ca.pem
    logging = file
    log file = {0}/samba.log
    lock directory = {0}
    pid directory = {0}
    cache directory = {0}/cache
    state directory = {0}/state
    private dir = {0}/private
    binddns dir = {0}/bind-dns
    ncalrpc dir = {0}/ncalrpc
    winbindd socket directory = {0}/winbindd
)",
                       folder, address, strong_auth ? "yes" : "no");
}

}  // namespace

bool MiniSamba::possible() {
    return geteuid() == 0;
}

MiniSamba::MiniSamba(Options options) : options_(options), address_(free_address()) {
    copy_server_template("samba", make, folder_.path());
    make_certificates(folder_, address_);
    folder_.write("etc/smb.conf", configuration(folder_.path(), address_, options_.strong_auth));
    start();
}

void MiniSamba::start() {
    auto address = loopback(kPort);
    inet_pton(AF_INET, address_.c_str(), &address.sin_addr);
    // It listens before it knows its domain.
    process_.start({"/usr/sbin/samba", "-i", "-M", "single", "-s", folder_.file("etc/smb.conf")},
                   folder_.file("said"), [&] { return listens(address) && admin().answers(); });
}

}  // namespace muster::testing
