#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/schema.h"
#include "store/resident/indexes.h"
#include "store/resident/object_table.h"
#include "store/resident/triple_set.h"
#include "store/store.h"

namespace muster::resident {

/// How much there is in memory. Bytes are what allocations add up to.
struct Holdings {
    std::size_t objects = 0;
    std::size_t links = 0;
    std::size_t bytes = 0;          ///< of everything
    std::size_t payload_bytes = 0;  ///< of these what objects say: anchors, names and values
    std::size_t link_bytes = 0;     ///< of these the links, found from both ends
};

/// An object as it stands in a store; one without id in `object` is no more.
struct Present {
    ObjectId id;
    Object object;
    std::vector<Link> links;  ///< from it
};

/// The values of matching keys.
class Keys {
 public:
    void change(const KeyRow& key, bool add);
    void match(KeyId key, SpaceId space, std::span<const std::string_view> values,
               std::vector<std::pair<std::size_t, ObjectId>>& found) const;
    bool any(KeyId key, SpaceId space) const;
    bool same_as(const Keys& other) const;
    std::size_t bytes() const { return objects_.bytes(); }

 private:
    FewIndex<Digest> objects_;
    std::map<std::pair<KeyId, SpaceId>, std::int64_t> counts_;
};

/// All keys of a store.
Keys read_keys(View& view);

/// All spaces of a schema in memory: what a View answers of objects, keys and links, as of the
/// commits applied. Not synchronised: readers keep writers out (residency.h). The reading functions
/// are those of View; lists are complete, as nothing may be called back while they are made.
class ResidentSpaces {
 public:
    /// `schema` must outlive it.
    explicit ResidentSpaces(const Schema& schema);
    ResidentSpaces(const ResidentSpaces&) = delete;
    ResidentSpaces& operator=(const ResidentSpaces&) = delete;

    /// Takes over everything a view shows; to be called once, on an empty one.
    void warm(View& view);
    /// Makes the changes of a ChangeSet that was committed as `number` (none: it was not logged).
    void apply(const ChangeSet& changes, CommitNumber number);

    /// Whether every object that the ChangeSet changes is here.
    bool knows(const ChangeSet& changes) const;
    /// Puts objects, with their links, and all keys as they are in a store in place of what it has.
    void replace(std::span<const Present> objects, Keys keys);

    /// The first thing in which the two differ, in words; empty where they are the same.
    std::string difference(const ResidentSpaces& other) const;

    /// Memory held, by what the allocations add up to.
    std::size_t bytes() const;
    /// What the memory holds; reads all objects.
    Holdings holdings() const;

    void lookup(TypeId type, std::span<const std::string_view> anchors,
                std::span<ObjectId> ids) const;
    void named(SpaceId system, std::span<const std::string_view> names,
               const std::function<void(std::size_t, const Named&)>& found) const;
    const Keys& keys() const { return keys_; }
    void objects(TypeId type, ObjectId after, std::size_t most, std::vector<ObjectId>& ids) const;
    /// Null where there is none.
    const char* find(ObjectId id) const { return objects_.find(id); }
    void hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) const;
    void identify(std::span<const ObjectId> ids, std::vector<Identity>& identities) const;
    void connectors(std::span<const ObjectId> metaverse, std::vector<Join>& joins) const;
    void joined(std::span<const ObjectId> connectors, std::span<ObjectId> metaverse) const;
    void links(std::span<const ObjectId> sources, AttributeId attribute,
               std::vector<Link>& links) const;
    void referrers(std::span<const ObjectId> targets, std::vector<Link>& links) const;
    void exist(std::span<const Link> links, std::span<bool> answers) const;
    void count_links(std::span<const LinkCount> asked, std::span<std::uint64_t> counts) const;
    void unresolved(SpaceId space, std::vector<Link>& links) const;
    void gone(SpaceId space, std::vector<ObjectId>& ids) const;
    void retries(SpaceId space, std::vector<ObjectId>& ids) const;
    void due(Instant moment, std::vector<ObjectId>& ids) const;

 private:
    enum class Mark : std::uint16_t { gone = 1, retry = 2 };
    static std::uint64_t name_key(SpaceId space, std::string_view normalised);
    struct BySource {
        bool operator()(const Link& a, const Link& b) const;
    };

    void write(const ObjectWrite& write, CommitNumber number);
    /// Adds an object, or puts it in place of the one with its id; its values are packed already.
    void put(const Object& object, const PackedText& text);
    void erase(ObjectId id);
    void list(ObjectId id, const PackedObject& object, bool add);
    void change_link(const Link& link, bool open);
    void change_unresolved(const Link& link, bool open);
    void remove_links_of(ObjectId source);
    /// Brings the sets up to date with what was listed; where they are few, only if `all`.
    void flush(bool all);
    void marked(SpaceId space, Mark mark, std::vector<ObjectId>& ids) const;

    const Schema& schema_;
    ObjectTable objects_;
    AnchorIndex anchors_{objects_};
    FewIndex<std::uint64_t> names_;
    Keys keys_;
    TripleSet by_type_;  ///< type, 0, object
    TripleSet joins_;    ///< metaverse object, type, connector object
    TripleSet marks_;    ///< space, Mark, object
    TripleSet forward_;  ///< source, attribute, target; of links that have one
    TripleSet reverse_;  ///< target, attribute, source
    std::set<Link, BySource> unresolved_;
    std::size_t unresolved_bytes_ = 0;
    std::set<std::pair<Instant, ObjectId>> due_;

    // Changes on their way into the sets, and buffers kept for their capacity
    std::vector<TripleChange> type_changes_;
    std::vector<TripleChange> join_changes_;
    std::vector<TripleChange> mark_changes_;
    std::vector<TripleChange> forward_changes_;
    std::vector<TripleChange> reverse_changes_;
    std::string packed_;
    std::string values_;
};

}  // namespace muster::resident
