#include "support/certificates.h"

#include "support/command.h"

namespace muster::testing {

namespace {

constexpr int kDays = 30;

void make_authority(const TempFolder& folder, const std::string& name) {
    must_run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
              "ec_paramgen_curve:prime256v1", "-nodes", "-days", std::to_string(kDays), "-subj",
              "/CN=" + name, "-keyout", folder.file(name + ".key"), "-out",
              folder.file(name + ".pem")});
}

}  // namespace

void make_certificate(const TempFolder& folder, const std::string& name, const std::string& subject,
                      int days) {
    const auto request = folder.file(name + ".csr");
    must_run({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
              "-nodes", "-subj", "/CN=localhost", "-keyout", folder.file(name + ".key"), "-out",
              request});
    const auto extension = folder.write(name + ".san", "subjectAltName=" + subject + "\n");
    must_run({"openssl", "x509", "-req", "-in", request, "-CA", folder.file("ca.pem"), "-CAkey",
              folder.file("ca.key"), "-CAcreateserial", "-days", std::to_string(days), "-extfile",
              extension, "-out", folder.file(name + ".pem")});
}

void make_certificates(const TempFolder& folder, const std::string& address) {
    make_authority(folder, "ca");
    make_authority(folder, "other-ca");
    make_certificate(folder, "server", "IP:" + address, kDays);
}

}  // namespace muster::testing
