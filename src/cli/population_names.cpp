#include "cli/population_names.h"

#include <iterator>

namespace muster::names {

namespace {

constexpr std::string_view kGiven[] = {
    "Ada",      "Adrián",   "Agnieszka",  "Aisha",     "Alice",   "Amélie",   "Anders",   "Anna",
    "António",  "Björn",    "Bogdan",     "Brigitte",  "Camille", "Carlos",   "Chiara",   "Chloé",
    "Clara",    "Daniel",   "Darius",     "Deniz",     "Diego",   "Dorothea", "Edward",   "Elif",
    "Élodie",   "Emma",     "Erik",       "Eszter",    "Eva",     "Fatima",   "Felix",    "Filip",
    "Florence", "François", "Freya",      "Gabriel",   "Georg",   "Grace",    "Grzegorz", "Hannah",
    "Harry",    "Helena",   "Hugo",       "Ines",      "Ingrid",  "Irina",    "Isabel",   "Ivana",
    "Jack",     "Jakub",    "Jana",       "Jean",      "Jens",    "João",     "Johan",    "José",
    "Julia",    "Jürgen",   "Karin",      "Katarzyna", "Kenji",   "Klára",    "Lars",     "Laura",
    "Léa",      "Leila",    "Leon",       "Linda",     "Louis",   "Lucía",    "Łukasz",   "Maeve",
    "Magnus",   "Mai",      "Małgorzata", "Manuel",    "María",   "Marko",    "Mateusz",  "Matilda",
    "Michael",  "Mohammed", "Nadia",      "Naomi",     "Niamh",   "Nikola",   "Nina",     "Noor",
    "Olga",     "Oliver",   "Ólafur",     "Omar",      "Oskar",   "Pablo",    "Patricia", "Paul",
    "Petra",    "Priya",    "Rafael",     "Rasmus",    "Renée",   "Robert",   "Rosa",     "Şebnem",
    "Samuel",   "Sara",     "Siobhán",    "Sofia",     "Søren",   "Stefan",   "Tamás",    "Teresa",
    "Thomas",   "Tomáš",    "Ulrike",     "Valentina", "Viktor",  "Wei",      "Yasmin",   "Zoë"};

constexpr std::string_view kLast[] = {
    "Almeida",    "Andersen",  "Bauer",        "Benali",   "Bianchi",    "Bouchard",  "Brown",
    "Čapek",      "Chen",      "Costa",        "Da Silva", "De Vries",   "Demir",     "Dubois",
    "Dvořák",     "Fernández", "Fischer",      "García",   "Głowacki",   "González",  "Großmann",
    "Haddad",     "Hansen",    "Horváth",      "Ibrahim",  "Ivanova",    "Jansen",    "Jiménez",
    "Jónsdóttir", "Kaya",      "Kim",          "Köhler",   "Kovács",     "Kowalczyk", "Kumar",
    "Lefèvre",    "Le Goff",   "López",        "MacLeod",  "Marković",   "Martin",    "Meyer",
    "Müller",     "Muñoz",     "Nagy",         "Nguyen",   "Nielsen",    "Novák",     "Ó Briain",
    "O'Connor",   "Öztürk",    "Papadopoulou", "Patel",    "Pérez",      "Petrov",    "Popescu",
    "Ricci",      "Rodríguez", "Rossi",        "Schäfer",  "Schmidt",    "Şahin",     "Singh",
    "Sørensen",   "Tanaka",    "Vogel",        "Weiß",     "Wiśniewska", "Yılmaz",    "Žižek"};
constexpr std::string_view kStart[] = {
    "Ald",    "Ash",  "Barn", "Black", "Brad",  "Bram", "Brent", "Brook", "Burn",   "Chat",
    "Clay",   "Crow", "Dun",  "East",  "Eller", "Fair", "Farn",  "Green", "Hal",    "Hart",
    "Hather", "Hay",  "Hill", "Kings", "Lang",  "Lock", "Mar",   "Mel",   "Middle", "Nor",
    "Oak",    "Pem",  "Rad",  "Red",   "Shel",  "Stan", "Thorn", "Wake",  "West",   "Whit"};
constexpr std::string_view kEnd[] = {
    "bourne", "bridge", "bury",  "by",    "combe", "cott", "croft", "dale", "den",  "field",
    "ford",   "gate",   "ham",   "hurst", "land",  "ley",  "low",   "man",  "mere", "more",
    "ridge",  "sley",   "smith", "son",   "stead", "ton",  "well",  "wick", "wood", "worth"};
constexpr std::string_view kNordicStart[] = {"Berg", "Ek",  "Hög",  "Lind",  "Lund", "Nor",
                                             "Öst",  "Sjö", "Sand", "Ström", "Sund", "Väster"};
constexpr std::string_view kNordicEnd[] = {"berg", "blad", "dahl",  "gren", "holm",
                                           "lund", "mark", "qvist", "ström"};

constexpr std::string_view kTitles[] = {
    "Accountant", "Administrator", "Analyst",    "Architect",   "Assistant",  "Buyer",
    "Clerk",      "Consultant",    "Controller", "Coordinator", "Designer",   "Developer",
    "Engineer",   "Inspector",     "Lawyer",     "Librarian",   "Nurse",      "Officer",
    "Planner",    "Researcher",    "Specialist", "Supervisor",  "Technician", "Translator"};
constexpr std::string_view kDepartments[] = {
    "Accounting",  "Administration", "Archives",        "Audit",           "Benefits",
    "Billing",     "Communications", "Compliance",      "Customer Care",   "Data",
    "Design",      "Education",      "Engineering",     "Facilities",      "Field Service",
    "Fleet",       "Housing",        "Human Resources", "Infrastructure",  "Innovation",
    "Insurance",   "Laboratory",     "Legal",           "Library",         "Logistics",
    "Maintenance", "Marketing",      "Operations",      "Planning",        "Procurement",
    "Production",  "Quality",        "Research",        "Safety",          "Sales",
    "Security",    "Treasury",       "Training, North", "Training, South", "Water & Waste"};
constexpr std::string_view kTypes[] = {"employee", "employee", "employee",   "employee",
                                       "employee", "employee", "contractor", "intern"};
constexpr std::string_view kLanguages[] = {"en",    "en", "en;fr", "de;en",    "fr", "en;es", "pl",
                                           "en;pt", "de", "en;sv", "cs;en;sk", "it", "en;tr"};
constexpr Place kPlaces[] = {
    {"London", "GB", "+44"},     {"Leeds", "GB", "+44"},      {"Dublin", "IE", "+353"},
    {"Paris", "FR", "+33"},      {"Orléans", "FR", "+33"},    {"Berlin", "DE", "+49"},
    {"Köln", "DE", "+49"},       {"Zürich", "CH", "+41"},     {"Genève", "CH", "+41"},
    {"Wien", "AT", "+43"},       {"Kraków", "PL", "+48"},     {"Łódź", "PL", "+48"},
    {"Praha", "CZ", "+420"},     {"Malmö", "SE", "+46"},      {"Århus", "DK", "+45"},
    {"Reykjavík", "IS", "+354"}, {"Lisboa", "PT", "+351"},    {"Málaga", "ES", "+34"},
    {"Torino", "IT", "+39"},     {"İzmir", "TR", "+90"},      {"Toronto", "CA", "+1"},
    {"São Paulo", "BR", "+55"},  {"Wellington", "NZ", "+64"}, {"Pune", "IN", "+91"}};

template <class T, std::size_t N>
const T& choose(const T (&list)[N], std::uint64_t choice) {
    return list[choice % N];
}

}  // namespace

std::string_view given(std::uint64_t choice) {
    return choose(kGiven, choice);
}

std::string last(std::uint64_t choice) {
    const auto part = choice / 16;
    switch (choice % 16) {
        case 0:
        case 1:
        case 2:
            return std::string(choose(kLast, part));
        case 3:
            return std::string(choose(kLast, part)) + "-" +
                   std::string(choose(kLast, part / std::size(kLast)));
        case 4:
        case 5:
            return std::string(choose(kNordicStart, part)) +
                   std::string(choose(kNordicEnd, part / std::size(kNordicStart)));
        default:
            return std::string(choose(kStart, part)) +
                   std::string(choose(kEnd, part / std::size(kStart)));
    }
}

std::string_view title(std::uint64_t choice) {
    return choose(kTitles, choice);
}

std::string_view employee_type(std::uint64_t choice) {
    return choose(kTypes, choice);
}

std::string_view languages(std::uint64_t choice) {
    return choose(kLanguages, choice);
}

std::uint64_t departments() {
    return std::size(kDepartments);
}

std::string_view department(std::uint64_t number) {
    return choose(kDepartments, number);
}

const Place& place(std::uint64_t choice) {
    return choose(kPlaces, choice);
}

}  // namespace muster::names
