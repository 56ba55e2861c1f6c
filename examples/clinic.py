"""The clinic group: two facilities in two time zones, what they offer, and who and what is needed for it."""

from typing import Any, Final

__all__ = ["ABSENCES", "FACILITIES", "FOOTHILLS", "LAKESIDE", "RESOURCES", "VISIT_TYPES", "providers_for"]

LAKESIDE: Final = "Lakeside"
FOOTHILLS: Final = "Foothills"

FACILITIES: Final = [
    {
        "facility": LAKESIDE,
        "name": "Lakeside Health Center",
        "time_zone": "America/Chicago",
        "phone": "+1-312-555-0100",
        "message_name": "Lakeside Health",
    },
    {
        "facility": FOOTHILLS,
        "name": "Foothills Health Center",
        "time_zone": "America/Denver",
        "phone": "+1-303-555-0100",
        "message_name": "Foothills Health",
    },
]


def _need(kind: str, specialty: str | None = None, **more: int) -> dict[str, Any]:
    return {"kind": kind, **({"specialty": specialty} if specialty else {}), **more}


def _visit_type(code: str, name: str, minutes: int, *needs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"code": code, "name": name, "minutes": minutes, "needs": list(needs), **more}


_FAMILY, _CHILD = _need("provider", "family-medicine"), _need("provider", "pediatrics")
_HEART, _BONE = _need("provider", "cardiology"), _need("provider", "orthopedics")
_SKIN, _WOMEN = _need("provider", "dermatology"), _need("provider", "womens-health")
_EXAM, _PROCEDURE, _CLASS = _need("room", "exam"), _need("room", "procedure"), _need("room", "classroom")

VISIT_TYPES: Final = [
    _visit_type("FM-FUP", "Follow-up", 15, _FAMILY, _EXAM),
    _visit_type(
        "FM-NEW",
        "New patient",
        30,
        _FAMILY,
        _EXAM,
        buffer_after_minutes=5,
        preparation=[
            {"text": "Bring your insurance card and a list of your medicines", "deadline_hours": 24}
        ],
    ),
    _visit_type(
        "FM-PHYS",
        "Annual physical with blood draw",
        40,
        _FAMILY,
        _EXAM,
        lead_minutes=720,
        preparation=[{"text": "Nothing to eat or drink but water for 8 hours", "deadline_hours": 12}],
    ),
    _visit_type("FM-TEL", "Telephone visit", 15, _FAMILY),
    _visit_type("PED-WELL", "Well-child visit", 20, _CHILD, _EXAM),
    _visit_type("PED-SICK", "Sick child", 15, _CHILD, _EXAM),
    _visit_type(
        "CARD-CONS",
        "Cardiology consultation",
        30,
        _HEART,
        _EXAM,
        preparation=[{"text": "Bring earlier heart tracings and the referral", "deadline_hours": 24}],
    ),
    _visit_type("CARD-ECG", "Resting electrocardiogram", 15, _HEART, _EXAM, _need("device", "ecg")),
    # Staggered: a room throughout, the treadmill once the patient is prepared, then the cardiologist too.
    _visit_type(
        "CARD-STRESS",
        "Exercise stress test",
        60,
        _PROCEDURE,
        _need("device", "treadmill", from_minute=15, minutes=30),
        _need("provider", "cardiology", from_minute=20, minutes=40),
        buffer_after_minutes=10,
        preparation=[{"text": "No caffeine for 24 hours; wear walking shoes", "deadline_hours": 24}],
    ),
    _visit_type("ORTHO-CONS", "Orthopedic consultation", 20, _BONE, _EXAM),
    _visit_type(
        "ORTHO-INJ", "Joint injection", 20, _BONE, _PROCEDURE, buffer_before_minutes=5, buffer_after_minutes=5
    ),
    _visit_type("DERM-CHK", "Skin check", 15, _SKIN, _EXAM),
    # Ten days' lead: the payer's authorization takes that long. At most two a day: pathology takes no more.
    _visit_type(
        "DERM-EXC",
        "Skin excision",
        45,
        _SKIN,
        _PROCEDURE,
        buffer_before_minutes=5,
        buffer_after_minutes=15,
        lead_minutes=14_400,
        daily_limit=2,
        preparation=[{"text": "Tell us if you take blood thinners", "deadline_hours": 72}],
    ),
    _visit_type("WH-ANN", "Annual well-woman visit", 20, _WOMEN, _EXAM),
    _visit_type(
        "WH-US",
        "Obstetric ultrasound",
        30,
        _WOMEN,
        _EXAM,
        _need("device", "ultrasound"),
        buffer_after_minutes=5,
    ),
    _visit_type("DM-GROUP", "Living with diabetes, group class", 60, _FAMILY, _CLASS, seats=8),
]

_PROVIDERS: Final = [
    (LAKESIDE, "Dr. Amara Osei", "family-medicine"),
    (LAKESIDE, "Dr. Benjamin Kowalski", "family-medicine"),
    (LAKESIDE, "Dr. Carla Mendes", "family-medicine"),
    (LAKESIDE, "Neil Abara, NP", "family-medicine"),
    (LAKESIDE, "Dr. Dana Whitfield", "pediatrics"),
    (LAKESIDE, "Dr. Emil Sandoval", "pediatrics"),
    (LAKESIDE, "Dr. Farah Nasser", "cardiology"),
    (LAKESIDE, "Dr. Gregor Lindqvist", "cardiology"),
    (LAKESIDE, "Dr. Hana Takeda", "orthopedics"),
    (LAKESIDE, "Dr. Ian Castellanos", "dermatology"),
    (LAKESIDE, "Dr. Julia Brandt", "womens-health"),
    (LAKESIDE, "Dr. Kofi Mensah", "womens-health"),
    (FOOTHILLS, "Dr. Lena Hartmann", "family-medicine"),
    (FOOTHILLS, "Dr. Marcus Yellowtail", "family-medicine"),
    (FOOTHILLS, "Olga Petrenko, PA", "family-medicine"),
    (FOOTHILLS, "Dr. Nadia Rahimi", "pediatrics"),
    (FOOTHILLS, "Dr. Oscar Villareal", "cardiology"),
    (FOOTHILLS, "Dr. Priya Raman", "orthopedics"),
    (FOOTHILLS, "Dr. Quentin Moreau", "dermatology"),
    (FOOTHILLS, "Dr. Ruth Adeyemi", "womens-health"),
]

_PLACES: Final = [
    (
        LAKESIDE,
        "room",
        [
            ("Exam 1", "exam"),
            ("Exam 2", "exam"),
            ("Exam 3", "exam"),
            ("Exam 4", "exam"),
            ("Exam 5", "exam"),
            ("Exam 6", "exam"),
            ("Procedure A", "procedure"),
            ("Procedure B", "procedure"),
            ("Classroom", "classroom"),
        ],
    ),
    (
        FOOTHILLS,
        "room",
        [
            ("Exam 1", "exam"),
            ("Exam 2", "exam"),
            ("Exam 3", "exam"),
            ("Exam 4", "exam"),
            ("Procedure A", "procedure"),
            ("Classroom", "classroom"),
        ],
    ),
    (LAKESIDE, "device", [("ECG", "ecg"), ("Treadmill", "treadmill"), ("Ultrasound", "ultrasound")]),
    (FOOTHILLS, "device", [("ECG", "ecg"), ("Treadmill", "treadmill"), ("Ultrasound", "ultrasound")]),
]

RESOURCES: Final = [
    {"resource": name, "facility": facility, "kind": "provider", "specialties": specialty}
    for facility, name, specialty in _PROVIDERS
] + [
    {"resource": f"{facility} {name}", "facility": facility, "kind": kind, "specialties": tag}
    for facility, kind, places in _PLACES
    for name, tag in places
]

ABSENCES: Final = [
    {"resource": "Dr. Hana Takeda", "day": 1, "from": "12:00", "to": "18:00", "reason": "surgery"},
    {"resource": "Dr. Priya Raman", "day": 2, "from": "07:00", "to": "12:00", "reason": "surgery"},
    {"resource": "Dr. Amara Osei", "day": 0, "from": "12:00", "to": "13:30", "reason": "meeting"},
    {"resource": "Dr. Oscar Villareal", "day": 3, "from": "07:00", "to": "18:00", "reason": "off-site"},
    {"resource": "Dr. Emil Sandoval", "day": 8, "from": "07:00", "to": "18:00", "reason": "leave"},
    {"resource": "Lakeside Treadmill", "day": 2, "from": "07:00", "to": "11:00", "reason": "maintenance"},
]


def providers_for(code: str, facility: str) -> list[str]:
    """Names of the providers in ``facility`` who can see a visit of type ``code``."""
    needs = next(kind["needs"] for kind in VISIT_TYPES if kind["code"] == code)
    wanted = next(need["specialty"] for need in needs if need["kind"] == "provider")
    return [name for where, name, specialty in _PROVIDERS if (where, specialty) == (facility, wanted)]
