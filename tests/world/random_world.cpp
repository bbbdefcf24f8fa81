#include <fmt/format.h>

#include <algorithm>

#include "base/dn.h"
#include "base/text.h"
#include "world/world.h"

namespace muster::testing {

namespace {

/// A few values of a type, so that different objects often have the same.
std::string some_value(Type type, Dice& dice) {
    const auto n = dice.below(4);
    switch (type) {
        case Type::text: {
            static const std::vector<std::string> texts{"plain", "Ünïcode ß", "a, b + \"c\" \\ #",
                                                        "x"};
            return texts[n];
        }
        case Type::integer: {
            static const std::vector<std::string> integers{"0", "-7", "9223372036854775807", "12"};
            return integers[n];
        }
        case Type::decimal: {
            static const std::vector<std::string> decimals{"0.1", "-3", "12345678901234567890.5",
                                                           "2"};
            return decimals[n];
        }
        case Type::boolean:
            return n % 2 == 0 ? "true" : "false";
        case Type::datetime:
            return fmt::format("202{}-02-28T10:00:00Z", n);
        case Type::guid:
            return fmt::format("0123456{}-89ab-cdef-0123-456789abcdef", n);
        case Type::binary:
            return base64_encode(std::string(n + 1, '\xff'));
        case Type::reference:
            break;
    }
    return {};
}

std::string id_of(std::size_t person) {
    // One in three has what must be escaped in a DN.
    return "i" + std::to_string(person) + (person % 3 == 1 ? ", ö+1" : "");
}

class Story {
 public:
    Story(std::uint64_t seed, Manner manner)
        : dice_(seed), manner_(manner), people_(3 + dice_.below(4)) {
        auto random = random_configuration(dice_, manner);
        world_.configuration = std::move(random.configuration);
        world_.sources = std::move(random.sources);
        world_.targets = std::move(random.targets);
    }

    World tell() {
        world_.steps.push_back({beginning(), {}});
        const auto rounds = 2 + dice_.below(5);
        for (std::size_t i = 0; i < rounds; ++i) {
            world_.steps.push_back({changes(), some_run()});
        }
        world_.steps.push_back({{}, {}});
        return std::move(world_);
    }

 private:
    const Schema& schema() const { return world_.configuration.schema; }
    bool named(SpaceId system) const {
        return world_.configuration.system(system).connector == "ldap";
    }
    bool wild(unsigned percent) { return manner_ != Manner::tame && dice_.chance(percent); }
    bool hostile(unsigned percent) { return manner_ == Manner::hostile && dice_.chance(percent); }

    /// The same for all types of a system, unless something refers to several of them by it.
    std::string anchor(TypeId type, std::size_t person) const {
        const auto system = schema().space_of(type);
        const bool told_apart = std::ranges::any_of(schema().attributes(), [&](const auto& a) {
            return a.targets.size() > 1 && schema().space_of(a.id) == system;
        });
        return fmt::format("{}/{}{}", schema().space(system).name,
                           told_apart ? schema().type(type).name : "", person);
    }
    /// Whether values are handed out: then nobody's id may come late, as who is first would decide.
    bool hands_out() const {
        return std::ranges::any_of(world_.configuration.metaverse_attributes,
                                   [](const auto& a) { return a.generate.has_value(); });
    }
    /// How rows of the system refer to the person.
    std::string reference(TypeId type, std::size_t person) const {
        const auto key = anchor(type, person);
        return named(schema().space_of(type))
                   ? format_rdn("cn", key) + ",ou=" + schema().type(type).name
                   : key;
    }

    Row row(TypeId type, std::size_t person) {
        const auto system = schema().space_of(type);
        Row row{type, anchor(type, person), named(system) ? reference(type, person) : "", {}};
        for (const auto& a : schema().attributes(type)) {
            auto& values = row.values[a.id];
            if (a.name == "key") {
                values.insert(row.anchor);
            } else if (a.name == "id") {
                const bool lacking = !hands_out() && wild(5);
                if (!lacking) {
                    values.insert(id_of(person));
                }
            } else if (a.name == "code") {
                const bool lacking = wild(10);
                if (!lacking) {
                    values.insert((dice_.chance(50) ? "c" : " C") + std::to_string(person));
                }
            } else if (a.type == Type::reference) {
                for (auto i = dice_.below(a.multi ? 4 : 2); i > 0; --i) {
                    values.insert(reference(dice_.pick(a.targets), dice_.below(people_ + 1)));
                }
            } else {
                for (auto i = dice_.below(a.multi ? 4 : 2); i > 0; --i) {
                    values.insert(some_value(a.type, dice_));
                }
            }
            if (values.empty()) {
                row.values.erase(a.id);
            }
            // Who is first would decide what is handed out to whom.
            if (a.name != "key" && !(hands_out() && a.name == "id") && hostile(4)) {
                row.misspelt.insert(a.id);
            }
        }
        return row;
    }

    std::vector<Edit> beginning() {
        std::vector<Edit> edits;
        for (const auto system : world_.sources) {
            for (const auto type : schema().space(system).types) {
                for (std::size_t person = 0; person < people_; ++person) {
                    if (dice_.chance(60)) {
                        edits.push_back({Edit::Kind::put, system, row(type, person), {}});
                    }
                }
            }
        }
        dice_.shuffle(edits);
        for (const auto system : world_.targets) {
            for (const auto type : schema().space(system).types) {
                Edit edit{Edit::Kind::respell, system, {type, {}, {}, {}, {}}, {}};
                for (const auto& a : schema().attributes(type)) {
                    if (a.type == Type::text && a.name[0] == 'v' && hostile(30)) {
                        edit.row.values[a.id];
                    }
                }
                if (!edit.row.values.empty()) {
                    edits.push_back(std::move(edit));
                }
            }
        }
        return edits;
    }

    std::vector<Edit> changes() {
        std::vector<Edit> edits;
        for (auto i = dice_.below(5); i > 0; --i) {
            edits.push_back(change());
        }
        if (dice_.chance(5)) {
            const auto system = dice_.pick(world_.sources);
            const auto type = dice_.pick(schema().space(system).types);
            edits.push_back({Edit::Kind::empty, system, {type, {}, {}, {}}, {}});
        }
        return edits;
    }

    Edit change() {
        if (dice_.chance(10)) {
            return drift();
        }
        if (hostile(30)) {
            return blow();
        }
        const auto system = dice_.pick(world_.sources);
        const auto type = dice_.pick(schema().space(system).types);
        const auto person = dice_.below(people_);
        if (dice_.chance(30)) {
            return {Edit::Kind::remove, system, {type, anchor(type, person), {}, {}}, {}};
        }
        Edit edit{Edit::Kind::put, system, row(type, person), {}};
        if (wild(6)) {
            edit.kind = Edit::Kind::repeat;
        } else if (wild(3)) {
            edit.kind = Edit::Kind::repeat;
            edit.row.anchor.clear();
        }
        return edit;
    }

    Edit drift() {
        const auto system = dice_.pick(world_.targets);
        const auto type = dice_.pick(schema().space(system).types);
        const auto person = dice_.below(people_);
        Edit edit{Edit::Kind::drift_remove, system, {type, {}, {}, {}}, id_of(person)};
        const auto attributes = schema().attributes(type);
        const auto& a = attributes[dice_.below(attributes.size())];
        if (a.name[0] == 'v' && dice_.chance(70)) {
            edit.kind = Edit::Kind::drift_set;
            edit.row.values[a.id];
            for (auto i = dice_.below(a.multi ? 3 : 2); i > 0; --i) {
                edit.row.values[a.id].insert(some_value(a.type, dice_));
            }
        }
        return edit;
    }

    /// What is done to Muster, rather than in the systems.
    Edit blow() {
        static const std::vector<Edit::Kind> kinds{
            Edit::Kind::shuffle,      Edit::Kind::rebuild, Edit::Kind::refuse,
            Edit::Kind::refuse,       Edit::Kind::accept,  Edit::Kind::drift_rename,
            Edit::Kind::drift_foreign};
        auto kind = dice_.pick(kinds);
        const auto system =
            dice_.pick(kind == Edit::Kind::shuffle ? world_.sources : world_.targets);
        const auto type = dice_.pick(schema().space(system).types);
        const auto person = dice_.below(people_);
        // Where two rules write one type, which of their entries is found first would decide.
        const auto same_type = [&](const OutboundRule& rule) {
            return rule.system == system &&
                   std::ranges::count(world_.configuration.outbound, rule.target,
                                      &OutboundRule::target) > 1;
        };
        if (kind == Edit::Kind::rebuild &&
            std::ranges::any_of(world_.configuration.outbound, same_type)) {
            kind = Edit::Kind::accept;
        }
        Edit edit{kind, system, {type, {}, {}, {}, {}}, id_of(person)};
        if (kind == Edit::Kind::shuffle) {
            edit.id = std::to_string(dice_.below(1'000));
        } else if (kind == Edit::Kind::drift_rename) {
            edit.row.name = format_rdn("cn", id_of(person)) + ",ou=by hand";
        } else if (kind == Edit::Kind::drift_foreign) {
            for (const auto& a : schema().attributes(type)) {
                if (a.type == Type::reference && a.multi) {
                    edit.row.values[a.id] = {kForeign};
                }
            }
        }
        return edit;
    }

    Run some_run() {
        Run run;
        run.later = std::chrono::hours(dice_.chance(30) ? 25 : 0);
        run.full = dice_.chance(20);
        if (dice_.chance(30)) {
            run.import = dice_.chance(70);
            run.sync = dice_.chance(70);
            run.exports = dice_.chance(50);
        }
        if (!run.sync && dice_.chance(50)) {  // a sync of some systems works on what these brought
            run.systems = world_.sources;
            run.systems.insert(run.systems.end(), world_.targets.begin(), world_.targets.end());
            dice_.shuffle(run.systems);
            run.systems.resize(1 + dice_.below(run.systems.size()));
        }
        for (const auto& type : schema().types()) {
            if (type.space != kMetaverse && hostile(4)) {
                run.truncated.push_back(type.id);
            }
        }
        return run;
    }

    Dice dice_;
    Manner manner_;
    std::size_t people_;
    World world_;
};

}  // namespace

World random_world(std::uint64_t seed, Manner manner) {
    return Story(seed, manner).tell();
}

}  // namespace muster::testing
