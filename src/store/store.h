#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/view.h"

namespace muster {

/// A change to one object, classified: the store never reads back to find out.
struct ObjectWrite {
    ChangeKind kind = ChangeKind::update;
    /// create, update: the object as it shall be (commit is set by the store). erase: id, type,
    /// commit suffice. For update and erase `object.commit` is the commit it was read at; if the
    /// stored one differs the whole commit is refused (Conflict).
    Object object;
    bool attributes_changed =
        true;  ///< update: false leaves the stored document as it is (object.attributes unread)
    bool identity_changed = true;  ///< update: false leaves anchor and name as they are
    std::string
        delta;  ///< JSON for the log. Empty: bookkeeping only (payload, retry, …), not logged
};

/// Opens a link that is not there, or closes one that is (Error(store) otherwise).
struct LinkWrite {
    Link link;
    bool open = true;  ///< else close: the link moves to the past
};

struct KeyWrite {
    KeyId key;
    SpaceId space;
    std::string value;  ///< folded
    ObjectId object;
    bool add = true;
};

/// Replaces (or with `erase` removes) the pending export of an object; its links are written apart.
/// `row.planned` none: this commit. An update without values and links is none, and goes by itself.
struct ExportWrite {
    Export row;
    bool erase = false;
    /// False where only state, attempts, error and released differ from the stored row; the rest of
    /// `row` is still filled in.
    bool delta_changed = true;
};

/// Adds, replaces or removes one pending link. An object with pending links always has a pending
/// Export: where the ChangeSet gives none, the store adds an empty update.
struct ExportLinkWrite {
    ExportLink row;
    bool erase = false;
};

/// Moves pending exports of one kind between states, a bounded number of statements each: rows for
/// deletes, disables, creates and updates that say something; for removals the pending links to be
/// taken away, except of and to objects that are to be deleted. What is discarded stays as a row
/// that is held and released, so that it is not planned again while its cause stays as it is.
struct ExportSweep {
    SpaceId system;
    TypeId type;
    LimitKind kind;
    enum class To : std::uint8_t {
        held,       ///< planned and not released → held
        planned,    ///< held → planned: the limit is no longer exceeded
        released,   ///< held or discarded → planned, and never held again
        discarded,  ///< held → discarded
        excused,    ///< planned → planned, and never held
    } to = To::held;
};

/// Everything one commit writes. Empty parts cost nothing.
struct ChangeSet {
    ActivityId activity;
    std::string cause;  ///< see Commit::cause
    Instant time;
    std::vector<ObjectWrite> objects;
    std::vector<LinkWrite> links;
    std::vector<KeyWrite> keys;
    std::vector<Reservation> reservations;  ///< refused (Conflict) where another owner was faster
    std::vector<ExportWrite> exports;
    std::vector<ExportLinkWrite> export_links;
    std::vector<ExportSweep> sweeps;
    std::vector<Item> items;
    std::vector<std::pair<std::string, CommitNumber>>
        watermarks;  ///< follower, position; number none: this very commit
    std::vector<std::pair<std::string, std::string>> meta;
    std::vector<ActivityRow> activities;  ///< inserted or replaced by id

    bool empty() const;   ///< nothing at all to write
    bool logged() const;  ///< anything that deserves a commit number (objects with a delta, links)
    void clear();         ///< keeps capacity
};

/// A commit was computed from an object that has changed since, or reserves a value that was taken
/// meanwhile. Recompute and try again.
struct Conflict {
    ObjectId object;  ///< none for a reservation
};

/// Something that one process at a time may do. Ends with the object or the process.
class StoreLock {
 public:
    virtual ~StoreLock() = default;
};

/// What there is to know about a store as such.
struct StoreStatus {
    std::string kind;          ///< "SQLite 3.40.1", "PostgreSQL 15.18"
    std::int64_t version = 0;  ///< of its tables
    std::uint64_t bytes = 0;   ///< on disk, with everything that belongs to it
    CommitNumber last;
    std::vector<std::pair<std::string, CommitNumber>> watermarks;  ///< follower, position; by name
};

/// Where all state lives. Thread-safe. Any number of processes may read; whether more than one may
/// write is the implementation's matter.
class Store {
 public:
    virtual ~Store() = default;

    /// A reader with its own connection, to be used by one thread at a time. Must not outlive the
    /// store.
    virtual std::unique_ptr<View> view() = 0;

    /// Writes a ChangeSet as one transaction, durable when it returns the commit number (none where
    /// nothing was logged). Blocks. Throws Conflict, or Error(store) with nothing of it written.
    virtual CommitNumber commit(const ChangeSet& changes) = 0;

    /// The same, but others may follow in the same transaction: durable, and seen by views, after
    /// the next flush() or commit() at the latest. What fails may take all since the last one with
    /// it.
    virtual CommitNumber append(const ChangeSet& changes) { return commit(changes); }
    /// Ends what append() began. Throws Error(store) with nothing of it written.
    virtual void flush() {}

    /// Whether other processes may write while this one has the store open for writing.
    virtual bool shared() const { return false; }

    /// Hands out `count` consecutive object ids; returns the first. Ids never handed out twice,
    /// gaps may remain.
    virtual ObjectId reserve_ids(std::size_t count) = 0;
    virtual ActivityId reserve_activity() = 0;

    /// The number of a provenance pattern, stored for ever; thread-safe and cheap for known ones.
    virtual std::uint32_t intern(const std::string& pattern) = 0;

    /// Keeps other processes from taking the lock of that name. Error(busy) naming the holder where
    /// another has it. Does not wait. Must not outlive the store.
    virtual std::unique_ptr<StoreLock> lock(std::string_view name) = 0;

    /// Drops history older than `moment`: commits up to the lowest watermark (never the newest)
    /// with what they changed and closed, and activities that ended, with their items. Returns
    /// commits dropped.
    virtual std::uint64_t forget(Instant moment) = 0;

    /// Blocks until there is a commit beyond `after` or the time has passed; returns the last one
    /// there is. A wake-up for followers: it may come late, so they look at the log in between.
    virtual CommitNumber wait_beyond(CommitNumber after, std::chrono::milliseconds most);

    virtual StoreStatus status() = 0;

    /// Integrity: complaints, empty when sound. Reads everything; replays the log backwards for
    /// every n-th object.
    virtual std::vector<std::string> check(
        std::size_t every_nth,
        const std::function<void(std::uint64_t, std::uint64_t)>& progress) = 0;
};

enum class StoreAccess {
    read,   ///< for show, explain, status: never blocks a writer
    write,  ///< for runs: takes the run lock; Error(busy) naming the holder's pid where another has
            ///< it
    preview,  ///< everything can be written and read back, and all of it is gone when the store is
              ///< closed
};

/// Opens the SQLite store at `path`, creating or migrating it where `access` is write (preview of a
/// store that does not exist yet works in memory). Throws Error(store) where it is none, newer than
/// this program, or damaged.
std::unique_ptr<Store> open_sqlite_store(const std::string& path, const Schema& schema,
                                         StoreAccess access);

}  // namespace muster
