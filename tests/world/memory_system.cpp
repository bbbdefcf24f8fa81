#include "world/memory_system.h"

#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
#include "model/connector_settings.h"

namespace muster::testing {

MemorySystem::MemorySystem(const Configuration& configuration, SpaceId system) : space(system) {
    const auto* spec = find_connector_spec(configuration.system(system).connector);
    MUSTER_ASSERT(spec != nullptr);
    named = spec->named;
    for (const auto& type : configuration.system(system).types) {
        for (const auto& [attribute, settings] : type.attributes) {
            if (settings.contains("write_only")) {
                write_only.insert(attribute);
            }
        }
    }
}

std::vector<const Row*> MemorySystem::shown(TypeId type) const {
    std::vector<const Row*> shown;
    for (const auto& row : rows) {
        if (row.type == type) {
            shown.push_back(&row);
        }
    }
    if (unreadable.contains(type)) {  // the same ones, in whichever order they were written
        auto missed = shown;
        std::ranges::stable_sort(
            missed, {}, [this](const Row* row) { return named ? row->name : row->anchor; });
        missed.erase(missed.begin(),
                     missed.begin() + static_cast<std::ptrdiff_t>(missed.size() / 2));
        std::erase_if(shown, [&](const Row* row) { return std::ranges::count(missed, row) > 0; });
    }
    return shown;
}

std::string MemorySystem::kept(AttributeId attribute, const std::string& text) const {
    std::string capitals = text;
    if (respelt.contains(attribute)) {
        for (auto& c : capitals) {
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
    }
    return capitals;
}

Row* MemorySystem::find(TypeId type, std::string_view anchor) {
    const auto found = std::ranges::find_if(
        rows, [&](const Row& r) { return r.type == type && r.anchor == anchor; });
    return found == rows.end() ? nullptr : &*found;
}

Row* MemorySystem::find_name(std::string_view name) {
    const auto wanted = normalize_dn(name);
    const auto found =
        std::ranges::find_if(rows, [&](const Row& r) { return normalize_dn(r.name) == wanted; });
    return found == rows.end() ? nullptr : &*found;
}

Row& MemorySystem::put(Row row) {
    if (named && row.anchor.empty()) {
        row.anchor = "entry-" + std::to_string(++anchors_given);
    }
    if (auto* present = row.anchor.empty() ? nullptr : find(row.type, row.anchor)) {
        return *present = std::move(row);
    }
    rows.push_back(std::move(row));
    return rows.back();
}

void MemorySystem::erase(TypeId type, std::string_view anchor) {
    std::erase_if(rows, [&](const Row& r) { return r.type == type && r.anchor == anchor; });
}

void MemorySystem::rebuild() {
    for (auto& row : rows) {
        row.anchor = named ? "entry-" + std::to_string(++anchors_given) : row.anchor;
    }
}

namespace {

class MemoryConnector : public Connector {
 public:
    MemoryConnector(const Configuration& configuration, MemorySystem& system)
        : schema_(configuration.schema), system_(system) {}

    ReadResult read(const ReadRequest& request, EntrySink& sink) override {
        ReadResult result;
        result.equalities = system_.equalities;
        for (const auto type : request.types) {
            for (const auto* row : system_.shown(type)) {
                show(*row, sink);
            }
            if (!system_.unreadable.contains(type)) {
                result.complete.push_back(type);
            } else {
                result.incomplete_because = "the connection was lost";
            }
        }
        for (const auto attribute : system_.respelt) {
            result.equalities.emplace(attribute, Equality::case_ignore);
        }
        return result;
    }

    void fetch(std::span<const Locator> objects, EntrySink& sink,
               std::stop_token /*stop*/) override {
        for (const auto& o : objects) {
            const auto* row =
                o.anchor.empty() ? system_.find_name(o.name) : system_.find(o.type, o.anchor);
            if (row != nullptr && row->type == o.type) {
                show(*row, sink);
            }
        }
    }

    void write(OperationStream& stream, std::stop_token /*stop*/) override {
        bool broken = false;
        // Answers come late and out of order, as those of a window of operations do.
        std::vector<Outcome> waiting;
        const auto drain = [&] {
            for (; !waiting.empty(); waiting.pop_back()) {
                stream.outcome(std::move(waiting.back()));
            }
        };
        while (!broken) {
            if (stream.barrier() || waiting.size() >= 3) {
                drain();
            }
            const auto operation = stream.next();
            if (!operation) {
                break;
            }
            waiting.push_back(perform(*operation));
            broken = waiting.back().result == Outcome::Result::unknown;
        }
        drain();
    }

    std::vector<DiscoveredType> discover() override { return {}; }
    bool may_mend_links() const override { return system_.named; }

 private:
    void show(const Row& row, EntrySink& sink) const {
        if (row.anchor.empty()) {
            sink.problem(
                {row.type, {}, "a row", "no-anchor", "the row has no anchor", false, true});
            return;
        }
        std::vector<EntryValue> values;
        for (const auto& [attribute, texts] : row.values) {
            for (const auto& text : texts) {
                if (!system_.write_only.contains(attribute) && !row.misspelt.contains(attribute)) {
                    values.push_back({attribute, text});
                }
            }
        }
        for (const auto attribute : row.misspelt) {
            values.push_back({attribute, "\xff\xfe"});
        }
        sink.entry({row.type, row.anchor, row.name, values, "a row"});
    }

    Outcome perform(const Operation& operation) {
        const auto trouble = system_.trouble ? system_.trouble() : Trouble::none;
        Outcome outcome = done(operation);
        if (trouble == Trouble::refuse || is_refused(operation)) {
            return refused(operation, "unwilling", "the system is unwilling");
        }
        if (trouble != Trouble::lose_request) {
            ++system_.operations;
            outcome = act(operation);
            system_.refusals += outcome.result == Outcome::Result::refused ? 1 : 0;
        }
        if (trouble == Trouble::lose_request || trouble == Trouble::lose_answer) {
            outcome = {operation.id, Outcome::Result::unknown, {}, {}, "the connection broke"};
        }
        if (trouble == Trouble::hide_anchor) {
            outcome.anchor.clear();
        }
        return outcome;
    }

    bool is_refused(const Operation& operation) {
        const auto id = schema_.find_attribute(operation.type, "id");
        if (system_.refused.empty() || !id) {
            return false;
        }
        const auto* row = operation.kind == Operation::Kind::create ? nullptr : find(operation);
        std::set<std::string> ids;
        if (row != nullptr && row->values.contains(id)) {
            ids = row->values.at(id);
        }
        for (const auto& c : operation.changes) {
            if (row == nullptr && c.attribute == id) {
                ids.insert(c.add.begin(), c.add.end());
            }
        }
        return std::ranges::any_of(ids, [&](const auto& i) { return system_.refused.contains(i); });
    }

    Row* find(const Operation& operation) {
        Row* row = system_.find(operation.type, operation.anchor);
        return row == nullptr && system_.named ? system_.find_name(operation.name) : row;
    }

    Outcome act(const Operation& operation) {
        if (operation.kind == Operation::Kind::create) {
            return create(operation);
        }
        Row* row = find(operation);
        if (row == nullptr) {
            return operation.kind == Operation::Kind::erase
                       ? done(operation)
                       : refused(operation, "missing", "no such object");
        }
        switch (operation.kind) {
            case Operation::Kind::create:
                break;
            case Operation::Kind::modify:
                return modify(operation, *row);
            case Operation::Kind::rename:
                return rename(operation, *row);
            case Operation::Kind::erase:
                return erase(operation, *row);
        }
        return refused(operation, "unknown-kind", "no such operation");
    }

    Outcome create(const Operation& operation) {
        Row row{operation.type, operation.new_anchor, operation.new_name, {}};
        if (system_.named ? row.name.empty() || system_.find_name(row.name) != nullptr
                          : row.anchor.empty() || system_.find(row.type, row.anchor) != nullptr) {
            return refused(operation, "exists",
                           "no name, or it is taken: " + row.name + row.anchor);
        }
        auto result = change(operation, row);
        if (result.result == Outcome::Result::done) {
            result.anchor = system_.put(std::move(row)).anchor;
        }
        return result;
    }

    Outcome modify(const Operation& operation, Row& row) {
        Row changed = row;
        auto result = change(operation, changed);
        if (!operation.new_anchor.empty()) {
            if (operation.new_anchor != row.anchor &&
                system_.find(row.type, operation.new_anchor) != nullptr) {
                return refused(operation, "exists", "anchor taken: " + operation.new_anchor);
            }
            changed.anchor = operation.new_anchor;
        }
        if (result.result == Outcome::Result::done) {
            row = std::move(changed);
        }
        return result;
    }

    Outcome rename(const Operation& operation, Row& row) {
        const auto* holder = system_.find_name(operation.new_name);
        if (holder != nullptr && holder != &row) {
            return refused(operation, "exists", "name taken: " + operation.new_name);
        }
        if (system_.mends_links) {
            mend_links(row.name, operation.new_name);
        }
        row.name = operation.new_name;
        return done(operation);
    }

    void mend_links(const std::string& before, const std::string& after) {
        const auto names_it = [&](const std::string& v) {
            return normalize_dn(v) == normalize_dn(before);
        };
        for (auto& row : system_.rows) {
            for (auto& [attribute, values] : row.values) {
                if (schema_.attribute(attribute).type == Type::reference &&
                    std::erase_if(values, names_it) > 0) {
                    values.insert(after);
                }
            }
        }
    }

    Outcome erase(const Operation& operation, const Row& row) {
        if (system_.named) {
            const auto child = [&](const Row& r) {
                return &r != &row && dn_is_within(r.name, row.name);
            };
            if (std::ranges::any_of(system_.rows, child)) {
                return refused(operation, "not-leaf", "it has children: " + row.name);
            }
        }
        const auto type = row.type;
        const auto anchor = row.anchor;  // the row itself goes
        system_.erase(type, anchor);
        return done(operation);
    }

    Outcome change(const Operation& operation, Row& row) {
        for (const auto& c : operation.changes) {
            const auto& attribute = schema_.attribute(c.attribute);
            auto& values = row.values[c.attribute];
            const bool replaces =
                !attribute.multi && attribute.type != Type::reference && !c.add.empty();
            if (c.clear || replaces) {
                values.clear();
            }
            for (const auto& text : c.remove) {
                if (attribute.type == Type::reference && system_.named) {
                    std::erase_if(values, [&](const std::string& v) {
                        return normalize_dn(v) == normalize_dn(text);
                    });
                } else {
                    values.erase(system_.kept(c.attribute, text));
                }
            }
            for (const auto& text : c.add) {
                values.insert(system_.kept(c.attribute, text));
            }
            if (!attribute.multi && values.size() > 1) {
                return refused(operation, "single-valued", attribute.name + " takes one value");
            }
            if (const auto kept = system_.stubborn.find(c.attribute);
                kept != system_.stubborn.end()) {
                values = kept->second;
            }
            if (values.empty()) {
                row.values.erase(c.attribute);
            }
        }
        return done(operation);
    }

    static Outcome done(const Operation& operation) {
        return {operation.id, Outcome::Result::done, {}, {}, {}};
    }
    static Outcome refused(const Operation& operation, std::string code, std::string message) {
        return {operation.id, Outcome::Result::refused, {}, std::move(code), std::move(message)};
    }

    const Schema& schema_;
    MemorySystem& system_;
};

}  // namespace

std::unique_ptr<Connector> connect(const Configuration& configuration, MemorySystem& system) {
    return std::make_unique<MemoryConnector>(configuration, system);
}

}  // namespace muster::testing
