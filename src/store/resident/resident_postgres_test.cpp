// Memory over a store that other processes write as well.

#include <gmock/gmock.h>

#include <thread>

#include "store/open_store.h"
#include "store/resident/resident_store.h"
#include "store/store_fixture.h"
#include "support/mini_postgres.h"

namespace muster {
namespace {

using ::testing::SizeIs;
using ::testing::StartsWith;

const StoreFactory& direct_factory() {
    static const StoreFactory factory{
        "postgresql", [](const std::string& folder, const Schema& schema, StoreAccess access) {
            return open_store(testing::shared_postgres().url_of(folder), schema, access);
        }};
    return factory;
}

/// `store` is in memory; `other` is the same store as another process has it.
class SharedResidentTest : public ::testing::Test, public StoreFixture {
 public:
    SharedResidentTest() : StoreFixture(direct_factory()) {
        other = std::move(store);
        store = in_memory();
    }

    std::unique_ptr<ResidentStore> in_memory() {
        constexpr std::size_t kPlenty = 1u << 30;
        return std::make_unique<ResidentStore>(
            open(StoreAccess::write), schema,
            ResidentOptions{kPlenty, [this](const auto& text) { said.push_back(text); }});
    }
    ResidentStore& resident() { return static_cast<ResidentStore&>(*store); }

    Object user_named(Store& from, const std::string& anchor) {
        Object object;
        object.id = from.reserve_ids(1);
        object.type = user;
        object.anchor = anchor;
        object.name = "uid=" + anchor + ",dc=x";
        return object;
    }
    ObjectId elsewhere(const std::string& anchor) {
        ChangeSet changes;
        const Object object = user_named(*other, anchor);
        changes.objects.push_back(creation(object));
        other->commit(changes);
        return object.id;
    }
    void change_elsewhere(ObjectId id, const std::string& cn) {
        const Object before = read_from(*other, id);
        Object after = before;
        set(after, "cn", {cn});
        ChangeSet changes;
        changes.objects.push_back(update(before, after));
        other->commit(changes);
    }
    static Object read_from(Store& from, ObjectId id) {
        std::vector<Object> objects;
        from.view()->hydrate(std::vector{id}, objects);
        return objects.front();
    }
    ObjectId find(View& view, std::string_view anchor) const {
        ObjectId id;
        view.lookup(user, std::span(&anchor, 1), std::span(&id, 1));
        return id;
    }

    const TypeId user = type("directory", "user");
    std::vector<std::string> said;
    std::unique_ptr<Store> other;
};

TEST_F(SharedResidentTest, NothingCountsAsMissingThatOthersHaveCommitted) {
    const auto view = store->view();
    const ObjectId ann = elsewhere("ann");
    EXPECT_EQ(find(*view, "ann"), ann);
    const ObjectId bob = elsewhere("bob");
    std::vector<Object> objects;
    view->hydrate(std::vector{bob, ann}, objects);
    EXPECT_EQ(objects.front().anchor, "bob");
    EXPECT_EQ(resident().contradiction(), "");
    EXPECT_THAT(said, SizeIs(1)) << "read everything again";
}

TEST_F(SharedResidentTest, AViewBeginsWithWhatOthersHaveCommitted) {
    const ObjectId ann = elsewhere("ann");
    read(ann);
    change_elsewhere(ann, "Ann");
    EXPECT_EQ(read(ann).attributes.first(attribute(user, "cn")), "Ann");
    EXPECT_THAT(said, SizeIs(1)) << "read everything again";
}

TEST_F(SharedResidentTest, CommitsOfOthersBetweenOursAreRead) {
    const auto view = store->view();
    const ObjectId ann = elsewhere("ann");
    create(user_named(*store, "bob"));
    change_elsewhere(ann, "Ann");
    create(user_named(*store, "col"));
    EXPECT_EQ(resident().contradiction(), "");
    EXPECT_TRUE(resident().resident());
}

TEST_F(SharedResidentTest, ARefusedCommitBringsWhatRefusedIt) {
    const ObjectId ann = elsewhere("ann");
    const auto view = store->view();
    const Object before = read(ann);
    change_elsewhere(ann, "Ann");
    Object after = before;
    set(after, "cn", {"Anna"});
    EXPECT_THROW(write(update(before, after)), Conflict);
    std::vector<Object> objects;
    view->hydrate(std::vector{ann}, objects);
    EXPECT_EQ(objects.front().attributes.first(attribute(user, "cn")), "Ann");
    after = objects.front();
    set(after, "cn", {"Anna"});
    write(update(objects.front(), after));
    EXPECT_EQ(resident().contradiction(), "");
}

TEST_F(SharedResidentTest, WhatARunElsewhereKeptUnloggedIsReadForTheNextRun) {
    const ObjectId ann = elsewhere("ann");
    store->view();
    ChangeSet changes;
    ObjectWrite write;
    write.object = read_from(*other, ann);
    write.object.payload = {1, 2};
    write.attributes_changed = write.identity_changed = false;
    changes.objects.push_back(write);
    ActivityRow run;
    run.id = other->reserve_activity();
    run.kind = "run";
    run.status = "done";
    changes.activities.push_back(run);
    EXPECT_FALSE(other->commit(changes));
    EXPECT_EQ(read(ann).payload, (Digest{1, 2}));
    EXPECT_EQ(resident().contradiction(), "");
}

TEST_F(SharedResidentTest, EverythingIsReadAgainWhereTheLogForgot) {
    for (const char* name : {"ann", "bob", "col"})
        elsewhere(name);
    EXPECT_EQ(other->forget(Instant::max()), 2u);
    store->view();
    EXPECT_THAT(said, SizeIs(2));
    EXPECT_THAT(said.back(), StartsWith("processing in memory: 3 objects"));
    EXPECT_EQ(resident().contradiction(), "");
}

/// Both look for each anchor and create what is missing, again where the other was faster.
void create_all(Store& store, const SharedResidentTest& test, const std::vector<std::string>& all) {
    const auto view = store.view();
    for (const auto& anchor : all) {
        while (!test.find(*view, anchor)) {
            Object object;
            object.id = store.reserve_ids(1);
            object.type = test.user;
            object.anchor = anchor;
            ChangeSet changes;
            changes.objects.push_back(test.creation(object));
            try {
                store.commit(changes);
            } catch (const Conflict&) {
                continue;
            }
        }
    }
}

TEST_F(SharedResidentTest, TwoThatCreateTheSameEndWithEachOnce) {
    const auto second = in_memory();
    std::vector<std::string> all;
    for (int i = 0; i < 100; ++i)
        all.push_back(std::to_string(i));
    std::thread one([&] { create_all(*store, *this, all); });
    std::thread two([&] { create_all(*second, *this, all); });
    one.join();
    two.join();
    std::vector<ObjectId> ids;
    store->view()->objects(user, {}, 1'000, ids);
    EXPECT_THAT(ids, SizeIs(100));
    second->view();
    EXPECT_EQ(resident().contradiction(), "");
    EXPECT_EQ(second->contradiction(), "");
}

}  // namespace
}  // namespace muster
