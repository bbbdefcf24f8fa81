// Values that cannot be read, from the file to the targets.
#include <gmock/gmock.h>

#include "cli/command_line_fixture.h"

namespace muster {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kRecords = R"(
store: muster.db
metaverse:
  person: { attributes: { id: text, mail: text, phone: text } }
systems:
  hr:
    connector: ldif
    types:
      person:
        settings: { file: hr.ldif, object_class: inetOrgPerson }
        anchor: uid
        attributes: { uid: text, mail: text, phone: text }
  out:
    connector: csv
    types:
      person:
        settings: { file: out.csv, columns: [id, mail, phone] }
        anchor: id
        attributes: { id: text, mail: text, phone: text }
        limits: { updates: none }
rules:
  in: { from: hr.person, to: person, join: [ { id: uid } ], project: true, flows: { id: uid, mail: mail, phone: phone } }
  out: { from: person, to: out.person, provision: true, flows: { id: id, mail: mail, phone: phone } }
)";

class UnreadableValuesTest : public CommandLineTest {
 protected:
    void SetUp() override { configure(std::string(kRecords)); }
    void ann(const std::string& lines) const {
        folder_.write("hr.ldif",
                      "dn: uid=ann,dc=x\nobjectClass: inetOrgPerson\nuid: ann\n" + lines);
    }
    std::string out() const { return testing::read_file(folder_.file("out.csv")); }
    void expect_told() const {
        for (int run = 0; run < 2; ++run) {
            const auto answer = muster({"run"});
            EXPECT_EQ(answer.code, 2) << answer.out;
            EXPECT_THAT(answer.out, HasSubstr("not-utf8"));
        }
        EXPECT_THAT(muster({"show", "hr/person/ann"}).out, HasSubstr("not UTF-8"));
    }
};

TEST_F(UnreadableValuesTest, OneOfARecordKeepsItsAttributeAndLetsTheRestThrough) {
    ann("mail: ann@x\nphone: 1\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    ann("mail: caf\xE9@x\nphone: 2\n");
    expect_told();
    EXPECT_EQ(out(), "id,mail,phone\nann,ann@x,2\n");
    ann("mail: new@x\nphone: 2\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    EXPECT_EQ(out(), "id,mail,phone\nann,new@x,2\n");
}

TEST_F(UnreadableValuesTest, IsToldWhereThereWasNoneBefore) {
    ann("phone: 1\n");
    EXPECT_EQ(muster({"run"}).code, 0);
    ann("mail: caf\xE9@x\nphone: 1\n");
    expect_told();
    EXPECT_EQ(out(), "id,mail,phone\nann,,1\n");
}

}  // namespace
}  // namespace muster
