#pragma once

#include <boost/json/parse.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connect/connector.h"

namespace muster::testing {

/// A configuration of one system, put together in a test.
class SystemBuilder {
 public:
    SystemBuilder(const std::string& folder, const std::string& connector,
                  const std::string& settings = "{}") {
        configuration_.folder = folder;
        configuration_.schema.add_space("metaverse");
        system_.space = configuration_.schema.add_space("system");
        system_.name = "system";
        system_.connector = connector;
        system_.settings = boost::json::parse(settings).as_object();
    }

    TypeId type(const std::string& name, const std::string& settings,
                std::vector<Schema::NewAttribute> attributes,
                const std::vector<std::string>& anchor) {
        auto& schema = configuration_.schema;
        const auto id = schema.add_type(system_.space, name, std::move(attributes));
        std::vector<AttributeId> anchors;
        anchors.reserve(anchor.size());
        for (const auto& a : anchor) {
            anchors.push_back(schema.find_attribute(id, a));
        }
        schema.set_anchor(id, anchors);
        TypeSettings type;
        type.type = id;
        type.settings = boost::json::parse(settings).as_object();
        system_.types.push_back(std::move(type));
        return id;
    }

    void attribute(TypeId type, const std::string& name, const std::string& settings) {
        for (auto& t : system_.types) {
            if (t.type == type) {
                t.attributes.emplace_back(configuration_.schema.find_attribute(type, name),
                                          boost::json::parse(settings).as_object());
            }
        }
    }

    void refer(TypeId type, const std::string& attribute, TypeId target) {
        configuration_.schema.set_targets(configuration_.schema.find_attribute(type, attribute),
                                          {target});
    }

    /// Says that Muster makes the objects of a type.
    void provisioned(TypeId type) {
        OutboundRule rule;
        rule.system = system_.space;
        rule.target = type;
        rule.provision = true;
        configuration_.outbound.push_back(std::move(rule));
    }

    const Configuration& finish() {
        if (configuration_.systems.empty()) {
            configuration_.systems.push_back(system_);
        }
        return configuration_;
    }
    SpaceId system() const { return system_.space; }
    const Schema& schema() const { return configuration_.schema; }
    AttributeId id(TypeId type, std::string_view name) const {
        return configuration_.schema.find_attribute(type, name);
    }

 private:
    Configuration configuration_;
    ConnectedSystem system_;
};

/// Keeps what a connector reads, as text.
class Collector : public EntrySink {
 public:
    struct Seen {
        std::string anchor;
        std::string name;
        std::string where;
        std::map<std::string, std::vector<std::string>> values;
        std::vector<std::string> flaws = {};  ///< "attribute: code"
    };

    explicit Collector(const Schema& schema) : schema_(schema) {}

    void entry(const Entry& entry) override {
        Seen seen{std::string(entry.anchor), std::string(entry.name), std::string(entry.where), {}};
        for (const auto& value : entry.values) {
            seen.values[schema_.attribute(value.attribute).name].emplace_back(value.text);
        }
        for (const auto& flaw : entry.flaws) {
            seen.flaws.push_back(schema_.attribute(flaw.attribute).name + ": " + flaw.code);
        }
        entries.push_back(std::move(seen));
    }
    void problem(ReadProblem problem) override { problems.push_back(std::move(problem)); }

    void clear() {
        entries.clear();
        problems.clear();
    }

    /// "code@where" of every problem, in order.
    std::vector<std::string> codes() const {
        std::vector<std::string> all;
        all.reserve(problems.size());
        for (const auto& p : problems) {
            all.push_back(p.code + "@" + p.where);
        }
        return all;
    }
    std::vector<std::string> anchors() const {
        std::vector<std::string> all;
        all.reserve(entries.size());
        for (const auto& e : entries) {
            all.push_back(e.anchor);
        }
        return all;
    }

    std::vector<Seen> entries;
    std::vector<ReadProblem> problems;

 private:
    const Schema& schema_;
};

/// Hands out a list of operations and keeps the outcomes by id.
class ListStream : public OperationStream {
 public:
    explicit ListStream(std::vector<Operation> operations)
        : operations_(operations.begin(), operations.end()) {}

    std::optional<Operation> next() override {
        if (operations_.empty()) {
            return std::nullopt;
        }
        auto operation = std::move(operations_.front());
        operations_.pop_front();
        return operation;
    }
    void outcome(Outcome outcome) override { outcomes.emplace(outcome.id, std::move(outcome)); }
    bool barrier() override { return barriers; }

    std::map<std::uint64_t, Outcome> outcomes;
    bool barriers = false;  ///< before every operation

 private:
    std::deque<Operation> operations_;
};

}  // namespace muster::testing
