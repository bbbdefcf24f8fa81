#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/configuration.h"
#include "model/delta.h"
#include "model/object.h"

namespace muster {

struct Join {
    ObjectId metaverse;
    ObjectId connector;
    TypeId type;  ///< of the connector object
    friend auto operator<=>(const Join&, const Join&) = default;
};

/// A connector object of a type that the configuration no longer has, joined all the same.
struct ForgottenJoin {
    ObjectId metaverse;
    ObjectId connector;
    std::string system;
    std::string type;
};

/// Who an object is, without what it holds.
struct Identity {
    ObjectId id;  ///< none: there is no such object
    ObjectState state = ObjectState::normal;
    std::string anchor;
    std::string name;
    TypeId type;  ///< none where the configuration no longer has it
};

/// An object that has a name.
struct Named {
    ObjectId id;
    TypeId type;
    ObjectState state = ObjectState::normal;
    std::string name;  ///< as it is spelled
};

/// Sorts links from `start` on by source, attribute, target and text, as views give them.
void sort_links(std::vector<Link>& links, std::size_t start);

/// An object as lookups need it.
struct IndexRow {
    ObjectId id;
    TypeId type;
    ObjectState state;
    ObjectId joined;
    Digest payload;
    std::string_view anchor;  ///< during the call only
    std::string_view name;    ///< during the call only
};

/// A matching key's value of an object.
struct KeyRow {
    KeyId key;
    SpaceId space;
    std::string_view value;  ///< folded; during the call only
    ObjectId object;
};

enum class ChangeKind : std::uint8_t { create = 0, update = 1, erase = 2 };
std::string_view change_kind_name(ChangeKind kind);

/// A row of the log: what one commit did to one object. A create holds no values (they are what
/// walking back from the present leaves) but the digest of its document; an erase holds everything
/// the object was.
struct Change {
    CommitNumber commit;
    ObjectId object;
    TypeId type;
    CommitNumber previous;  ///< the commit that changed the object before; none for a create
    ChangeKind kind = ChangeKind::update;
    std::string delta;  ///< model/delta.h, as JSON; for a create the digest in hex
};

struct Commit {
    CommitNumber number;
    Instant time;
    ActivityId activity;
    std::string cause;  ///< "import congress", "sync", "export directory"
};

enum class ExportKind : std::uint8_t { create = 0, update = 1, disable = 2, erase = 3 };
/// `failed` is found only in stores of earlier versions: the next run takes it for planned.
enum class ExportState : std::uint8_t { planned = 0, sent = 1, held = 2, failed = 3 };
std::string_view export_kind_name(ExportKind kind);
std::string_view export_state_name(ExportState state);

/// A pending export: what one connector object still has to be told. One row per object. A
/// confirmed export is no longer pending: its row is gone and the log keeps what happened.
struct Export {
    ObjectId object;  ///< connector object
    TypeId type;
    ExportKind kind = ExportKind::update;
    ExportState state = ExportState::planned;
    Delta delta;            ///< name and scalar attributes; links are ExportLinks
    int attempts = 0;       ///< how often it was sent
    std::string error;      ///< why the last attempt was refused; empty where it was not
    ObjectId cause;         ///< the connector object whose change led to it; may be none
    CommitNumber planned;   ///< the commit that planned it
    bool released = false;  ///< an operator let it pass the safety limits; held: he discarded it
};

/// Whether an object has a pending export, and of what sort.
struct ExportHead {
    bool pending = false;
    ExportKind kind = ExportKind::update;
    ExportState state = ExportState::planned;
    bool says_something = false;  ///< of name or scalar attributes; else only links are pending
};

/// How many objects have an export of one sort pending.
struct PendingCount {
    ExportKind kind = ExportKind::update;
    ExportState state = ExportState::planned;  ///< of links where there is nothing else: theirs
    bool renames = false;
    std::uint64_t count = 0;
};

/// One link a target still has to be given or relieved of.
struct ExportLink {
    ObjectId object;  ///< connector object holding the reference attribute
    AttributeId attribute;
    bool add = true;
    ObjectId target;   ///< connector object; or, when removing a dangling value,
    std::string text;  ///< its text. With a target and removing: the old name to remove, if it
                       ///< differs from the present
    ExportState state = ExportState::planned;
    bool released = false;
};

/// Asks how many links of one source and attribute there are.
struct LinkCount {
    ObjectId source;
    AttributeId attribute;
    std::uint64_t most = 0;  ///< counted no further
};

/// Who has a reserved unique value.
struct Reservation {
    AttributeId attribute;
    std::string value;  ///< as handed out; unique per attribute by its folded form
    std::string owner;  ///< folded identifying value
};

struct Population {
    TypeId type;
    AttributeId attribute;  ///< none: objects; else links of that attribute
    std::uint64_t count = 0;
};

struct ActivityRow {
    ActivityId id;
    ActivityId parent;   ///< the run this is a step of; none for the run itself
    std::string kind;    ///< run, import, sync, export, confirm
    std::string system;  ///< empty for sync and run
    std::string status;  ///< running, done, items, held, failed, cancelled, killed
    Instant started;
    std::optional<Instant> ended;
    std::string counters;  ///< JSON object, name → number
    std::string message;   ///< why it failed or what is held
};

/// The outcome of a run for one object, where there is something to say. A snapshot: survives the
/// object.
struct Item {
    ActivityId activity;
    ObjectId object;  ///< may be none
    std::string system;
    std::string type;
    std::string anchor;
    std::string code;  ///< short and stable: "ambiguous-match", "ragged-row"
    std::string message;
    std::string where;  ///< file and line, where there is one
};

/// As long as it lives, the view that gave it reads one state. Keep it briefly: it may hold back
/// what stores clear away. Must not outlive the view.
class ViewHold {
 public:
    virtual ~ViewHold() = default;
};

/// Reads the store. Every call takes sets, blocks, and throws Error(store) when the store fails.
/// One View is used by one thread at a time; each call sees everything committed before it began.
class View {
 public:
    virtual ~View() = default;

    // Lookup: small and stable. Results stand beside their arguments; none where nothing answers.
    virtual void lookup(TypeId type, std::span<const std::string_view> anchors,
                        std::span<ObjectId> ids) = 0;
    /// By normalize_dn'd names, over all types of the system: `found(i, object)` for each name i
    /// and each object that has it, however it is spelled and gone ones included. Whoever wants one
    /// of them asks find_named() (store/find.h).
    virtual void named(SpaceId system, std::span<const std::string_view> names,
                       const std::function<void(std::size_t, const Named&)>& found) = 0;
    /// Objects of `space` (the metaverse, or connector objects waiting to be joined) having a
    /// matching key's value. `found(i, id)` for each value i and object, ids ascending.
    virtual void match(KeyId key, SpaceId space, std::span<const std::string_view> values,
                       const std::function<void(std::size_t, ObjectId)>& found) = 0;
    /// Whether anything of `space` has values of the key at all.
    virtual bool has_keys(KeyId key, SpaceId space) = 0;
    /// Every object of a space, in order of id.
    virtual void index(SpaceId space, const std::function<void(const IndexRow&)>& row) = 0;
    /// Ids of a type above `after`, ascending, at most `most`, appended.
    virtual void objects(TypeId type, ObjectId after, std::size_t most,
                         std::vector<ObjectId>& ids) = 0;

    // Hydration: large and brief. Beside their ids; id none where there is no such object.
    virtual void hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) = 0;
    /// The same without what they hold, which costs much less.
    virtual void identify(std::span<const ObjectId> ids, std::vector<Identity>& identities);

    /// Connector objects joined to the metaverse objects, grouped and ascending in the given order.
    /// Appends.
    virtual void connectors(std::span<const ObjectId> metaverse, std::vector<Join>& joins) = 0;
    /// The same of types that the configuration no longer has; those above leave them out. Where it
    /// has all types of the store, nothing is asked.
    virtual void forgotten(std::span<const ObjectId> metaverse,
                           std::vector<ForgottenJoin>& joins) = 0;
    /// The joined metaverse objects beside connector objects; none where not joined.
    virtual void joined(std::span<const ObjectId> connectors, std::span<ObjectId> metaverse) = 0;

    /// How many objects of a system are joined. The store counts them: none of them is read out.
    virtual std::uint64_t count_joined(SpaceId system) = 0;

    /// Links from the sources through one attribute (none: any), in order of (source, attribute,
    /// target, text). Appends.
    virtual void links(std::span<const ObjectId> sources, AttributeId attribute,
                       std::vector<Link>& links) = 0;
    /// Links to the targets through any attribute of any space. Appends.
    virtual void referrers(std::span<const ObjectId> targets, std::vector<Link>& links) = 0;
    /// Whether each link exists.
    virtual void exist(std::span<const Link> links, std::span<bool> answers) = 0;
    /// Beside the questions: how many links there are.
    virtual void count_links(std::span<const LinkCount> asked, std::span<std::uint64_t> counts) = 0;
    virtual std::uint64_t count_unresolved(SpaceId space) = 0;
    /// Every unresolved link of a space. The view of its text is valid during the call.
    virtual void unresolved(SpaceId space, const std::function<void(const Link&)>& link) = 0;

    // Bulk, for whoever keeps it all in memory: everything that belongs to the schema, streamed, in
    // as few statements as the store can. What is given is valid during the call.
    /// Objects of all spaces; ids ascending within a type.
    virtual void scan_objects(const std::function<void(const Object&)>& object) = 0;
    /// Connector objects that are joined, in any order.
    virtual void scan_joins(const std::function<void(const Join&)>& join);
    /// Links of all spaces, in any order.
    virtual void scan_links(const std::function<void(const Link&)>& link) = 0;
    /// Values of all matching keys, in any order.
    virtual void scan_keys(const std::function<void(const KeyRow&)>& key) = 0;

    /// Keeps to one state, that of the next call. Nothing where the store cannot.
    virtual std::unique_ptr<ViewHold> hold() { return nullptr; }

    // The log
    virtual CommitNumber last_commit() = 0;
    /// Changes to objects of a space after a commit, in order.
    virtual void changed_since(SpaceId space, CommitNumber after,
                               const std::function<void(const Change&)>& change) = 0;
    /// Changes of one object, newest first, at most `most`; also of one that was erased.
    virtual std::vector<Change> history(ObjectId object, std::size_t most) = 0;
    virtual std::optional<Commit> commit(CommitNumber number) = 0;
    /// Erased objects whose erase row names this anchor or name, newest first (reads all erase
    /// rows).
    virtual std::vector<Change> erased(std::string_view anchor_or_name, std::size_t most) = 0;

    // Work
    /// Pending exports of a system in any of the states (empty: all), in order of object. Streamed.
    virtual void exports(SpaceId system, std::span<const ExportState> states,
                         const std::function<void(const Export&)>& row) = 0;
    /// Beside the objects; nothing where none is pending.
    virtual void exports(std::span<const ObjectId> objects,
                         std::vector<std::optional<Export>>& rows) = 0;
    /// The same without what they say: enough to decide whether one is needed.
    virtual void export_heads(std::span<const ObjectId> objects,
                              std::vector<ExportHead>& heads) = 0;
    /// Pending links of the objects, in order. Appends.
    virtual void export_links(std::span<const ObjectId> objects,
                              std::vector<ExportLink>& links) = 0;
    /// How many objects of each type and links of each attribute there are.
    virtual std::vector<Population> population(SpaceId space) = 0;
    /// How much is planned or held (not sent, failed or released), per type and kind. Updates that
    /// only bring links do not count; removals are counted per type, in links, without those of and
    /// to objects that are to be deleted.
    struct PlannedCount {
        TypeId type;
        LimitKind kind;
        std::uint64_t planned = 0;    ///< in state planned or held
        std::uint64_t held = 0;       ///< of those, in state held
        std::uint64_t discarded = 0;  ///< beside those
        std::uint64_t pending = 0;    ///< in any state; not of removals
    };
    virtual std::vector<PlannedCount> planned(SpaceId system) = 0;
    /// All that is pending for a system, counted by the store: nothing of it is read out. Objects
    /// of which only links are pending count once for each state these are in.
    virtual std::vector<PendingCount> pending(SpaceId system) = 0;
    /// Whether a system has exports in state planned.
    virtual bool any_planned(SpaceId system) = 0;
    /// Exports that were refused and wait to be sent again: how many, and the earliest commit that
    /// planned one. Cost grows with what is planned.
    struct RefusedCount {
        std::uint64_t count = 0;
        CommitNumber first;
    };
    virtual RefusedCount refused(SpaceId system) = 0;
    /// Objects of a space in state gone, ascending. Cost grows with their number.
    virtual void gone(SpaceId space, std::vector<ObjectId>& ids) = 0;
    /// Objects in error (Object::retry) of a space.
    virtual void retries(SpaceId space, std::vector<ObjectId>& ids) = 0;
    /// Metaverse objects whose deletion is due at `moment`.
    virtual void due(Instant moment, std::vector<ObjectId>& ids) = 0;

    /// Who holds each value (folded) of a generated attribute: beside the values, empty owner where
    /// free.
    virtual void reserved(AttributeId attribute, std::span<const std::string_view> values,
                          std::vector<std::string>& owners) = 0;
    /// What was handed out to each owner (folded); empty where nothing.
    virtual void reservations(AttributeId attribute, std::span<const std::string_view> owners,
                              std::vector<std::string>& values) = 0;

    virtual std::string pattern(std::uint32_t provenance) = 0;      ///< of Store::intern
    virtual CommitNumber watermark(std::string_view follower) = 0;  ///< zero for an unknown one
    virtual std::string meta(std::string_view name) = 0;  ///< small named facts; empty where unset

    virtual std::vector<ActivityRow> activities(std::size_t most) = 0;  ///< newest first
    virtual std::vector<Item> items(ActivityId activity_or_run, std::size_t most) = 0;
};

}  // namespace muster
