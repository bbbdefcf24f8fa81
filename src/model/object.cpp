#include "model/object.h"

namespace muster {

std::string_view state_name(ObjectState state) {
    switch (state) {
        case ObjectState::normal:
            return "normal";
        case ObjectState::provisioning:
            return "provisioning";
        case ObjectState::gone:
            return "gone";
        case ObjectState::leaving:
            return "leaving";
        case ObjectState::unclaimed:
            return "unclaimed";
        case ObjectState::leaving_unclaimed:
            return "leaving, unclaimed";
    }
    return {};
}

}  // namespace muster
