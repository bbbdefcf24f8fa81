#include "connect/ldap/ldap_connector.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/dn.h"
#include "base/text.h"
#include "connect/ldap/ldap_connection.h"
#include "connect/ldap/ldap_discover.h"
#include "connect/ldap/ldap_filter.h"
#include "connect/ldap/ldap_reader.h"
#include "connect/ldap/ldap_server.h"
#include "connect/ldap/ldap_settings.h"
#include "connect/ldap/ldap_writer.h"
#include "connect/ldap/write_ahead.h"

namespace muster {

namespace {

/// What is known of an entry as it is to be.
FilterValues filter_values(const LdapType& type, const ExpectedObject& object) {
    FilterValues values{{"objectclass", type.object_classes}};
    for (const auto& attribute : type.attributes) {
        const bool comparable = attribute.type == Type::text || attribute.type == Type::integer ||
                                attribute.type == Type::boolean;
        if (comparable && std::ranges::count(object.unknown, attribute.id) == 0) {
            auto& known = values[lower(attribute.name)];
            for (const auto& value : object.values.values(attribute.id)) {
                known.emplace_back(value.text);
            }
        }
    }
    if (const auto name = parse_dn(object.name); name && !name->empty()) {
        for (const auto& part : name->front()) {
            values[lower(part.type)].push_back(part.value);
        }
    }
    return values;
}

/// Every call opens a connection of its own: none is ever found closed by the server in between.
class LdapConnector final : public Connector {
 public:
    explicit LdapConnector(LdapSettings settings) : settings_(std::move(settings)) {}

    ReadResult read(const ReadRequest& request, EntrySink& sink) override {
        auto connection = open(request.stop);
        auto result = read_directory(connection, adapted_, request, sink);
        result.notice = anchor_notice(settings_, adapted_);
        result.equalities = equalities(adapted_, *server_);
        return result;
    }

    void fetch(std::span<const Locator> objects, EntrySink& sink, std::stop_token stop) override {
        auto connection = open(stop);
        fetch_objects(connection, adapted_, objects, sink, stop);
    }

    void write(OperationStream& stream, std::stop_token stop) override {
        auto connection = open(stop);
        write_ahead(stream, [&](OperationStream& ahead) {
            LdapWriter(connection, adapted_, *server_, ahead, stop).run();
        });
    }

    std::string unread(TypeId id, std::string_view name) const override {
        const auto type = std::ranges::find(settings_.types, id, &LdapType::id);
        const auto holds = [name](const std::string& base) { return dn_is_within(name, base); };
        if (type == settings_.types.end() || std::ranges::any_of(type->bases, holds)) {
            return {};
        }
        return fmt::format("it lies outside the bases that are read ({})",
                           fmt::join(type->bases, "; "));
    }

    std::string left_out(const ExpectedObject& object) const override {
        const auto type = std::ranges::find(settings_.types, object.type, &LdapType::id);
        if (type == settings_.types.end() ||
            filter_finds(type->filter, filter_values(*type, object)) != false) {
            return {};
        }
        return fmt::format("the filter {} leaves it out", type->filter);
    }

    bool may_mend_links() const override { return true; }

    std::vector<DiscoveredType> discover() override {
        auto connection = open({});
        return discover_directory(connection, adapted_, *server_);
    }

 private:
    /// What the server says of itself is read with the first connection.
    LdapConnection open(const std::stop_token& stop) {
        LdapConnection connection(settings_.endpoint, stop);
        if (!server_) {
            auto server = read_server(connection, stop);
            adapted_ = adapted(settings_, server);
            server_ = std::move(server);
        }
        return connection;
    }

    LdapSettings settings_;  ///< as configured
    LdapSettings adapted_;   ///< to this server
    std::optional<LdapServer> server_;
};

}  // namespace

std::unique_ptr<Connector> make_ldap_connector(const Configuration& configuration, SpaceId system) {
    return std::make_unique<LdapConnector>(read_ldap_settings(configuration, system));
}

}  // namespace muster
