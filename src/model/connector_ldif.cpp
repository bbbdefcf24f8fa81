#include "model/connector_settings.h"
#include "model/foreign.h"

namespace muster {
namespace {

using Level = SettingSpec::Level;
using Kind = SettingSpec::Kind;

constexpr SettingSpec kSettings[] = {
    {Level::system,
     "folder",
     Kind::path,
     false,
     ".",
     {},
     {},
     "Where the files are; relative to the configuration."},
    {Level::type,
     "file",
     Kind::path,
     true,
     "",
     {},
     {},
     "The file with the records; relative to the folder. Types may share it."},
    {Level::type,
     "object_class",
     Kind::list,
     false,
     "",
     {},
     {},
     "Object classes that new records get; records are recognised by the first. Without it, every "
     "record is taken."},
    {Level::attribute,
     "attribute",
     Kind::text,
     false,
     "",
     {},
     {},
     "The attribute's name in the file, where it differs."},
    kForeignSetting,
};

}  // namespace

const ConnectorSpec kLdifConnector{"ldif",
                                   "LDIF files with content records (RFC 2849). The anchor is the "
                                   "DN unless an attribute is named.",
                                   false,
                                   true,
                                   true,
                                   kSettings};

}  // namespace muster
