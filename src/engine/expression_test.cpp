#include "engine/expression.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/limits.h"
#include "engine/expression_library.h"
#include "support/repository.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Expressions : public ::testing::Test {
 protected:
    Expressions() {
        const auto space = schema_.add_space("metaverse");
        type_ = schema_.add_type(space, "person",
                                 {{"first", Type::text, false},
                                  {"last", Type::text, false},
                                  {"nickname", Type::text, false},
                                  {"age", Type::integer, false},
                                  {"active", Type::boolean, false},
                                  {"born", Type::datetime, false},
                                  {"salary", Type::decimal, false},
                                  {"numbers", Type::integer, true},
                                  {"mails", Type::text, true},
                                  {"employee-type", Type::text, false},
                                  {"date", Type::text, false},
                                  {"n", Type::text, false},
                                  {"manager", Type::reference, false}});
        set("first", {"Ann"});
        set("last", {"Müller"});
        set("age", {"42"});
        set("active", {"true"});
        set("born", {"1990-05-17T00:00:00Z"});
        set("salary", {"10.5"});
        set("numbers", {"10", "9"});
        set("mails", {"a@x", "b@x"});
        set("employee-type", {"staff"});
        set("date", {"today"});
        set("n", {"attribute n"});
    }

    void set(std::string_view name, std::vector<std::string_view> values) {
        document_.set(schema_.find_attribute(type_, name), values);
    }

    Evaluator& evaluator() {
        if (!evaluator_) {
            evaluator_.emplace(schema_);
        }
        return *evaluator_;
    }

    ExpressionId compile(const std::string& source) {
        return evaluator().compile({source, {"muster.yaml", 17, 5}}, type_);
    }

    std::vector<std::string> values(const std::string& source, Type result = Type::text,
                                    std::int64_t n = 0) {
        std::vector<std::string_view> views;
        if (!evaluator().evaluate(compile(source), document_, result, views, n)) {
            return {"error: " + evaluator().error().message};
        }
        return {views.begin(), views.end()};
    }

    std::string value(const std::string& source, Type result = Type::text, std::int64_t n = 0) {
        const auto all = values(source, result, n);
        return all.empty() ? "nothing" : all.size() == 1 ? all.front() : "several";
    }

    std::string complaint(const std::string& source) {
        try {
            (void)compile(source);
            return "compiles";
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), ErrorCode::configuration);
            return e.what() + std::string(" | ") + e.cure();
        }
    }

    Schema schema_;
    TypeId type_;
    Document document_;
    std::optional<Evaluator> evaluator_;
};

TEST_F(Expressions, SeeAttributesInTheirTypes) {
    EXPECT_EQ(value("nickname or first"), "Ann");
    EXPECT_EQ(value("first .. ' ' .. last"), "Ann Müller");
    EXPECT_EQ(value("age + 1", Type::integer), "43");
    EXPECT_EQ(value("math.type(age)"), "integer");
    EXPECT_EQ(value("active and 'yes' or 'no'"), "yes");
    EXPECT_EQ(value("type(salary) .. type(born)"), "stringstring");
    EXPECT_EQ(value("#mails", Type::integer), "2");
    EXPECT_EQ(value("numbers[1] + numbers[2]", Type::integer), "19");
    EXPECT_EQ(value("attr['employee-type']"), "staff");
    EXPECT_EQ(value("attr.date"), "today");
    EXPECT_EQ(value("attr.n"), "attribute n");
    EXPECT_EQ(value("n"), "attribute n");
    EXPECT_THAT(complaint("count"), HasSubstr("unknown variable 'count'"));
}

TEST_F(Expressions, CountTheTriesWhereTheyGenerate) {
    std::vector<std::string_view> views;
    const auto id = evaluator().compile({"n .. count", {"muster.yaml", 17, 5}}, type_, true);
    ASSERT_TRUE(evaluator().evaluate(id, document_, Type::text, views, 7));
    EXPECT_THAT(views, ElementsAre("attribute n7"));
}

TEST_F(Expressions, SeeNilAndEmptyListsWhereThereAreNoValues) {
    EXPECT_EQ(value("nickname"), "nothing");
    set("mails", {});
    EXPECT_EQ(value("#mails", Type::integer), "0");
    EXPECT_EQ(values("mails"), std::vector<std::string>{});
}

TEST_F(Expressions, ReachAllAttributesByComputedNames) {
    EXPECT_EQ(value("local name = 'fir' .. 'st' return attr[name]"), "Ann");
}

TEST_F(Expressions, MayBeChunks) {
    EXPECT_EQ(value("if age > 40 then\n  return 'old'\nend\nreturn 'young'"), "old");
    EXPECT_EQ(value("local function f(x) return x .. x end\nreturn f(first)"), "AnnAnn");
    EXPECT_EQ(value("(function() return last end)()"), "Müller");
    EXPECT_EQ(value("first -- a comment"), "Ann");
}

TEST_F(Expressions, GiveListsAsValues) {
    EXPECT_THAT(values("mails"), ElementsAre("a@x", "b@x"));
    EXPECT_THAT(values("{ first, nickname or 'none', age }"), ElementsAre("Ann", "none", "42"));
    EXPECT_THAT(values("list.map(numbers, function(x) return x * 2 end)", Type::integer),
                ElementsAre("20", "18"));
}

TEST_F(Expressions, GiveCanonicalValuesOfTheResultType) {
    EXPECT_EQ(value("'007'", Type::integer), "7");
    EXPECT_EQ(value("10 / 2", Type::integer), "5");
    EXPECT_EQ(value("10 / 4", Type::decimal), "2.5");
    EXPECT_EQ(value("salary * 2 + '1'", Type::decimal), "22");
    EXPECT_EQ(value("-'5' // '2'", Type::integer), "-3");
    EXPECT_EQ(value("10 / 2"), "5");
    EXPECT_EQ(value("age > 40", Type::boolean), "true");
    EXPECT_EQ(value("age < 40", Type::boolean), "false");
    EXPECT_EQ(value("born", Type::datetime), "1990-05-17T00:00:00Z");
    EXPECT_EQ(value("'{0F8FAD5B-D9CB-469F-A165-70867728950E}'", Type::guid),
              "0f8fad5b-d9cb-469f-a165-70867728950e");
    EXPECT_EQ(value("'Zg=='", Type::binary), "Zg==");
    EXPECT_EQ(value("'uid=a'", Type::reference), "uid=a");
}

TEST_F(Expressions, GiveNothingWhereAConditionDoesNotHold) {
    EXPECT_EQ(value("age > 99 and first"), "nothing");
    EXPECT_EQ(value("active == nil"), "nothing");
}

TEST_F(Expressions, SayWhatIsWrongWithAResult) {
    EXPECT_THAT(value("first", Type::integer),
                HasSubstr("muster.yaml:17:5: it gives \"Ann\", which is not a 64-bit integer"));
    EXPECT_THAT(value("age > 1"), HasSubstr("it gives true"));
    EXPECT_THAT(value("{ a = 1 }"), HasSubstr("no list"));
    EXPECT_THAT(value("{ { 1 } }"), HasSubstr("it gives a table"));
    EXPECT_THAT(value("string.rep"), HasSubstr("it gives a function"));
    EXPECT_THAT(value("1 / 0", Type::decimal), HasSubstr("not finite"));
    EXPECT_THAT(value("'\\xff'"), HasSubstr("not text in UTF-8"));
}

TEST_F(Expressions, SayWhereTheyFail) {
    EXPECT_THAT(
        value("first .. nickname"),
        HasSubstr("muster.yaml:17:5: attempt to concatenate a nil value (local 'nickname')"));
    EXPECT_THAT(value("local x = 1\nreturn x .. nickname"),
                HasSubstr("in line 2 of the expression"));
    EXPECT_THAT(value("error('no such person')"), HasSubstr("no such person"));
    EXPECT_THAT(value("error({})"), HasSubstr("without a message"));
    EXPECT_THAT(value("error('')"), HasSubstr("muster.yaml"));
    EXPECT_THAT(value("error('expression:')"), HasSubstr("muster.yaml"));
}

TEST_F(Expressions, AreConditions) {
    EXPECT_EQ(evaluator().test(compile("age == 42"), document_), true);
    EXPECT_EQ(evaluator().test(compile("nickname"), document_), false);
    EXPECT_EQ(evaluator().test(compile("0"), document_), true);
    EXPECT_EQ(evaluator().test(compile("nickname.x"), document_), std::nullopt);
    EXPECT_THAT(evaluator().error().message, HasSubstr("index a nil value"));
}

TEST_F(Expressions, AreRefusedWithAPlaceAndACureWhenTheyDoNotCompile) {
    EXPECT_THAT(complaint("frist"),
                HasSubstr("muster.yaml:17:5: unknown variable 'frist': person has no such "
                          "attribute | did you mean 'first'?"));
    EXPECT_THAT(complaint("txet.lower(first)"), HasSubstr("did you mean 'text'?"));
    EXPECT_THAT(complaint("text.lowr(first)"),
                HasSubstr("unknown function 'text.lowr' | did you mean 'lower'?"));
    EXPECT_EQ(complaint("local text = {} return text.lowr"), "compiles");
    EXPECT_THAT(complaint("string.lower(first)"),
                HasSubstr("unknown function 'string.lower' | did you mean 'text.lower'?"));
    EXPECT_THAT(complaint("string['lower'](first)"), HasSubstr("did you mean 'text.lower'?"));
    EXPECT_THAT(complaint("string.gsub(first, 'a', 'b')"), HasSubstr("'string.gsub' | "));
    EXPECT_THAT(complaint("table.sort({})"), HasSubstr("did you mean 'list.sort'?"));
    EXPECT_THAT(complaint("math.random()"), HasSubstr("unknown function 'math.random' | "));
    EXPECT_THAT(complaint("utf8.charpattern"), HasSubstr("unknown function"));
    EXPECT_THAT(complaint("first:gsub('a', 'b')"), HasSubstr("unknown function 'x:gsub' | "));
    EXPECT_THAT(complaint("first:sort()"), HasSubstr("did you mean 'list.sort'?"));
    EXPECT_EQ(complaint("local t = { go = function() return 1 end } return t:go()"), "compiles");
    EXPECT_EQ(complaint("local t = {} function t:go() return 1 end return t:go()"), "compiles");
    EXPECT_THAT(complaint("attr['employee-tpye']"), HasSubstr("did you mean 'employee-type'?"));
    EXPECT_THAT(complaint("manager"), HasSubstr("is a reference"));
    EXPECT_THAT(complaint("first .."), HasSubstr("unexpected symbol"));
    EXPECT_THAT(complaint("  -- nothing"), HasSubstr("is empty"));
    EXPECT_THAT(complaint("local x = 1"), HasSubstr("muster.yaml:17:5"));
    EXPECT_THAT(complaint("'open"), HasSubstr("unfinished string"));
    EXPECT_THAT(complaint("x = 1 return first"), HasSubstr("unknown variable 'x'"));
    EXPECT_THAT(complaint(std::string(1'000, '(') + "1" + std::string(1'000, ')')),
                HasSubstr("muster.yaml:17:5"));
    EXPECT_THAT(complaint("\x1bLua"), HasSubstr("muster.yaml:17:5"));
}

TEST_F(Expressions, TakeOnlyFreeNamesForVariables) {
    EXPECT_EQ(complaint("local a <const>, b = 1, 2 return a + b"), "compiles");
    EXPECT_EQ(complaint("{ key = first, other = last }"), "compiles");
    EXPECT_EQ(complaint("(function(x, ...) return x end)(first)"), "compiles");
    EXPECT_EQ(complaint("for i, v in ipairs(mails) do if v then return i end end return 0"),
              "compiles");
    EXPECT_EQ(complaint("[==[ unknown ]==] .. \"unknown \\\" unknown\" .. 'x' --[[ unknown\n]]"),
              "compiles");
    EXPECT_EQ(complaint("first:len() + 0x1p+4 + 1e-5"), "compiles");
    EXPECT_EQ(complaint("for i = 1, 2 do goto done end ::done:: return 1"), "compiles");
    EXPECT_THAT(complaint("{ first == unknown }"), HasSubstr("unknown"));
    EXPECT_THAT(complaint("{ [unknown] = 1 }"), HasSubstr("unknown"));
}

TEST_F(Expressions, ReachNothingOutside) {
    for (const auto* name :
         {"io",           "os",           "load",    "loadstring", "dofile",
          "require",      "debug",        "package", "print",      "collectgarbage",
          "getmetatable", "setmetatable", "rawget",  "rawset",     "pcall",
          "coroutine",    "_G",           "_ENV",    "pairs",      "next"}) {
        EXPECT_THAT(complaint(std::string(name) + " and 1"), HasSubstr("unknown variable")) << name;
    }
    for (const auto* field : {"string.dump", "string.find", "string.gsub", "math.random",
                              "math.randomseed", "table.sort"}) {
        EXPECT_THAT(complaint(field), HasSubstr("unknown function")) << field;
    }
    for (const auto* field : {"(string).dump", "(math).random", "('x').gsub", "('x').dump"}) {
        EXPECT_EQ(value(field), "nothing") << field;
    }
}

TEST_F(Expressions, KeepNothingFromOneEvaluationToTheNext) {
    for (const auto* source : {"text.lower = nil return 1", "string.len = 1 return 1",
                               "table.insert(list, 1) return 1", "('').x = 1 return 1"}) {
        EXPECT_THAT(value(source), HasSubstr("error: ")) << source;
    }
    EXPECT_EQ(value("first = 'other' return first"), "other");
    EXPECT_EQ(value("first"), "Ann");
    EXPECT_EQ(value("text = 1 return 1").substr(0, 6), "error:");
    EXPECT_EQ(value("text.lower(first)"), "ann");
    EXPECT_EQ(value("mails[1] = 'changed' return mails[1]"), "changed");
    EXPECT_EQ(value("mails[1]"), "a@x");
}

TEST_F(Expressions, HaveNoAddressesAsText) {
    EXPECT_THAT(value("tostring({})"), HasSubstr("has no text"));
    EXPECT_THAT(value("string.format('%s', text)"), HasSubstr("has no text"));
    EXPECT_THAT(value("string.format('%10p', first)"), HasSubstr("address"));
    EXPECT_EQ(value("string.format('%05.1f%% %s', 2.25, first)"), "002.2% Ann");
}

TEST_F(Expressions, AreStoppedWhenTheyRunTooLong) {
    for (const auto* source : {
             "while true do end return 1",
             "local function f() return f() end return f()",
             "repeat until false return 1",
             "local s = '' while true do s = s .. 'x' end return s",
             "local t = {} for i = 1, 1e9 do t[i] = i end return 1",
             "while true do string.rep('x', 10000) end return 1",
             "local s = string.rep('x', 1000000) while true do text.upper(s) end return 1",
             "local s = string.rep('a,', 100000) while true do list.sort(text.split(s, ',')) end",
             "local l = text.split(string.rep('a,', 10000), ',') while true do table.insert(l, 1, "
             "1) end",
             "local s = string.rep('0', 1000000) while true do s = s + 0 .. '' end",
             "local s = string.rep('0', 1000000) while true do local x = -s end",
             "string.rep('', 1 << 53)",
             "while true do string.rep('', 100000) end",
             "(''):rep(1 << 62)",
             "while true do select('#', table.unpack({}, 1, 100000)) end",
             "list.map(text.split(string.rep('a,', 20000), ','), function() while true do end end)",
         }) {
        const std::string with_return = source + std::string(" return 1");
        EXPECT_THAT(
            value(std::string(source).find("return") == std::string::npos ? with_return : source),
            HasSubstr("it takes more than 100000 steps"))
            << source;
        EXPECT_EQ(value("nickname or first"), "Ann");
    }
}

TEST_F(Expressions, AreStoppedWhenTheyGrowTooLarge) {
    EXPECT_THAT(value("string.rep('x', 1 << 40)"), HasSubstr("error: "));
    EXPECT_THAT(value("string.rep('x', 20000000)"), HasSubstr("error: "));
    EXPECT_THAT(value("local function f(x) return 1 + f(x) end return f(1)"), HasSubstr("error: "));
    EXPECT_THAT(value("text.replace(string.rep('a', 100000), 'a', string.rep('b', 100000))"),
                HasSubstr("too long"));
    EXPECT_THAT(value("table.unpack({}, 1, 1e7)"), HasSubstr("error: "));
    EXPECT_EQ(value("nickname or first"), "Ann");
}

TEST_F(Expressions, TakeTheSameStepsEveryTime) {
    // Just under the bound: it must never depend on what was evaluated before.
    const auto close = compile("local s = 0 for i = 1, 49000 do s = s + i end return s");
    const auto other = compile("string.rep('x', 500000)");
    for (int i = 0; i < 50; ++i) {
        std::vector<std::string_view> views;
        ASSERT_TRUE(evaluator().evaluate(other, document_, Type::text, views));
        views.clear();
        ASSERT_TRUE(evaluator().evaluate(close, document_, Type::text, views))
            << evaluator().error().message;
        EXPECT_THAT(views, ElementsAre("1200524500"));
    }
}

TEST_F(Expressions, WorkOnTexts) {
    EXPECT_EQ(value("text.lower('ÀB')"), "àb");
    EXPECT_EQ(value("text.upper('straße')"), "STRASSE");
    EXPECT_EQ(value("text.title('ann LEE')"), "Ann Lee");
    EXPECT_EQ(value("text.letters(text.lower(text.ascii(text.first(first, 1) .. last)))"),
              "amuller");
    EXPECT_EQ(value("text.digits('+49 (30) 12')"), "493012");
    EXPECT_EQ(value("text.first('Łukasz', 2)"), "Łu");
    EXPECT_EQ(value("text.last('naïve', 3)"), "ïve");
    EXPECT_EQ(value("text.last('ab', 9)"), "ab");
    EXPECT_EQ(value("text.trim('  a ')"), "a");
    EXPECT_EQ(value("text.replace('a.b.c', '.', '%')"), "a%b%c");
    EXPECT_THAT(values("text.split('a,,b', ',')"), ElementsAre("a", "", "b"));
    EXPECT_EQ(value("#text.split('', ',')", Type::integer), "0");
    EXPECT_EQ(value("text.starts_with('abc', 'ab')", Type::boolean), "true");
    EXPECT_EQ(value("text.ends_with('abc', 'ab')", Type::boolean), "false");
    EXPECT_EQ(value("text.contains('abc', '.')", Type::boolean), "false");
    EXPECT_EQ(value("text.pad_left(age, 5)"), "00042");
    EXPECT_EQ(value("text.pad_left('abc', 5, 'é')"), "ééabc");
    EXPECT_EQ(value("text.fold(' STRASSE  x ') == text.fold('Straße x')", Type::boolean), "true");
    EXPECT_EQ(value("text.length('naïve')", Type::integer), "5");
    EXPECT_EQ(value("first:lower():first(2)"), "an");
    EXPECT_EQ(value("first:sub(2)"), "nn");
    EXPECT_EQ(value("text.lower(nickname)"), "nothing");
    EXPECT_THAT(value("text.first(first, 'x')"),
                HasSubstr("text.first: argument 2 must be a whole number"));
    EXPECT_THAT(value("text.first(first)"), HasSubstr("argument 2"));
    EXPECT_THAT(value("text.lower({})"), HasSubstr("must be text, not table"));
}

TEST_F(Expressions, WorkOnDns) {
    EXPECT_EQ(value("dn.join(dn.rdn('cn', 'Lee, Ann'), 'ou=' .. first, 'dc=x')"),
              "cn=Lee\\, Ann,ou=Ann,dc=x");
    EXPECT_EQ(value("dn.join(dn.rdn('cn', nickname), 'dc=x')"), "nothing");
    EXPECT_EQ(value("dn.parent('cn=a,dc=x')"), "dc=x");
    EXPECT_EQ(value("dn.parent('dc=x')"), "nothing");
    EXPECT_EQ(value("dn.value('cn=Lee\\\\, Ann,dc=x')"), "Lee, Ann");
    EXPECT_EQ(value("dn.escape(' a+b')"), "\\ a\\+b");
    EXPECT_THAT(value("dn.join('not a dn')"), HasSubstr("is no distinguished name"));
    EXPECT_THAT(value("dn.rdn('c n', 'x')"), HasSubstr("is no component"));
    EXPECT_THAT(value("dn.rdn('cn', '')"), HasSubstr("is no component"));
}

TEST_F(Expressions, WorkOnDates) {
    EXPECT_EQ(value("date.parse('2026-03-01')"), "2026-03-01T00:00:00Z");
    EXPECT_EQ(value("date.parse('20260301093000Z')"), "2026-03-01T09:30:00Z");
    EXPECT_EQ(value("date.parse('1.3.2026', '%d.%m.%Y')"), "2026-03-01T00:00:00Z");
    EXPECT_EQ(value("date.parse('soon')"), "nothing");
    EXPECT_EQ(value("date.format(born, '%d %B %Y')"), "17 May 1990");
    EXPECT_EQ(value("date.add_days('2024-02-28', 2)"), "2024-03-01T00:00:00Z");
    EXPECT_EQ(value("date.before(born, '2000-01-01')", Type::boolean), "true");
    EXPECT_EQ(value("date.after(born, nickname)", Type::boolean), "nothing");
    EXPECT_THAT(value("date.format(born, '%Z')"), HasSubstr("unknown conversion"));
    EXPECT_THAT(value("date.add_days(born, 1 << 60)"), HasSubstr("beyond the years"));
    EXPECT_THAT(value("date.add_days(born, 3999999)"), HasSubstr("beyond the years"));
    EXPECT_THAT(value("date.before('x', born)"), HasSubstr("is no date and time"));
}

TEST_F(Expressions, WorkOnLists) {
    EXPECT_EQ(value("list.first(mails)"), "a@x");
    EXPECT_EQ(value("list.first({})"), "nothing");
    EXPECT_EQ(value("list.count(nickname) + list.count(first)", Type::integer), "1");
    EXPECT_EQ(value("list.contains(numbers, 9)", Type::boolean), "true");
    EXPECT_EQ(value("list.join(numbers, '-')"), "10-9");
    EXPECT_EQ(value("list.join({})"), "nothing");
    EXPECT_THAT(values("list.sort(numbers)", Type::integer), ElementsAre("9", "10"));
    EXPECT_THAT(values("list.unique({'b', 'a', 'b'})"), ElementsAre("b", "a"));
    EXPECT_THAT(values("list.concat(mails, nickname, 'c', {'d'})"),
                ElementsAre("a@x", "b@x", "c", "d"));
    EXPECT_THAT(values("list.map(mails, function(m) return m ~= 'a@x' and m or nil end)"),
                ElementsAre("b@x"));
    EXPECT_THAT(value("list.join({{}})"), HasSubstr("neither text nor a number"));
    EXPECT_THAT(value("list.sort({1, 'a'})"), HasSubstr("compare"));
}

TEST(ExpressionReference, IsWhatTheDocumentSays) {
    const std::string path = testing::repository_path("docs/expressions.md");
    if (std::getenv("MUSTER_WRITE_DOCS") != nullptr) {
        std::ofstream(path) << expression_reference();
    }
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    EXPECT_TRUE(text.str() == expression_reference())
        << path << " is not up to date: run this test with MUSTER_WRITE_DOCS=1 set";
}

}  // namespace
}  // namespace muster
