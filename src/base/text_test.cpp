#include "base/text.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace muster {
namespace {

/// Text of code points from everywhere that matters: ASCII, Latin, Greek, Hangul, compatibility
/// forms.
rc::Gen<std::string> any_text() {
    static const std::vector<std::string> pieces{"a",
                                                 "B",
                                                 " ",
                                                 "\t",
                                                 "ß",
                                                 "Å",
                                                 "É",
                                                 "e\u0301",
                                                 "İ",
                                                 "ı",
                                                 "ﬁ",
                                                 "Ω",
                                                 "ς",
                                                 "\u00a0",
                                                 "\u2003",
                                                 "\u3000",
                                                 "한",
                                                 "ᄒ",
                                                 "ᅡ",
                                                 "，",
                                                 "\u0345",
                                                 "ᾳ",
                                                 "´",
                                                 "①",
                                                 "Z",
                                                 "9",
                                                 "'",
                                                 "\u0301",
                                                 "\u0327",
                                                 "ǅ",
                                                 "\u1e9b\u0323",
                                                 "\n",
                                                 "𝔄"};
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)),
                        [](const std::vector<std::string>& parts) {
                            std::string text;
                            for (const auto& part : parts) {
                                text += part;
                            }
                            return text;
                        });
}

TEST(Utf8, TakesWhatIsWellFormed) {
    for (const auto* text : {"", "plain", "Grisélda", "\u20ac", "\U0001F600", "12345678é"}) {
        EXPECT_TRUE(valid_utf8(text)) << text;
    }
}

TEST(Utf8, RefusesOverlongSurrogatesAndStrayBytes) {
    for (const auto* text :
         {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\x80", "\xC3", "12345678\xFF"}) {
        EXPECT_FALSE(valid_utf8(text));
    }
}

TEST(Fold, IgnoresCaseAndOuterAndRepeatedBlanks) {
    EXPECT_EQ(fold("  Mary \t Ann  "), "mary ann");
    EXPECT_EQ(fold("\u00a0GRIS\u00c9LDA\u2003 X\u3000"), "gris\u00e9lda x");
    EXPECT_EQ(fold("   "), "");
    for (const auto* blank : {"", " \t", "\u00a0\u3000", "\u200b", "\u00ad\ufeff", "\u2060"}) {
        EXPECT_TRUE(is_blank(blank)) << blank;
    }
    EXPECT_FALSE(is_blank(" x"));
    EXPECT_FALSE(is_blank("\u200bx"));
    EXPECT_FALSE(is_blank("\xff"));
}

TEST(Fold, MakesOneSpellingOfEquivalentTexts) {
    EXPECT_EQ(fold("Straße"), fold("STRASSE"));
    EXPECT_EQ(fold("e\u0301"), fold("É"));
    EXPECT_EQ(fold("ﬁ"), "fi");
    EXPECT_EQ(fold("ΣΑΣ"), fold("σας"));
    EXPECT_NE(fold("ae"), fold("ä"));
}

TEST(Fold, LeavesIllFormedTextAlone) {
    EXPECT_EQ(fold("A\xFF"), "A\xFF");
}

TEST(Fold, HandlesTextsLongerThanItsBuffer) {
    std::string text;
    std::string expected;
    for (int i = 0; i < 1'000; ++i) {
        text += "É";
        expected += "é";
    }
    EXPECT_EQ(fold(text), expected);
}

RC_GTEST_PROP(FoldProperty, IsIdempotent, ()) {
    const auto once = fold(*any_text());
    RC_ASSERT(fold(once) == once);
}

RC_GTEST_PROP(FoldProperty, IgnoresCase, ()) {
    // ı and İ are the letters whose cases do not lead back to where they came from.
    const auto text = *rc::gen::suchThat(any_text(), [](const std::string& t) {
        return t.find("ı") == std::string::npos && t.find("İ") == std::string::npos;
    });
    RC_ASSERT(fold(lower(text)) == fold(text));
}

TEST(Ascii, SpellsNamesAsTheirOwnersWould) {
    EXPECT_EQ(to_ascii("Grisélda"), "Griselda");
    EXPECT_EQ(to_ascii("Łukasz"), "Lukasz");
    EXPECT_EQ(to_ascii("Nydia M. Vela\u0301zquez"), "Nydia M. Velazquez");
    EXPECT_EQ(to_ascii("Müßig"), "Mussig");
    EXPECT_EQ(to_ascii("plain"), "plain");
}

TEST(Ascii, SpellsEveryLatinLetterTheSameWayAloneAndAmongOthers) {
    // A Greek letter in the text sends all of it through ICU.
    for (const auto* text : {"ÀÉîõüÿ", "ßæœøđłŋ", "ǅǆȘț", "a«b»c×d", "ÞÐþð", "ŒŸŽ"}) {
        EXPECT_EQ("a " + to_ascii(text), to_ascii("α " + std::string(text))) << text;
    }
}

RC_GTEST_PROP(AsciiProperty, GivesNothingButAscii, ()) {
    for (const char c : to_ascii(*any_text())) {
        RC_ASSERT(static_cast<unsigned char>(c) < 0x80);
    }
}

TEST(Case, FollowsUnicode) {
    EXPECT_EQ(lower("ÀB c"), "àb c");
    EXPECT_EQ(upper("straße"), "STRASSE");
    EXPECT_EQ(title("mary-ann de la CRUZ"), "Mary-Ann De La Cruz");
    EXPECT_EQ(title("élan o'BRIEN"), "Élan O'brien");
    EXPECT_EQ(title(""), "");
    EXPECT_EQ(lower("AZ[`az{"), "az[`az{");
}

TEST(Letters, AreAllThatIsKept) {
    EXPECT_EQ(letters("O'Brien-Müller 3rd \xFF"), "OBrienMüllerrd");
    EXPECT_EQ(letters("\u0301e\u0301"), "e\u0301");
    EXPECT_EQ(letters("123"), "");
}

TEST(Trim, TakesWhiteSpaceFromBothEnds) {
    EXPECT_EQ(trim(" \t a b \r\n"), "a b");
    EXPECT_EQ(trim(" \n "), "");
}

TEST(Base64, SpellsTheVectorsOfRfc4648) {
    const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(base64_encode(bytes), text);
        std::string decoded = "old";
        EXPECT_TRUE(base64_decode(text, decoded));
        EXPECT_EQ(decoded, bytes);
    }
}

TEST(Base64, RefusesEveryOtherSpelling) {
    std::string bytes;
    for (const auto* text :
         {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9v", "Zm9_"}) {
        EXPECT_FALSE(base64_decode(text, bytes)) << text;
    }
}

RC_GTEST_PROP(Base64Property, RoundTrips, (const std::string& bytes)) {
    std::string decoded;
    RC_ASSERT(base64_decode(base64_encode(bytes), decoded));
    RC_ASSERT(decoded == bytes);
}

TEST(TidiedKey, TakesAwayWhatNobodySees) {
    EXPECT_EQ(tidied_key("1003"), std::nullopt);
    EXPECT_EQ(tidied_key("a b|\u00e9"), std::nullopt);
    EXPECT_EQ(tidied_key(" 1003\t"), "1003");
    EXPECT_EQ(tidied_key("\u00a01003\u3000"), "1003");
    EXPECT_EQ(tidied_key("10\u200b03"), "1003");
    EXPECT_EQ(tidied_key("\ufeff1003"), "1003");
    EXPECT_EQ(tidied_key("10\u00ad03"), "1003");
    EXPECT_EQ(tidied_key("a\u00a0b"), "a b");
    EXPECT_EQ(tidied_key("\u00a0"), "");
    EXPECT_EQ(tidied_key("\xff"), std::nullopt);
}

}  // namespace
}  // namespace muster
