#include "store/resident/resident_store.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "store/store_fixture.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::unique_ptr<Store> open_direct(const std::string& folder, const Schema& schema,
                                   StoreAccess access) {
    return open_sqlite_store(folder + "/muster.db", schema, access);
}

const StoreFactory& direct_factory() {
    static const StoreFactory factory{"sqlite", open_direct};
    return factory;
}

constexpr std::size_t kPlenty = 1u << 30;

/// A SQLite store that is opened in memory, and what is said of it.
class ResidentStoreTest : public ::testing::Test, public StoreFixture {
 public:
    ResidentStoreTest() : StoreFixture(direct_factory()) {}

    const TypeId user = type("directory", "user");
    const AttributeId manager = attribute(user, "manager");
    std::vector<std::string> said;

    ResidentStore& open_resident(std::size_t budget_bytes = kPlenty) {
        store.reset();
        auto resident = std::make_unique<ResidentStore>(
            open(StoreAccess::write), schema,
            ResidentOptions{budget_bytes, [this](const auto& text) { said.push_back(text); }});
        ResidentStore& opened = *resident;
        store = std::move(resident);
        return opened;
    }
    ObjectId add_user(const std::string& anchor) {
        Object object = make(user, anchor, "uid=" + anchor + ",dc=x");
        set(object, "cn", {std::string(500, 'x')});
        create(object);
        return object.id;
    }
    ObjectId find(View& view, std::string_view anchor) const {
        ObjectId id;
        view.lookup(user, std::span(&anchor, 1), std::span(&id, 1));
        return id;
    }
};

TEST_F(ResidentStoreTest, ReadsWhatIsThereAndWritesThrough) {
    const ObjectId ann = add_user("ann");
    ResidentStore& resident = open_resident();
    EXPECT_TRUE(resident.resident());
    EXPECT_THAT(said, ElementsAre(HasSubstr("in memory: 1 objects and 0 links")));
    const ObjectId bob = add_user("bob");
    ChangeSet changes;
    changes.objects.push_back(touched(bob, {{manager, true, ann, {}}}));
    changes.links.push_back({{manager, bob, ann, {}}});
    commit(changes);
    EXPECT_EQ(resident.contradiction(), "");
    EXPECT_THAT(store->check(1, {}), IsEmpty());

    reopen();  // directly
    EXPECT_EQ(find(*store->view(), "bob"), bob);
    std::vector<Link> links;
    store->view()->referrers(std::vector{ann}, links);
    EXPECT_THAT(links, ElementsAre(Link{manager, bob, ann, {}}));
}

TEST_F(ResidentStoreTest, StaysDirectOverItsBudget) {
    for (int i = 0; i < 50; ++i)
        add_user(std::to_string(i));
    ResidentStore& resident = open_resident(10'000);
    EXPECT_FALSE(resident.resident());
    EXPECT_THAT(said, ElementsAre(HasSubstr("would take about 1 MiB, and memory: allows 1 MiB")));
    EXPECT_TRUE(find(*store->view(), "7"));
}

TEST_F(ResidentStoreTest, GoesDirectWhenItGrowsOverItsBudget) {
    ResidentStore& resident = open_resident(50'000);
    EXPECT_TRUE(resident.resident());
    const auto view = store->view();
    std::vector<ObjectId> users;
    for (int i = 0; i < 100; ++i) {
        users.push_back(add_user(std::to_string(i)));
        EXPECT_EQ(find(*view, std::to_string(i)), users.back());
    }
    EXPECT_FALSE(resident.resident());
    EXPECT_THAT(said.back(), HasSubstr("have grown"));
    std::vector<ObjectId> seen;
    view->index(schema.find_space("directory"),
                [&](const IndexRow& row) { seen.push_back(row.id); });
    EXPECT_EQ(seen, users);
}

TEST_F(ResidentStoreTest, GoesDirectInTheMiddleOfAnIndex) {
    ResidentStore& resident = open_resident(3'000'000);
    std::vector<ObjectId> users;
    ChangeSet changes;
    for (int i = 0; i < 2'500; ++i) {
        const Object object = make(user, std::to_string(i));
        users.push_back(object.id);
        changes.objects.push_back(creation(object));
    }
    commit(changes);
    ASSERT_TRUE(resident.resident());
    std::vector<ObjectId> seen;
    store->view()->index(schema.find_space("directory"), [&](const IndexRow& row) {
        EXPECT_EQ(row.anchor, std::to_string(seen.size()));
        seen.push_back(row.id);
        if (seen.size() == 10) {
            changes.objects.clear();
            Object large = make(type("metaverse", "person"));
            set(large, "name", {std::string(4'000'000, 'x')});
            create(large);
        }
    });
    EXPECT_FALSE(resident.resident());
    EXPECT_EQ(seen, users);
}

TEST_F(ResidentStoreTest, GoesDirectWhereACommitFails) {
    const ObjectId ann = add_user("ann");
    ResidentStore& resident = open_resident();
    ChangeSet changes;
    changes.links.push_back({{manager, ann, ann, {}}, false});  // there is none to close
    EXPECT_THROW(commit(changes), std::exception);
    EXPECT_FALSE(resident.resident());
    EXPECT_EQ(find(*store->view(), "ann"), ann);
}

TEST_F(ResidentStoreTest, ARefusedCommitChangesNothing) {
    const ObjectId ann = add_user("ann");
    ResidentStore& resident = open_resident();
    Object stale = read(ann);
    stale.commit = CommitNumber(99);
    stale.retry = true;
    EXPECT_THROW(write(update(read(ann), stale)), Conflict);
    EXPECT_TRUE(resident.resident());
    EXPECT_EQ(resident.contradiction(), "");
}

TEST_F(ResidentStoreTest, AKilledProcessLosesNothingItCommitted) {
    store.reset();
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        open_resident();
        for (int i = 0;; ++i) {
            add_user(std::to_string(i));
            if (::write(told[1], "+", 1) != 1)
                std::abort();
        }
    }
    constexpr int kCommits = 20;
    for (int i = 0; i < kCommits; ++i) {
        char committed = 0;
        ASSERT_EQ(::read(told[0], &committed, 1), 1);
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ::close(told[0]);
    ::close(told[1]);

    store = open(StoreAccess::write);  // directly
    EXPECT_THAT(store->check(1, {}), IsEmpty());
    for (int i = 0; i < kCommits; ++i)
        EXPECT_TRUE(find(*store->view(), std::to_string(i))) << i;
    const ObjectId seven = find(*store->view(), "7");
    ResidentStore& resident = open_resident();
    EXPECT_EQ(find(*resident.view(), "7"), seven);
    EXPECT_EQ(resident.contradiction(), "");
}

/// Pairs of objects are joined crosswise in one commit each; no reader may see half of one.
TEST_F(ResidentStoreTest, ReadersSeeWholeCommits) {
    const ObjectId ann = add_user("ann");
    const ObjectId bob = add_user("bob");
    open_resident();
    std::atomic<bool> done = false;
    std::atomic<int> torn = 0;
    const auto look = [&] {
        const auto view = store->view();
        const std::vector both{ann, bob};
        std::vector<Object> objects;
        while (!done) {
            view->hydrate(both, objects);
            torn += objects[0].joined == objects[1].joined ? 0 : 1;
        }
    };
    std::thread one(look);
    std::thread two(look);
    for (std::int64_t i = 1; i <= 50; ++i) {
        ChangeSet changes;
        for (const ObjectId id : {ann, bob}) {
            const Object before = read(id);
            Object after = before;
            after.joined = ObjectId(1'000 + i);
            changes.objects.push_back(update(before, after));
        }
        commit(changes);
    }
    done = true;
    one.join();
    two.join();
    EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace muster
