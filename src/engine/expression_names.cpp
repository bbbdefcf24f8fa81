#include "engine/expression_names.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <string>

namespace muster {

namespace {

constexpr std::array<std::string_view, 22> kKeywords{
    "and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while"};

struct Token {
    enum class Kind : std::uint8_t { name, keyword, string, number, symbol, end };
    Kind kind = Kind::end;
    std::string_view text;  ///< strings: what is between the quotes
    int line = 1;

    bool is(std::string_view symbol_or_keyword) const {
        return (kind == Kind::symbol || kind == Kind::keyword) && text == symbol_or_keyword;
    }
};

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Cuts Lua source into tokens (Lua 5.4 manual, 3.1).
class Tokenizer {
 public:
    explicit Tokenizer(std::string_view source) : source_(source) {}

    Token next() {
        skip_blanks();
        Token token{Token::Kind::symbol, {}, line_};
        if (at_ == source_.size()) {
            token.kind = Token::Kind::end;
            return token;
        }
        const char c = source_[at_];
        if (is_name_start(c)) {
            token.text = take_while([](char x) { return is_name_start(x) || is_digit(x); });
            token.kind = std::ranges::count(kKeywords, token.text) > 0 ? Token::Kind::keyword
                                                                       : Token::Kind::name;
        } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            token.text = number();
            token.kind = Token::Kind::number;
        } else if (c == '"' || c == '\'') {
            token.text = quoted(c);
            token.kind = Token::Kind::string;
        } else if (const auto level = long_bracket()) {
            token.text = long_text(*level);
            token.kind = Token::Kind::string;
        } else {
            token.text = symbol();
        }
        return token;
    }

 private:
    char peek(std::size_t ahead) const {
        return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
    }

    void advance(std::size_t count) {
        for (; count > 0 && at_ < source_.size(); --count) {
            line_ += source_[at_++] == '\n' ? 1 : 0;
        }
    }

    template <class Accepts>
    std::string_view take_while(Accepts accepts) {
        const auto start = at_;
        while (at_ < source_.size() && accepts(source_[at_])) {
            ++at_;
        }
        return source_.substr(start, at_ - start);
    }

    void skip_blanks() {
        while (at_ < source_.size()) {
            const char c = source_[at_];
            if (c == ' ' || (c >= '\t' && c <= '\r')) {
                advance(1);
            } else if (c == '-' && peek(1) == '-') {
                advance(2);
                if (const auto level = long_bracket()) {
                    long_text(*level);
                } else {
                    take_while([](char x) { return x != '\n'; });
                }
            } else {
                return;
            }
        }
    }

    /// The number of equals signs of a long bracket that opens here.
    std::optional<std::size_t> long_bracket() const {
        std::size_t level = 0;
        while (peek(1 + level) == '=') {
            ++level;
        }
        return peek(0) == '[' && peek(1 + level) == '[' ? std::optional(level) : std::nullopt;
    }

    std::string_view long_text(std::size_t level) {
        advance(level + 2);
        const auto start = at_;
        const std::string closing = "]" + std::string(level, '=') + "]";
        const auto end = std::min(source_.find(closing, at_), source_.size());
        advance(end - at_ + closing.size());
        return source_.substr(start, end - start);
    }

    std::string_view quoted(char quote) {
        advance(1);
        const auto start = at_;
        while (at_ < source_.size() && source_[at_] != quote && source_[at_] != '\n') {
            advance(source_[at_] == '\\' ? 2 : 1);
        }
        const auto text = source_.substr(start, at_ - start);
        advance(1);
        return text;
    }

    std::string_view number() {
        const auto start = at_;
        const bool hexadecimal = peek(0) == '0' && (peek(1) == 'x' || peek(1) == 'X');
        const std::string_view exponents = hexadecimal ? "pP" : "eE";
        while (at_ < source_.size()) {
            const char c = source_[at_];
            if (exponents.find(c) != std::string_view::npos && (peek(1) == '+' || peek(1) == '-')) {
                at_ += 2;
            } else if (is_name_start(c) || is_digit(c) || c == '.') {
                ++at_;
            } else {
                break;
            }
        }
        return source_.substr(start, at_ - start);
    }

    std::string_view symbol() {
        constexpr std::array<std::string_view, 10> kLong{
            "...", "..", "::", "==", "~=", "<=", ">=", "//", "<<", ">>"};
        const auto rest = source_.substr(at_);
        const auto found =
            std::ranges::find_if(kLong, [&](std::string_view s) { return rest.starts_with(s); });
        const auto length = found == kLong.end() ? 1 : found->size();
        at_ += length - 1;
        advance(1);
        return rest.substr(0, length);
    }

    std::string_view source_;
    std::size_t at_ = 0;
    int line_ = 1;
};

/// Tells variables from field names, declarations and labels. A name declared anywhere counts as
/// declared everywhere: Lua says the rest when it runs.
class NameFinder {
 public:
    explicit NameFinder(std::string_view source) {
        Tokenizer tokenizer(source);
        do {
            tokens_.push_back(tokenizer.next());
        } while (tokens_.back().kind != Token::Kind::end);
    }

    ExpressionNames find() {
        ExpressionNames names;
        names.empty = tokens_.size() == 1;
        for (at_ = 0; tokens_[at_].kind != Token::Kind::end; ++at_) {
            const auto& token = tokens_[at_];
            track_brackets(token);
            names.returns = names.returns || token.is("return");
            if (token.is("local") || token.is("for")) {
                declare_list(at_ + 1);
            } else if (token.is("function")) {
                declare_parameters();
            } else if (token.kind == Token::Kind::name && is_variable()) {
                use(token, names);
            } else if (token.kind == Token::Kind::name && around(-1).is(":") &&
                       !around(-3).is("function")) {
                names.methods.push_back(token.text);
            } else if (token.kind == Token::Kind::name) {
                own_fields_.insert(token.text);
            }
        }
        std::erase_if(names.variables, [&](const ExpressionNames::Variable& v) {
            return declared_.contains(v.name);
        });
        std::erase_if(names.fields, [&](const ExpressionNames::Field& field) {
            return declared_.contains(field.table);
        });
        std::erase_if(names.methods,
                      [&](std::string_view name) { return own_fields_.contains(name); });
        return names;
    }

 private:
    const Token& around(int offset) const {
        static const Token nothing;
        const auto position = static_cast<std::ptrdiff_t>(at_) + offset;
        return position < 0 || position >= std::ssize(tokens_)
                   ? nothing
                   : tokens_[static_cast<std::size_t>(position)];
    }

    void track_brackets(const Token& token) {
        if (token.is("{") || token.is("(") || token.is("[")) {
            open_.push_back(token.text.front());
        } else if ((token.is("}") || token.is(")") || token.is("]")) && !open_.empty()) {
            open_.pop_back();
        }
    }

    bool is_variable() const {
        const auto& before = around(-1);
        const bool field = before.is(".") || before.is(":");
        const bool label = before.is("::") || before.is("goto");
        const bool key = !open_.empty() && open_.back() == '{' && around(1).is("=") &&
                         (before.is("{") || before.is(",") || before.is(";"));
        const bool attribute_of_local = before.is("<") && around(1).is(">") &&
                                        (around(0).text == "const" || around(0).text == "close");
        return !field && !label && !key && !attribute_of_local;
    }

    /// `local a <const>, b`, `for a, b`, `local function f`.
    void declare_list(std::size_t from) {
        for (; tokens_[from].kind == Token::Kind::name; ++from) {
            declared_.insert(tokens_[from].text);
            if (tokens_[from + 1].is("<") && tokens_[from + 2].kind == Token::Kind::name) {
                from += 3;
            }
            if (tokens_[std::min(from + 1, tokens_.size() - 1)].is(",")) {
                ++from;
            } else {
                return;
            }
        }
        if (tokens_[from].is("function") && tokens_[from + 1].kind == Token::Kind::name) {
            declared_.insert(tokens_[from + 1].text);
        }
    }

    void declare_parameters() {
        auto from = at_ + 1;
        while (tokens_[from].kind != Token::Kind::end && !tokens_[from].is("(")) {
            ++from;
        }
        if (tokens_[from].is("(")) {
            declare_list(from + 1);
        }
    }

    void use(const Token& token, ExpressionNames& names) {
        if (token.text == "attr") {
            const bool dot = around(1).is(".") && around(2).kind == Token::Kind::name;
            const bool index =
                around(1).is("[") && around(2).kind == Token::Kind::string && around(3).is("]");
            if (dot || index) {
                names.attr_fields.push_back({around(2).text, around(2).line});
            } else {
                names.attr_open = true;
            }
        }
        const bool field = around(1).is(".") && around(2).kind == Token::Kind::name;
        const bool indexed =
            around(1).is("[") && around(2).kind == Token::Kind::string && around(3).is("]");
        if (field || indexed) {
            names.fields.push_back({token.text, around(2).text});
        }
        if (std::ranges::find(names.variables, token.text, &ExpressionNames::Variable::name) ==
            names.variables.end()) {
            names.variables.push_back({token.text, token.line});
        }
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::string open_;
    std::set<std::string_view> declared_;
    std::set<std::string_view> own_fields_;  ///< x.name, { name = … }
};

}  // namespace

ExpressionNames find_names(std::string_view source) {
    return NameFinder(source).find();
}

}  // namespace muster
