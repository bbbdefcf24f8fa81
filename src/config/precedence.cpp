#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "config/build.h"
#include "config/shape.h"

namespace muster::config {

namespace {

/// Moves the contributions of the named rules to the front.
class Precedence {
 public:
    Precedence(AttributeId attribute, const std::vector<const Entry*>& rules, Build& build)
        : attribute_(attribute), rules_(rules), build_(build) {}

    void run() {
        const auto& configuration = build_.configuration;
        auto& contributions =
            build_.configuration.metaverse_attributes[attribute_.value - 1u].contributions;
        auto rest = contributions;
        std::vector<FlowRef> ordered;
        std::vector<std::string_view> seen;
        for (const auto* name : names_of(build_.entry(attribute_).value, "precedence")) {
            if (std::ranges::find(seen, name->text) != seen.end()) {
                build_.complaints.error(name->where,
                                        fmt::format("'{}' is named twice", name->text));
                continue;
            }
            seen.push_back(name->text);
            const auto found = std::ranges::find_if(rest, [&](FlowRef ref) {
                return configuration.inbound[ref.rule].name == name->text;
            });
            if (found != rest.end()) {
                ordered.push_back(*found);
                rest.erase(found);
            } else {
                complain(*name);
            }
        }
        ordered.insert(ordered.end(), rest.begin(), rest.end());
        contributions = std::move(ordered);
    }

 private:
    void complain(const Node& name) {
        const auto& configuration = build_.configuration;
        const auto rule = std::ranges::find(configuration.inbound, name.text, &InboundRule::name);
        const bool outbound =
            std::ranges::find(configuration.outbound, name.text, &OutboundRule::name) !=
            configuration.outbound.end();
        const bool said = std::ranges::find(rules_, name.text, [](const Entry* e) -> auto& {
                              return e->key;
                          }) != rules_.end();
        const auto attribute = full_name(configuration.schema, attribute_);
        if (rule != configuration.inbound.end() || outbound) {
            build_.complaints.error(
                name.where, fmt::format("the rule '{}' has no flow into {}", name.text, attribute),
                outbound ? "name inbound rules" : "add the flow, or leave the rule out");
        } else if (!said) {  // else the rule has its own complaints
            build_.complaints.error(name.where, fmt::format("unknown rule '{}'", name.text),
                                    suggest(name.text, contributing_rules()));
        }
    }

    std::vector<std::string_view> contributing_rules() const {
        std::vector<std::string_view> names;
        for (const auto ref : build_.configuration.metaverse_attribute(attribute_).contributions) {
            names.emplace_back(build_.configuration.inbound[ref.rule].name);
        }
        return names;
    }

    AttributeId attribute_;
    const std::vector<const Entry*>& rules_;
    Build& build_;
};

}  // namespace

void build_precedence(const std::vector<const Entry*>& rules, Build& build) {
    auto& configuration = build.configuration;
    for (std::size_t r = 0; r < configuration.inbound.size(); ++r) {
        const auto& flows = configuration.inbound[r].flows;
        for (std::size_t f = 0; f < flows.size(); ++f) {
            configuration.metaverse_attributes[flows[f].target.value - 1u].contributions.push_back(
                {static_cast<std::uint16_t>(r), static_cast<std::uint16_t>(f)});
        }
    }
    for (std::size_t i = 1; i <= configuration.metaverse_attributes.size(); ++i) {
        Precedence(AttributeId{static_cast<std::uint16_t>(i)}, rules, build).run();
    }
}

}  // namespace muster::config
