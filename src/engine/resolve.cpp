#include "engine/resolve.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "base/error.h"

namespace muster {

namespace {

constexpr std::uint16_t kGenerated = 0xFFFF;
constexpr std::uint16_t kNullAsserted = 0x8000;  // set in a flow position

void append_provenance(std::string& key, AttributeId attribute, std::uint16_t rule,
                       std::uint16_t flow) {
    const std::uint16_t part[] = {attribute.value, rule, flow};
    key.append(reinterpret_cast<const char*>(part), sizeof part);
}

}  // namespace

std::string_view fate_name(Contribution::Fate fate) {
    switch (fate) {
        case Contribution::Fate::won:
            return "won";
        case Contribution::Fate::outranked:
            return "outranked";
        case Contribution::Fate::no_value:
            return "no value";
        case Contribution::Fate::null_asserted:
            return "asserts null";
        case Contribution::Fate::out_of_scope:
            return "out of scope";
        case Contribution::Fate::not_joined:
            return "not joined";
        case Contribution::Fate::failed:
            return "failed";
    }
    return {};
}

Applicable Applicable::evaluate(Rules& rules, std::span<const Object* const> objects,
                                std::vector<ObjectProblem>& problems) {
    Applicable result;
    for (const Object* object : objects) {
        const auto& type = rules.book().connector_type(object->type);
        bool any = !type.scoped;
        for (const auto rule : type.inbound) {
            const auto in = rules.in_scope(rule, *object);
            if (!in) {
                problems.push_back(rules.problem());
            }
            if (in.value_or(static_cast<bool>(object->joined))) {
                result.sources_.emplace_back(rule, object);
                any = true;
            }
        }
        result.any_.push_back(any);
    }
    return result;
}

const Object* Applicable::source(std::uint16_t inbound_rule) const {
    for (const auto& [rule, object] : sources_) {
        if (rule == inbound_rule) {
            return object;
        }
    }
    return nullptr;
}

namespace {

/// Resolves one attribute, contribution by contribution.
class AttributeResolver {
 public:
    AttributeResolver(Rules& rules, const Applicable& applicable, const Document& sticky,
                      Resolved& result, std::vector<ObjectProblem>& problems,
                      std::vector<Contribution>* trace)
        : rules_(rules),
          applicable_(applicable),
          sticky_(sticky),
          result_(result),
          problems_(problems),
          trace_(trace) {}

    void operator()(AttributeId attribute) {
        const auto& meta = rules_.book().configuration().metaverse_attribute(attribute);
        bool decided = false;
        for (const auto flow : meta.contributions) {
            const Object* object = applicable_.source(flow.rule);
            if (decided && trace_ == nullptr) {
                return;
            }
            values_.clear();
            if (object != nullptr && !rules_.contribute(flow, *object, values_)) {
                values_.clear();
                note(attribute, flow, object, Contribution::Fate::failed);
                if (!decided) {
                    keep(attribute, flow);
                    decided = !meta.merge_union;
                }
                continue;
            }
            const auto fate = judge(flow, object, decided);
            note(attribute, flow, object, fate);
            if (fate == Contribution::Fate::won) {
                take(attribute, flow);
                decided = !meta.merge_union;
            } else if (fate == Contribution::Fate::null_asserted && !decided) {
                append_provenance(result_.provenance_key, attribute, flow.rule,
                                  static_cast<std::uint16_t>(flow.flow | kNullAsserted));
                decided = true;
            }
        }
    }

 private:
    /// What a failing flow would give is not known: what is there stays.
    void keep(AttributeId attribute, FlowRef flow) {
        problems_.push_back(rules_.problem());
        for (const auto& value : sticky_.values(attribute)) {
            values_.push_back(value.text);
        }
        if (!values_.empty()) {
            take(attribute, flow);
        }
    }

    Contribution::Fate judge(FlowRef flow, const Object* object, bool decided) const {
        if (object == nullptr) {
            return Contribution::Fate::not_joined;
        }
        if (!values_.empty()) {
            return decided ? Contribution::Fate::outranked : Contribution::Fate::won;
        }
        const bool asserts =
            rules_.book().configuration().inbound[flow.rule].flows[flow.flow].assert_null;
        if (asserts) {
            return decided ? Contribution::Fate::outranked : Contribution::Fate::null_asserted;
        }
        return Contribution::Fate::no_value;
    }

    void take(AttributeId attribute, FlowRef flow) {
        for (const auto value : values_) {
            result_.attributes.add(attribute, value);
        }
        append_provenance(result_.provenance_key, attribute, flow.rule, flow.flow);
    }

    void note(AttributeId attribute, FlowRef flow, const Object* object,
              Contribution::Fate fate) const {
        if (trace_ != nullptr) {
            trace_->push_back({attribute, flow, object, fate, {values_.begin(), values_.end()}});
        }
    }

    Rules& rules_;
    const Applicable& applicable_;
    const Document& sticky_;
    Resolved& result_;
    std::vector<ObjectProblem>& problems_;
    std::vector<Contribution>* trace_;
    std::vector<std::string_view> values_;
};

}  // namespace

void resolve(Rules& rules, TypeId type, const Applicable& applicable, const Document& sticky,
             Resolved& result, std::vector<ObjectProblem>& problems,
             std::vector<Contribution>* trace) {
    result.attributes.clear();
    result.provenance_key.clear();
    AttributeResolver resolve_attribute(rules, applicable, sticky, result, problems, trace);
    const auto& of_type = rules.book().metaverse_type(type);
    for (const auto attribute : of_type.scalars) {
        resolve_attribute(attribute);
    }
    for (const auto attribute : of_type.generated) {
        for (const auto& value : sticky.values(attribute)) {
            result.attributes.add(attribute, value.text);
            note_generated(result, attribute);
        }
    }
    result.attributes.normalise();
}

bool resolve_keys(Rules& rules, TypeId type, const Applicable& applicable, Resolved& result) {
    result.attributes.clear();
    result.provenance_key.clear();
    const Document nothing;
    std::vector<ObjectProblem> problems;
    AttributeResolver resolve_attribute(rules, applicable, nothing, result, problems, nullptr);
    for (const auto attribute : rules.book().metaverse_type(type).key_attributes) {
        resolve_attribute(attribute);
        if (!problems.empty()) {
            return false;
        }
    }
    result.attributes.normalise();
    return true;
}

void note_generated(Resolved& result, AttributeId attribute) {
    append_provenance(result.provenance_key, attribute, kGenerated, 0);
}

std::string describe_provenance(const RuleBook& book, std::string_view key) {
    boost::json::object description;
    for (std::size_t at = 0; at + 6 <= key.size(); at += 6) {
        std::uint16_t part[3];
        std::copy_n(key.data() + at, sizeof part, reinterpret_cast<char*>(part));
        const auto& attribute = book.schema().attribute(AttributeId{part[0]}).name;
        std::string who =
            part[1] == kGenerated ? "generated" : book.configuration().inbound[part[1]].name;
        if (part[1] != kGenerated && (part[2] & kNullAsserted) != 0) {
            who.insert(0, "!");
        }
        auto* present = description.if_contains(attribute);
        if (present == nullptr) {
            description[attribute] = who;
        } else if (present->is_array()) {
            present->get_array().emplace_back(who);
        } else {
            *present = boost::json::array{*present, who};
        }
    }
    return boost::json::serialize(description);
}

void resolve_links(const Configuration& configuration, const Applicable& applicable, TypeId type,
                   const RuleBook& book, std::vector<OfferedLink>& offered,
                   std::vector<std::pair<AttributeId, ObjectId>>& chosen) {
    chosen.clear();
    for (const auto attribute : book.metaverse_type(type).references) {
        const auto& meta = configuration.metaverse_attribute(attribute);
        for (const auto flow : meta.contributions) {
            const bool counts = applicable.source(flow.rule) != nullptr;
            const auto before = chosen.size();
            for (const auto& link : offered) {
                if (counts && link.rule == flow.rule && link.attribute == attribute) {
                    chosen.emplace_back(attribute, link.target);
                }
            }
            const bool offers = chosen.size() > before;
            const bool asserts =
                counts && configuration.inbound[flow.rule].flows[flow.flow].assert_null;
            if (!meta.merge_union && (offers || asserts)) {
                break;
            }
        }
    }
    std::ranges::sort(chosen);
    const auto repeated = std::ranges::unique(chosen);
    chosen.erase(repeated.begin(), repeated.end());
}

}  // namespace muster
