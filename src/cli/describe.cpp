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

std::string_view change_word(std::string_view path, ChangeKind kind) {
    const bool metaverse = path.starts_with("metaverse/");  // no system can be called so
    switch (kind) {
        case ChangeKind::create:
            return metaverse ? "create" : "new";
        case ChangeKind::update:
            return "update";
        case ChangeKind::erase:
            return metaverse ? "delete" : "forget";
    }
    return {};
}

void print_change(const Console& console, const ObjectChange& change) {
    console.out << styled(console, style_of(change.kind), change_word(change.path, change.kind))
                << "  " << styled(console, Style::strong, printable(change.path)) << '\n';
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
                              fmt::format("[{}]", row.state == ExportState::held && row.released
                                                      ? "discarded"
                                                      : export_state_name(row.state)));
    }
    if (pending.held_links > 0) {
        console.out << "  "
                    << styled(console, Style::warning,
                              fmt::format("[{} held]", counted(pending.held_links, "link")));
    }
    if (pending.discarded_links > 0) {
        console.out << "  "
                    << styled(
                           console, Style::warning,
                           fmt::format("[{} discarded]", counted(pending.discarded_links, "link")));
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

std::size_t print_some_items(const Console& console, std::span<const Item> items,
                             std::string_view indent, std::size_t most) {
    std::size_t done = 0;
    for (; done < items.size() && most > 0; --most) {
        const auto& item = items[done];
        const auto rest = items.subspan(done);
        const auto end =
            std::ranges::find_if_not(rest, [&](const Item& other) { return alike(item, other); });
        const auto count = static_cast<std::size_t>(end - rest.begin());
        std::string object = item.type.empty() ? item.system : item.system + "/" + item.type;
        if (!item.anchor.empty()) {
            object += "/" + item.anchor;
        }
        auto text = printable(object) + (object.empty() ? "" : ": ") + printable(item.message);
        if (!item.where.empty()) {
            text += "  " + printable(item.where);
        }
        if (count > 1) {
            text += fmt::format(" … {} ({} times)", printable(rest[count - 1].where), count);
        }
        const auto deeper = std::string(indent) + "    ";
        console.out << indent << styled(console, Style::warning, item.code) << "  "
                    << folded(console, text, deeper, indent.size() + item.code.size() + 2) << '\n';
        done += count;
    }
    return done;
}

}  // namespace

void print_items(const Console& console, std::span<const Item> items, std::string_view indent) {
    print_some_items(console, items, indent, items.size());
}

void print_items_by_code(const Console& console, std::vector<Item> items, std::size_t most,
                         std::string_view command) {
    std::ranges::stable_sort(items, {}, &Item::code);
    std::string totals;
    std::vector<std::span<const Item>> groups;
    for (auto rest = std::span<const Item>(items); !rest.empty();) {
        const auto end = std::ranges::find_if_not(
            rest, [&](const Item& other) { return other.code == rest.front().code; });
        groups.push_back(rest.first(static_cast<std::size_t>(end - rest.begin())));
        totals += fmt::format("{}{} {}", totals.empty() ? "" : ", ", rest.front().code,
                              thousands(groups.back().size()));
        rest = rest.subspan(groups.back().size());
    }
    if (items.size() > 1) {
        console.out << styled(console, Style::strong, counted(items.size(), "item")) << ": "
                    << folded(console, totals, "    ", 2 + counted(items.size(), "item").size())
                    << '\n';
    }
    for (const auto group : groups) {
        const auto shown = print_some_items(console, group, "  ", most);
        if (shown < group.size()) {
            console.out << styled(console, Style::faint,
                                  fmt::format("  … and {} more {} ({})",
                                              thousands(group.size() - shown), group.front().code,
                                              command))
                        << '\n';
        }
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

void print_waits(const Console& console, const Schema& schema, std::span<const Wait> waits) {
    for (const auto& wait : waits) {
        const auto& system = schema.space(wait.system).name;
        console.out << styled(console, Style::warning, "waiting") << "  "
                    << styled(console, Style::strong, system) << ": "
                    << fmt::format(
                           "{} of creations, deletions and renames, until all of it could "
                           "be read: {}\n",
                           thousands(wait.exports), printable(wait.because));
        console.out << "    muster run --accept-incomplete " << system
                    << "   lets one run pass as if everything had been read\n";
    }
}

void print_refusals(const Console& console, const Schema& schema, std::span<const Refusals> refused,
                    Instant present) {
    for (const auto& of_system : refused) {
        const auto& name = schema.space(of_system.system).name;
        console.out << styled(console, Style::warning, "refused") << "  "
                    << styled(console, Style::strong, name) << ": "
                    << fmt::format("{} {}{}, sent again in every run\n", thousands(of_system.count),
                                   of_system.count == 1 ? "export" : "exports",
                                   of_system.since ? ", the oldest planned " +
                                                         age_text(*of_system.since, present)
                                                   : std::string{});
        console.out << "    muster exports " << name << " --refused   says why\n";
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
    return activity_status == "killed" ? Style::bad : Style::plain;
}

}  // namespace muster
