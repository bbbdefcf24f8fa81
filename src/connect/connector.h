#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "model/configuration.h"
#include "model/document.h"
#include "model/equality.h"
#include "model/schema.h"

namespace muster {

/// One value as a connector reads it: in the spelling `canonical` (model/value.h) accepts.
/// References are the anchor or name of their target.
struct EntryValue {
    AttributeId attribute;
    std::string_view text;
};

/// An attribute of which not every value could be read or understood: it keeps what it had.
struct EntryFlaw {
    AttributeId attribute;
    std::string code;     ///< short and stable: "not-utf8"
    std::string message;  ///< what is wrong with it, without the attribute's name
};

/// Values that were read with nothing usable to say whose they are, by attribute.
using OwnerlessValues = std::set<std::pair<AttributeId, std::string>>;

/// One object as read from a connected system. All views are valid only during the call that hands
/// it over.
struct Entry {
    TypeId type;
    std::string_view
        anchor;             ///< canonical for the system, at most limits::kAnchorBytes; never empty
    std::string_view name;  ///< DN; empty where the system has no names
    std::span<const EntryValue> values;     ///< in any order; scalar and reference attributes
    std::string_view where;                 ///< "people.csv:17", for complaints
    std::span<const EntryFlaw> flaws = {};  ///< attributes whose values do not count
    /// May be its own: what it had of them it keeps. The same for all entries of the type, or none.
    std::shared_ptr<const OwnerlessValues> ownerless = {};
};

/// Something the connector read and could not make an Entry of, or read with a flaw.
struct ReadProblem {
    TypeId type;  ///< may be none
    std::string
        anchor;  ///< may be empty. If known, the object counts as present and keeps its old state
    std::string where;  ///< "memberships.csv:204"
    std::string
        code;  ///< short and stable: "ragged-row", "no-anchor", "unknown-parent", "duplicate-value"
    std::string message;         ///< what is wrong and what would be right
    bool entry_follows = false;  ///< only a flaw: the entry itself is handed over as well
    bool anybody = false;        ///< it may be any object of the type: nothing says which
    /// What the anchor is without the blanks and invisible characters that it has: its object
    /// counts as present. Empty where it has none.
    std::string tidy_anchor = {};
};

/// Takes what a connector reads, in the reader's thread. Calls may block (back-pressure).
class EntrySink {
 public:
    virtual ~EntrySink() = default;
    virtual void entry(const Entry& entry) = 0;
    virtual void problem(ReadProblem problem) = 0;
};

/// How a read ended. A read that could not show everything is not complete and deletes nothing.
struct ReadResult {
    std::vector<TypeId> complete;    ///< types of which every object was shown
    std::string incomplete_because;  ///< empty if all asked for are complete
    std::uint64_t bytes = 0;
    std::string watermark;       ///< opaque; stored with the last page
    std::string notice = {};     ///< what it has decided by itself: told when it is new
    Equalities equalities = {};  ///< how it tells values apart, where it says so
};

/// Tells a long read's progress; may be called from the reading thread at any rate.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total_or_0)>;

struct ReadRequest {
    std::vector<TypeId> types;  ///< in the order in which they must come
    Progress progress;          ///< may be empty; bytes for files, entries for directories
    /// Whether any object of the type was ever shown at or below a name, as far as is known. Empty:
    /// nothing is known. May be called from the reading thread; reads much: for the rare case.
    std::function<bool(TypeId, std::string_view)> seen_below;
    std::stop_token stop;
};

/// Which object to look at again: by anchor where it is known, else by name.
struct Locator {
    TypeId type;
    std::string anchor;
    std::string name;
};

/// One change of one attribute in the target's own spelling of references (names or anchors).
struct ValueChange {
    AttributeId attribute;
    std::vector<std::string> remove;
    std::vector<std::string> add;
    bool clear = false;  ///< the attribute had values and must end with none (scalar attributes)
    bool was_empty = false;      ///< references: the attribute holds nothing before this operation
    bool becomes_empty = false;  ///< references: and nothing after it
};

/// One write to a connected system.
struct Operation {
    enum class Kind : std::uint8_t { create, modify, rename, erase };
    std::uint64_t id = 0;  ///< comes back in the Outcome
    Kind kind = Kind::modify;
    TypeId type;
    std::string anchor;      ///< empty for create
    std::string name;        ///< present name; for create and rename see new_name
    std::string new_name;    ///< create, rename
    std::string new_anchor;  ///< modify or create where the anchor is made of written attributes;
                             ///< else empty
    std::vector<ValueChange> changes;  ///< create, modify
    /// Rename: those values of the first component of the name that the object ought to keep, by
    /// attribute, as `add`.
    std::vector<ValueChange> kept = {};
};

/// What became of one operation.
struct Outcome {
    enum class Result : std::uint8_t {
        done,
        refused,  ///< the system said no: this object's problem, tried again in the next run
        unknown,  ///< the connection broke with the operation on its way: must be settled by
                  ///< reading
        unsent,   ///< never left: the connection broke before
    };
    std::uint64_t id = 0;
    Result result = Result::done;
    std::string anchor;   ///< that the object has from now on, where the system tells: what was
                          ///< created, and what a change gave another one; else empty
    std::string code;     ///< refused: short, stable ("ldap-50")
    std::string message;  ///< refused, unknown: the system's words and what to do
    bool partly = false;  ///< refused: the rest of the operation was done; reading shows what
    bool tree = false;    ///< rename: what lies below the object has its name from it
    std::vector<ValueChange> brought = {};  ///< rename: values that went and came with the name
};

/// Supplies operations and takes outcomes; both in the writer's thread.
class OperationStream {
 public:
    virtual ~OperationStream() = default;
    /// The next operation; nothing at the end. Operations between two barriers may be in flight
    /// together, in any order.
    virtual std::optional<Operation> next() = 0;
    /// Called as answers arrive, in any order, once for every operation taken. May be called from
    /// within next().
    virtual void outcome(Outcome outcome) = 0;
    /// True if, before the next operation is taken, everything in flight must have been answered.
    virtual bool barrier() = 0;
};

struct DiscoveredAttribute {
    std::string name;
    Type type = Type::text;
    bool multi = false;
    std::string note;         ///< why this type is suggested, or empty
    std::string target = {};  ///< references: the discovered type they lead to
    std::vector<std::pair<std::string, std::string>> settings = {};  ///< that the attribute needs
};
struct DiscoveredType {
    std::string name;
    std::vector<DiscoveredAttribute> attributes;
    std::string anchor;         ///< suggestion; may be empty
    std::uint64_t objects = 0;  ///< seen, where counting is cheap; else 0
    std::vector<std::pair<std::string, std::string>> settings = {};  ///< that the type needs
    std::string note = {};  ///< what looks wrong with it, or empty
};

/// An object as it is to be.
struct ExpectedObject {
    TypeId type;
    std::string_view name;
    const Document& values;
    std::span<const AttributeId> unknown = {};  ///< attributes whose values are known to nobody
};

/// One connected system, connected. Not thread-safe; a run uses one connector in one thread at a
/// time. Calls block; they throw Error(connection | data) when the system as a whole fails, after
/// which the connector can be used again.
class Connector {
 public:
    virtual ~Connector() = default;

    /// Streams every object of the types. Entries of one type arrive together.
    virtual ReadResult read(const ReadRequest& request, EntrySink& sink) = 0;
    /// Streams those of the objects that exist; for confirming and settling. Cost grows with the
    /// number asked for, where the system allows it.
    virtual void fetch(std::span<const Locator> objects, EntrySink& sink, std::stop_token stop) = 0;
    /// Writes all of the stream. Returns when everything taken has an outcome. Does not throw for a
    /// connection that breaks on the way: outcomes say unknown and unsent.
    virtual void write(OperationStream& stream, std::stop_token stop) = 0;
    virtual std::vector<DiscoveredType> discover() = 0;
    /// Why a read would not show an object of the type under this name; empty where it would. What
    /// is not read again is not to be written.
    virtual std::string unread(TypeId /*type*/, std::string_view /*name*/) const { return {}; }
    /// Why a read would leave out an object of these values; empty where it would not, or nobody
    /// can tell.
    virtual std::string left_out(const ExpectedObject& /*object*/) const { return {}; }
    /// Whether the system may change by itself what refers to an object that is renamed.
    virtual bool may_mend_links() const { return false; }
};

/// Opens the connector of a system. Reads the secrets its settings refer to. Does not connect yet,
/// where it can avoid to. Throws Error(configuration) where a setting cannot be used. The
/// configuration must outlive the connector.
std::unique_ptr<Connector> make_connector(const Configuration& configuration, SpaceId system);

/// Replaces ${env:NAME} and ${file:PATH} in a setting (a file's content without its last line end;
/// relative paths start at `folder`). Throws Error(configuration) naming the reference, never the
/// value.
std::string resolve_references(std::string_view text, const std::string& folder);

}  // namespace muster
