#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "follow/log_follower.h"
#include "store/forwarding_view.h"
#include "store/store_fixture.h"

namespace muster::testing {

inline const StoreFactory& sqlite_factory() {
    static const StoreFactory kFactory = {
        "sqlite", [](const std::string& folder, const Schema& schema, StoreAccess access) {
            return open_sqlite_store(folder + "/muster.db", schema, access);
        }};
    return kFactory;
}

/// A store that is written here and read through another one, as another process would.
class Followed : public ::testing::Test, public StoreFixture {
 public:
    Followed() : StoreFixture(sqlite_factory()), there(open(StoreAccess::read)) {}

    Object make_user(const std::string& anchor, const std::string& name = {}) {
        Object object = make(user, anchor, name);
        create(object);
        return read(object.id);
    }
    CommitNumber rename(ObjectId id, const std::string& name) {
        Object after = read(id);
        after.name = name;
        return write(update(read(id), after));
    }
    CommitNumber move(ObjectId id, const std::string& anchor) {
        Object after = read(id);
        after.anchor = anchor;
        return write(update(read(id), after));
    }
    CommitNumber erase(ObjectId id) { return write(erasure(read(id))); }

    const SpaceId directory = schema.find_space("directory");
    const TypeId user = type("directory", "user");
    std::unique_ptr<Store> there;
};

/// A store whose readers can be cut off, or be led to another one. For followers alone.
class Cuttable : public Store {
 public:
    explicit Cuttable(Store& inner) : inner_(&inner) {}

    void lead_to(Store& other) { inner_ = &other; }
    void cut(bool off) { cut_ = off; }

    std::unique_ptr<View> view() override {
        check_cut();
        return std::make_unique<CuttableView>(*this, inner().view());
    }
    CommitNumber wait_beyond(CommitNumber after, std::chrono::milliseconds most) override {
        check_cut();
        return inner().wait_beyond(after, most);
    }
    CommitNumber commit(const ChangeSet& changes) override { return inner().commit(changes); }
    ObjectId reserve_ids(std::size_t count) override { return inner().reserve_ids(count); }
    ActivityId reserve_activity() override { return inner().reserve_activity(); }
    std::uint32_t intern(const std::string& pattern) override { return inner().intern(pattern); }
    std::unique_ptr<StoreLock> lock(std::string_view name) override { return inner().lock(name); }
    std::uint64_t forget(Instant moment) override { return inner().forget(moment); }
    StoreStatus status() override { return inner().status(); }
    std::vector<std::string> check(
        std::size_t every_nth,
        const std::function<void(std::uint64_t, std::uint64_t)>& progress) override {
        return inner().check(every_nth, progress);
    }

 private:
    class CuttableView : public ForwardingView {
     public:
        CuttableView(const Cuttable& store, std::unique_ptr<View> inner)
            : ForwardingView(std::move(inner)), store_(store) {}
        CommitNumber last_commit() override {
            store_.check_cut();
            return ForwardingView::last_commit();
        }

     private:
        const Cuttable& store_;
    };
    Store& inner() { return *inner_.load(); }
    void check_cut() const {
        if (cut_)
            throw Error(ErrorCode::store, "the store is away");
    }

    std::atomic<bool> cut_{false};
    std::atomic<Store*> inner_;
};

}  // namespace muster::testing
