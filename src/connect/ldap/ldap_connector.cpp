#include "connect/ldap/ldap_connector.h"

#include "connect/ldap/ldap_connection.h"
#include "connect/ldap/ldap_discover.h"
#include "connect/ldap/ldap_reader.h"
#include "connect/ldap/ldap_settings.h"
#include "connect/ldap/ldap_writer.h"
#include "connect/ldap/write_ahead.h"

namespace muster {

namespace {

/// Every call opens a connection of its own: none is ever found closed by the server in between.
class LdapConnector final : public Connector {
 public:
    explicit LdapConnector(LdapSettings settings) : settings_(std::move(settings)) {}

    ReadResult read(const ReadRequest& request, EntrySink& sink) override {
        LdapConnection connection(settings_.endpoint, request.stop);
        return read_directory(connection, settings_, request, sink);
    }

    void fetch(std::span<const Locator> objects, EntrySink& sink, std::stop_token stop) override {
        LdapConnection connection(settings_.endpoint, stop);
        fetch_objects(connection, settings_, objects, sink, stop);
    }

    void write(OperationStream& stream, std::stop_token stop) override {
        LdapConnection connection(settings_.endpoint, stop);
        const auto features = read_features(connection, stop);
        write_ahead(stream, [&](OperationStream& ahead) {
            LdapWriter(connection, settings_, features, ahead, stop).run();
        });
    }

    std::vector<DiscoveredType> discover() override {
        LdapConnection connection(settings_.endpoint, {});
        return discover_directory(connection, settings_);
    }

 private:
    LdapSettings settings_;
};

}  // namespace

std::unique_ptr<Connector> make_ldap_connector(const Configuration& configuration, SpaceId system) {
    return std::make_unique<LdapConnector>(read_ldap_settings(configuration, system));
}

}  // namespace muster
