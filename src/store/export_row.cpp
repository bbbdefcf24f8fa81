#include "store/export_row.h"

#include "base/error.h"

namespace muster {

SweepMove move_of(ExportSweep::To to) {
    switch (to) {
        case ExportSweep::To::held:
            return {ExportState::planned, ExportState::held, false};
        case ExportSweep::To::planned:
            return {ExportState::held, ExportState::planned, false};
        case ExportSweep::To::released:
            return {ExportState::held, ExportState::planned, true};
        case ExportSweep::To::discarded:
            return {ExportState::held, ExportState::held, true};
        case ExportSweep::To::excused:
            return {ExportState::planned, ExportState::planned, true};
    }
    MUSTER_ASSERT(false, "sweep to {}", static_cast<int>(to));
}

ExportKind kind_of(LimitKind limit) {
    switch (limit) {
        case LimitKind::deletes:
            return ExportKind::erase;
        case LimitKind::disables:
            return ExportKind::disable;
        case LimitKind::updates:
            return ExportKind::update;
        case LimitKind::creates:
            return ExportKind::create;
        case LimitKind::removals:
            break;
    }
    MUSTER_ASSERT(false, "rows of limit kind {}", static_cast<int>(limit));
}

LimitKind limit_of(ExportKind kind) {
    switch (kind) {
        case ExportKind::update:
            return LimitKind::updates;
        case ExportKind::disable:
            return LimitKind::disables;
        case ExportKind::erase:
            return LimitKind::deletes;
        case ExportKind::create:
            return LimitKind::creates;
    }
    MUSTER_ASSERT(false, "export kind {}", static_cast<int>(kind));
}

}  // namespace muster
