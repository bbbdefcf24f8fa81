#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <sstream>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

namespace muster::config {

namespace {

/// Stops the parser; becomes a complaint.
struct Refusal {
    YAML::Mark mark;
    std::string message;
    std::string cure;
};

std::vector<std::size_t> find_line_starts(std::string_view text) {
    std::vector<std::size_t> starts{0};
    for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
        starts.push_back(at + 1);
    }
    return starts;
}

/// Builds nodes from the parser's events.
class Builder : public YAML::EventHandler {
 public:
    Builder(std::string_view text, std::uint16_t file, Complaints& complaints)
        : text_(text), file_(file), complaints_(complaints), line_starts_(find_line_starts(text)) {}

    Node root;

    Place place(const YAML::Mark& mark) const {
        return {file_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            throw Refusal{mark, "a second document begins here", "keep one document in a file"};
        }
    }
    void OnDocumentEnd() override {}
    void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override {
        throw Refusal{mark, "anchors and aliases (&name, *name) are not read",
                      "write it out where it is needed"};
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        throw Refusal{mark, "aliases are not read", "write it out where it is needed"};
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        Node node;
        node.where = place(mark);
        node.text = null_spelling(mark);
        add(mark, std::move(node));
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  const std::string& value) override {
        refuse_tag(mark, tag);
        Node node;
        node.kind = Node::Kind::scalar;
        node.where = scalar_place(mark);
        node.text = value;
        add(mark, std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {
        open(mark, tag, Node::Kind::list);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {
        open(mark, tag, Node::Kind::map);
    }
    void OnMapEnd() override { close(); }

 private:
    /// A list or map being filled.
    struct Frame {
        Node node;
        YAML::Mark mark;
        std::string key;  // of a map: waiting for its value
        Place key_where;
        bool has_key = false;
        boost::unordered_flat_map<std::string, Place> keys;
    };

    static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw Refusal{mark, "tags (!name) are not read",
                          "leave it out: every value has the type its key asks for"};
        }
    }

    void open(const YAML::Mark& mark, const std::string& tag, Node::Kind kind) {
        refuse_tag(mark, tag);
        if (stack_.size() >= static_cast<std::size_t>(limits::kConfigDepth)) {
            throw Refusal{
                mark, fmt::format("nested deeper than {} levels", limits::kConfigDepth), {}};
        }
        Frame frame;
        frame.mark = mark;
        frame.node.kind = kind;
        frame.node.where = place(mark);
        stack_.push_back(std::move(frame));
    }

    void close() {
        Frame done = std::move(stack_.back());
        stack_.pop_back();
        add(done.mark, std::move(done.node));
    }

    void add(const YAML::Mark& mark, Node node) {
        if (stack_.empty()) {
            root = std::move(node);
            return;
        }
        Frame& frame = stack_.back();
        if (frame.node.is_list()) {
            frame.node.items.push_back(std::move(node));
        } else if (!frame.has_key) {
            take_key(mark, std::move(node), frame);
        } else {
            take_value(std::move(node), frame);
        }
    }

    static void take_key(const YAML::Mark& mark, Node node, Frame& frame) {
        if (node.is_list() || node.is_map()) {
            throw Refusal{mark, "a key must be a name", {}};
        }
        frame.key = std::move(node.text);
        frame.key_where = node.where;
        frame.has_key = true;
    }

    void take_value(Node node, Frame& frame) {
        frame.has_key = false;
        if (node.kind == Node::Kind::null && node.where == frame.key_where) {
            node.text.clear();  // nothing was written: the parser gives the key's place
        }
        const auto [first, is_new] = frame.keys.emplace(frame.key, frame.key_where);
        if (!is_new) {
            complaints_.error(frame.key_where, fmt::format("'{}' is said twice", frame.key),
                              fmt::format("the first is at {}; keep one of them",
                                          complaints_.describe(first->second)));
            return;
        }
        frame.node.entries.push_back({std::move(frame.key), frame.key_where, std::move(node)});
    }

    std::string_view source_at(const YAML::Mark& mark) const {
        const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
        if (line >= line_starts_.size()) {
            return {};
        }
        const auto at = line_starts_[line] + static_cast<std::size_t>(std::max(mark.column, 0));
        return at < text_.size() ? text_.substr(at) : std::string_view{};
    }

    /// How a null was written: it may well be a key of that name.
    std::string null_spelling(const YAML::Mark& mark) const {
        const auto source = source_at(mark);
        for (const std::string_view spelling : {"null", "Null", "NULL", "~"}) {
            if (source.starts_with(spelling)) {
                return std::string(spelling);
            }
        }
        return {};
    }

    /// Of a block scalar (> or |) the first line with something in it, else where the scalar is.
    Place scalar_place(const YAML::Mark& mark) const {
        const auto source = source_at(mark);
        if (!source.starts_with('>') && !source.starts_with('|')) {
            return place(mark);
        }
        auto line = static_cast<std::size_t>(mark.line) + 1;
        for (; line < line_starts_.size(); ++line) {
            const auto start = line_starts_[line];
            const auto letter = text_.find_first_not_of(" \t\r", start);
            if (letter == text_.npos) {
                break;
            }
            if (text_[letter] != '\n') {
                return {file_, static_cast<int>(line) + 1, static_cast<int>(letter - start) + 1};
            }
        }
        return place(mark);
    }

    std::string_view text_;
    std::uint16_t file_;
    Complaints& complaints_;
    std::vector<std::size_t> line_starts_;
    std::vector<Frame> stack_;
    int documents_ = 0;
};

/// Whether the parser broke off near a line that a tab indents.
bool tab_indents(std::string_view text, const YAML::Mark& mark) {
    const auto starts = find_line_starts(text);
    const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
    for (auto i = line; i < std::min(line + 2, starts.size()); ++i) {
        const auto first = text.find_first_not_of(' ', starts[i]);
        if (first != text.npos && text[first] == '\t') {
            return true;
        }
    }
    return false;
}

/// What to do about what the parser says.
std::string_view cure_of(const YAML::Exception& e, std::string_view text) {
    if (tab_indents(text, e.mark)) {
        return "tabs do not indent in YAML: use spaces";
    }
    if (e.msg.find("map flow") != e.msg.npos || e.msg.find("sequence flow") != e.msg.npos) {
        return "within { } and [ ] a comma ends an entry: put a value that holds one into single "
               "quotes ('surname .. \", \" .. givenName'), or write the mapping in lines";
    }
    return "mind indentation, colons and quotes; quote a text that begins with any of [ ] { } > | "
           "* & ! % # ` @ or holds \": \"";
}

/// Why bytes are no text that can be read; empty where they are.
std::string_view encoding_flaw(std::string_view text) {
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        return "the file is UTF-16 text, not UTF-8";
    }
    return valid_utf8(text) && text.find('\0') == text.npos ? "" : "the file is not UTF-8 text";
}

}  // namespace

std::optional<Node> parse_yaml(std::string_view text, std::uint16_t file, Complaints& complaints) {
    const Place start{file, 1, 1};
    if (text.size() > limits::kConfigBytes) {
        complaints.error(start,
                         fmt::format("the file is larger than {} bytes", limits::kConfigBytes),
                         "split it with include");
        return std::nullopt;
    }
    if (const auto flaw = encoding_flaw(text); !flaw.empty()) {
        complaints.error(start, std::string(flaw), "save it as UTF-8");
        return std::nullopt;
    }
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    Builder builder(text, file, complaints);
    std::istringstream in{std::string(text)};
    try {
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(builder)) {
        }
        if (builder.root.where == Place{}) {
            builder.root.where = start;  // an empty file
        }
        return std::move(builder.root);
    } catch (const YAML::Exception& e) {
        complaints.error(builder.place(e.mark), fmt::format("this is not YAML: {}", e.msg),
                         std::string(cure_of(e, text)));
    } catch (const Refusal& r) {
        complaints.error(builder.place(r.mark), r.message, r.cure);
    }
    return std::nullopt;
}

}  // namespace muster::config
