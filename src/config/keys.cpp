#include "config/keys.h"

#include <algorithm>

namespace muster::config {

namespace {

constexpr std::string_view kTypes[] = {"text",     "integer", "decimal", "boolean",
                                       "datetime", "guid",    "binary",  "reference"};
constexpr std::string_view kMerges[] = {"first", "union"};
constexpr std::string_view kProcessings[] = {"direct", "in-memory"};
constexpr std::string_view kNulls[] = {"assert"};
constexpr std::string_view kActions[] = {"disconnect", "disable", "delete", "move_and_disable"};
constexpr std::string_view kFlowSources[] = {"from", "constant", "expression"};

constexpr KeySpec kTypeKey{"type", Shape::choice, false, "text", "What its values are.", kTypes};
constexpr KeySpec kMultiKey{"multi", Shape::boolean, false, "false",
                            "Holds a set of values, else at most one."};
constexpr KeySpec kFromKey{"from", Shape::text, false, "",
                           "The attribute whose values are taken as they are."};
constexpr KeySpec kConstantKey{"constant", Shape::constant, false, "", "Always this value."};
constexpr KeySpec kExpressionKey{
    "expression", Shape::expression, false, "",
    "Lua over the attributes of the object; nil gives no value, a list several."};

constexpr KeySpec kGenerateKeys[] = {
    {"for", Shape::text, true, "",
     "The attribute that identifies the owner; the same owner always gets the same value back, "
     "even years after deletion."},
    {"value", Shape::expression, true, "",
     "Lua, tried with count = 0, 1, 2, … until nobody else has its result or ever had it: no "
     "object "
     "of the type, and none in the systems it flows to."},
    {"keep", Shape::names, false, "",
     "`SYSTEM.TYPE.ATTRIBUTE`, best first: what a joined object has there already is taken instead "
     "of a new value, unless somebody else has it."},
};
constexpr MappingSpec kGenerate{"metaverse.<type>.attributes.<attribute>.generate",
                                "A unique value that Muster hands out once and reserves for ever.",
                                kGenerateKeys};

constexpr KeySpec kMetaverseAttributeKeys[] = {
    kTypeKey,
    kMultiKey,
    {"to", Shape::names, false, "", "A reference: the metaverse type, or types, it refers to."},
    {"merge", Shape::choice, false, "first",
     "Which contributions count: the first in order of precedence that has a value, or, for a "
     "multi-valued attribute, the union of all.",
     kMerges},
    {"precedence", Shape::names, false, "",
     "Inbound rules, best first. Rules that are not named follow in the order of the file."},
    {"generate", Shape::mapping, false, "", "Hand out a unique value.", {}, &kGenerate},
};
constexpr MappingSpec kMetaverseAttribute{
    "metaverse.<type>.attributes.<attribute>",
    "An attribute of a metaverse type. A plain value is its type: `surname: text`.",
    kMetaverseAttributeKeys, "type"};

constexpr KeySpec kDeleteKeys[] = {
    {"when_gone_from", Shape::names, false, "",
     "The object is deleted when it has left all of these systems; without it, all systems with a "
     "rule that projects to the type."},
    {"grace", Shape::duration, false, "0 days",
     "How long it is kept after that, in case it returns: `30 days`, `12 hours`."},
};
constexpr MappingSpec kDelete{"metaverse.<type>.delete", "When an object of the type is deleted.",
                              kDeleteKeys};

constexpr KeySpec kMetaverseTypeKeys[] = {
    {"attributes", Shape::named, true, "", "Its attributes.", {}, &kMetaverseAttribute},
    {"delete", Shape::mapping, false, "", "When its objects are deleted.", {}, &kDelete},
};
constexpr MappingSpec kMetaverseType{"metaverse.<type>",
                                     "An object type of the metaverse: what is known centrally.",
                                     kMetaverseTypeKeys};

constexpr KeySpec kLimitKeys[] = {
    {"count", Shape::number, false, "", "At most so many objects (removals: values) in a run."},
    {"percent", Shape::percent, false, "",
     "At most this share of the objects of the type that were there before the run (removals: of "
     "its "
     "references), rounded up."},
};

constexpr KeySpec kLimitsKeys[] = {
    {"deletes", Shape::limit, false, "10%", "Objects deleted."},
    {"disables", Shape::limit, false, "10%", "Objects disabled, or moved and disabled."},
    {"removals", Shape::limit, false, "20%", "References removed, such as memberships."},
    {"updates", Shape::limit, false, "50%",
     "Objects changed in any other way; changes of references alone do not count."},
    {"creates", Shape::limit, false, "20%",
     "Objects created; where nothing is said, 10 are let through whatever the share. The first "
     "load "
     "into a type of which a complete read showed nothing does not count."},
};
constexpr KeySpec kConnectorAttributeKeys[] = {
    kTypeKey,
    kMultiKey,
    {"to", Shape::names, false, "",
     "A reference: the type, or types, of the same system it refers to. Where the text of a "
     "reference "
     "could mean objects of several of them, the type that is named first is meant."},
    {"settings", Shape::settings, false, "", "What the connector wants to know about it."},
};
constexpr MappingSpec kConnectorAttribute{
    "systems.<system>.types.<type>.attributes.<attribute>",
    "An attribute of a connected system's type. A plain value is its type: `sn: text`.",
    kConnectorAttributeKeys, "type"};

constexpr KeySpec kConnectorTypeKeys[] = {
    {"settings", Shape::settings, false, "", "What the connector wants to know about the type."},
    {"anchor", Shape::names, false, "",
     "The attribute, or attributes, that identify an object and never change. Systems that have an "
     "identifier of their own need none."},
    {"attributes", Shape::named, true, "", "Its attributes.", {}, &kConnectorAttribute},
    {"limits", Shape::mapping, false, "", "Safety limits for the type.", {}, &kLimits},
};
constexpr MappingSpec kConnectorType{"systems.<system>.types.<type>",
                                     "An object type of a connected system.", kConnectorTypeKeys};

constexpr KeySpec kSystemKeys[] = {
    {"connector", Shape::connector, true, "", "How it is reached."},
    {"settings", Shape::settings, false, "", "What the connector wants to know about the system."},
    {"types",
     Shape::named,
     false,
     "",
     "Its object types; `muster discover SYSTEM` suggests some.",
     {},
     &kConnectorType},
    {"limits", Shape::mapping, false, "", "Safety limits for all its types.", {}, &kLimits},
};
constexpr MappingSpec kSystem{"systems.<system>",
                              "A connected system: a directory or a set of files.", kSystemKeys};

constexpr KeySpec kInboundFlowKeys[] = {
    kFromKey,
    kConstantKey,
    kExpressionKey,
    {"null", Shape::choice, false, "",
     "With `assert`, having no value is itself a contribution: attributes of lower precedence are "
     "not asked.",
     kNulls},
};
constexpr MappingSpec kInboundFlow{
    "rules.<inbound rule>.flows.<metaverse attribute>",
    "What a metaverse attribute gets. A plain value names the connector attribute it is taken "
    "from.",
    kInboundFlowKeys, "from", kFlowSources};

constexpr KeySpec kOutboundFlowKeys[] = {
    kFromKey,
    kConstantKey,
    kExpressionKey,
    {"initial", Shape::boolean, false, "false", "Sent when the object is created and never after."},
};
constexpr MappingSpec kOutboundFlow{
    "rules.<outbound rule>.flows.<connector attribute>",
    "What an attribute of the system gets. A plain value names the metaverse attribute it is taken "
    "from.",
    kOutboundFlowKeys, "from", kFlowSources};

constexpr KeySpec kDisableFlowKeys[] = {kFromKey, kConstantKey, kExpressionKey};
constexpr MappingSpec kDisableFlow{
    "rules.<outbound rule>.deprovision.flows.<connector attribute>",
    "What an attribute of the system gets when the object is disabled.", kDisableFlowKeys, "from",
    kFlowSources};

constexpr KeySpec kDeprovisionKeys[] = {
    {"action", Shape::choice, true, "",
     "`disconnect` leaves the object alone, `disable` sets attributes, `delete` deletes it, "
     "`move_and_disable` gives it another name and sets attributes.",
     kActions},
    {"flows",
     Shape::named,
     false,
     "",
     "disable, move_and_disable: the attributes to set.",
     {},
     &kDisableFlow},
    {"name", Shape::expression, false, "", "move_and_disable: Lua that gives the new name."},
};
constexpr MappingSpec kDeprovision{
    "rules.<outbound rule>.deprovision",
    "What becomes of an object of the system when its metaverse object is deleted or leaves the "
    "rule's scope. A plain value is the action.",
    kDeprovisionKeys, "action"};

constexpr KeySpec kInboundRuleKeys[] = {
    {"from", Shape::text, true, "", "The system and its type: `congress.member`."},
    {"to", Shape::text, true, "", "The metaverse type."},
    {"scope", Shape::expression, false, "",
     "Lua over the connector object; where it is false or nil the object is left out."},
    {"join", Shape::joins, false, "",
     "Matching rules in order: each maps one or several metaverse attributes to connector "
     "attributes; the first that finds anything decides. With `match: exact` beside them the "
     "values "
     "are compared by their bytes."},
    {"project", Shape::boolean, false, "false", "Create a metaverse object for what joins none."},
    {"flows",
     Shape::named,
     false,
     "",
     "Metaverse attributes and what they get.",
     {},
     &kInboundFlow},
};

constexpr KeySpec kOutboundRuleKeys[] = {
    {"from", Shape::text, true, "", "The metaverse type."},
    {"to", Shape::text, true, "", "The system and its type: `directory.person`."},
    {"scope", Shape::expression, false, "",
     "Lua over the metaverse object; where it is false or nil the system is not to hold it."},
    {"provision", Shape::boolean, false, "false", "Create what the system does not have."},
    {"name", Shape::expression, false, "",
     "Lua that gives the object's name (an LDAP DN); objects are renamed or moved to keep it."},
    {"flows",
     Shape::named,
     false,
     "",
     "Attributes of the system and what they get.",
     {},
     &kOutboundFlow},
    {"deprovision",
     Shape::mapping,
     false,
     "disconnect",
     "What becomes of objects that the system is no longer to hold.",
     {},
     &kDeprovision},
};

constexpr KeySpec kTopKeys[] = {
    {"store", Shape::path, false, "muster.db",
     "What holds Muster's state: the path of a SQLite file, or postgresql://user@host/database, in "
     "which ${env:NAME} and ${file:PATH} may stand for the password."},
    {"history", Shape::number, false, "400", "Days for which changes are remembered."},
    {"processing", Shape::choice, false, "direct",
     "Where runs look things up: in the store, or in memory, where all spaces are held during a "
     "run.",
     kProcessings},
    {"memory", Shape::size, false, "2 GiB",
     "What the spaces may take when processing in memory; over it, processing is direct."},
    {"include", Shape::names, false, "",
     "Further files, relative to this one; read after it, in this order, as if they stood here."},
    {"metaverse", Shape::named, false, "", "The central object types.", {}, &kMetaverseType},
    {"systems", Shape::named, false, "", "The connected systems.", {}, &kSystem},
    {"rules", Shape::rules, false, "", "How systems and metaverse follow each other."},
    {"removed", Shape::names, false, "",
     "Systems, types (`SYSTEM.TYPE`) and rules that this configuration once had: what they kept "
     "alive goes as if their objects were gone. Without it, it stays as it is, and every run says "
     "so."},
};

constexpr const MappingSpec* kAll[] = {
    &kTop,          &kMetaverseType, &kMetaverseAttribute, &kGenerate,
    &kDelete,       &kSystem,        &kConnectorType,      &kConnectorAttribute,
    &kLimits,       &kLimit,         &kInboundRule,        &kInboundFlow,
    &kOutboundRule, &kOutboundFlow,  &kDeprovision,        &kDisableFlow,
};

}  // namespace

constexpr MappingSpec kTop{"", "The top of `muster.yaml` and of every file it includes.", kTopKeys};
constexpr MappingSpec kInboundRule{"rules.<inbound rule>",
                                   "From a connected system into the metaverse.", kInboundRuleKeys};
constexpr MappingSpec kOutboundRule{
    "rules.<outbound rule>", "From the metaverse into a connected system.", kOutboundRuleKeys};
constexpr MappingSpec kLimits{
    "limits",
    "What one run may do to the objects of one type (`systems.<system>.types.<type>.limits`) or of "
    "each type of a system that does not say otherwise (`systems.<system>.limits`). More than that "
    "is held until an operator releases or discards it. A value replaces the default wholly.",
    kLimitsKeys};
constexpr MappingSpec kLimit{
    "limits.<kind>",
    "A plain value is a share (`25%`), a number (`100`), or `none`. With both, exceeding either "
    "one holds.",
    kLimitKeys};

const KeySpec* MappingSpec::find(std::string_view key) const {
    const auto found = std::ranges::find(keys, key, &KeySpec::name);
    return found == keys.end() ? nullptr : &*found;
}

std::span<const MappingSpec* const> all_mappings() {
    return kAll;
}

const MappingSpec* rule_mapping(const Node& rule) {
    const auto* from = rule.find("from");
    const auto* to = rule.find("to");
    if (from == nullptr || to == nullptr || !from->is_scalar() || !to->is_scalar()) {
        return nullptr;
    }
    const bool inbound = from->text.find('.') != std::string::npos;
    const bool outbound = to->text.find('.') != std::string::npos;
    if (inbound == outbound) {
        return nullptr;
    }
    return inbound ? &kInboundRule : &kOutboundRule;
}

}  // namespace muster::config
