#include "cli/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/limits.h"

namespace muster {
namespace {

constexpr std::size_t kValuesShown = limits::kItemsShown;  // of one attribute, on a terminal

/// The values of one set, on one line.
std::string join_values(const Console& console, const std::vector<std::string>& values) {
    if (values.empty()) {
        return "(nothing)";
    }
    std::string text;
    const auto most = console.out_terminal ? kValuesShown : values.size();
    for (std::size_t i = 0; i < std::min(most, values.size()); ++i) {
        text += (i == 0 ? "" : "; ") + printable(values[i]);
    }
    if (values.size() > most) {
        text += fmt::format("; … {} in all", thousands(values.size()));
    }
    return text;
}

void print_links(const Console& console, const std::vector<std::string>& paths, char sign,
                 Style style, std::string_view indent) {
    const auto most = console.out_terminal ? kValuesShown : paths.size();
    for (std::size_t i = 0; i < std::min(most, paths.size()); ++i) {
        console.out << indent
                    << styled(console, style, fmt::format("{} {}", sign, printable(paths[i])))
                    << '\n';
    }
    if (paths.size() > most) {
        console.out << fmt::format("{}{} … {} in all\n", indent, sign, thousands(paths.size()));
    }
}

Style style_of(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::create:
            return Style::good;
        case ChangeKind::update:
            return Style::plain;
        case ChangeKind::erase:
            return Style::bad;
    }
    return Style::plain;
}

Style style_of(ExportKind kind) {
    switch (kind) {
        case ExportKind::create:
            return Style::good;
        case ExportKind::update:
            return Style::plain;
        case ExportKind::disable:
            return Style::warning;
        case ExportKind::erase:
            return Style::bad;
    }
    return Style::plain;
}

}  // namespace

void print_values(const Console& console, std::span<const ValueDifference> values,
                  std::string_view indent) {
    Table table;
    const auto label = [](const ValueDifference& value) {
        return value.attribute ? value.what : "(" + value.what + ")";
    };
    for (const auto& value : values) {
        if (value.links) {
            continue;
        }
        const auto after = join_values(console, value.after);
        table.add({label(value),
                   value.before.empty()
                       ? after
                       : fmt::format("{} → {}", join_values(console, value.before), after)});
    }
    table.print(console, indent);
    for (const auto& value : values) {
        if (value.links) {
            console.out << indent << label(value) << '\n';
            const auto deeper = std::string(indent) + "  ";
            print_links(console, value.before, '-', Style::bad, deeper);
            print_links(console, value.after, '+', Style::good, deeper);
        }
    }
}

void print_change(const Console& console, const ObjectChange& change) {
    console.out << styled(console, style_of(change.kind), change_kind_name(change.kind)) << "  "
                << styled(console, Style::strong, printable(change.path)) << '\n';
    if (change.kind != ChangeKind::erase) {
        print_values(console, change.values, "    ");
    }
}

void print_export(const Console& console, const PendingExport& pending) {
    const auto& row = pending.row;
    console.out << styled(console, style_of(row.kind), export_kind_name(row.kind)) << "  "
                << styled(console, Style::strong, printable(pending.path));
    if (row.state != ExportState::planned) {
        console.out << "  "
                    << styled(console, Style::warning,
                              fmt::format("[{}]", export_state_name(row.state)));
    }
    if (pending.held_links > 0) {
        console.out << "  "
                    << styled(console, Style::warning,
                              fmt::format("[{} held]", counted(pending.held_links, "link")));
    }
    console.out << '\n';
    if (!row.error.empty()) {
        console.out << "    "
                    << styled(console, Style::bad,
                              fmt::format("attempt {}: {}", row.attempts, printable(row.error)))
                    << '\n';
    }
    if (row.kind != ExportKind::erase) {
        print_values(console, pending.values, "    ");
    }
    if (!pending.cause.empty()) {
        console.out << "    "
                    << styled(console, Style::faint, "because of " + printable(pending.cause))
                    << '\n';
    }
}

namespace {

/// The same said of several rows or lines: told apart only by where.
bool alike(const Item& a, const Item& b) {
    return a.code == b.code && a.message == b.message && a.system == b.system && a.type == b.type &&
           a.anchor == b.anchor;
}

}  // namespace

void print_items(const Console& console, std::span<const Item> items, std::string_view indent) {
    while (!items.empty()) {
        const auto& item = items.front();
        const auto end =
            std::ranges::find_if_not(items, [&](const Item& other) { return alike(item, other); });
        const auto count = static_cast<std::size_t>(end - items.begin());
        std::string object = item.type.empty() ? item.system : item.system + "/" + item.type;
        if (!item.anchor.empty()) {
            object += "/" + item.anchor;
        }
        console.out << indent << styled(console, Style::warning, item.code) << "  "
                    << printable(object) << (object.empty() ? "" : ": ") << printable(item.message);
        if (!item.where.empty()) {
            console.out << "  " << styled(console, Style::faint, printable(item.where));
        }
        if (count > 1) {
            console.out << styled(
                console, Style::faint,
                fmt::format(" … {} ({} times)", printable(items[count - 1].where), count));
        }
        console.out << '\n';
        items = items.subspan(count);
    }
}

void print_holds(const Console& console, const Schema& schema, std::span<const Hold> holds) {
    for (const auto& hold : holds) {
        const auto what = fmt::format("{} {} {}", schema.space(hold.system).name,
                                      schema.type(hold.type).name, limit_kind_name(hold.kind));
        console.out << styled(console, Style::warning, "held") << "  "
                    << styled(console, Style::strong, what) << ": " << printable(hold.reason)
                    << '\n';
        console.out << "    muster release " << what << "   lets them out with the next export\n";
        console.out << "    muster discard " << what << "   drops them\n";
    }
}

Style style_of(StepStatus status) {
    switch (status) {
        case StepStatus::done:
            return Style::good;
        case StepStatus::items:
        case StepStatus::held:
            return Style::warning;
        case StepStatus::failed:
        case StepStatus::cancelled:
            return Style::bad;
    }
    return Style::plain;
}

Style style_of(std::string_view activity_status) {
    for (const auto status : {StepStatus::done, StepStatus::items, StepStatus::held,
                              StepStatus::failed, StepStatus::cancelled}) {
        if (step_status_name(status) == activity_status) {
            return style_of(status);
        }
    }
    return Style::plain;
}

}  // namespace muster
