"""rules/calendar.yaml (edge.calendarfile), holidays (edge.holidaydata) and time zone data (edge.zonedata)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import available_timezones

import holidays
import pytest

from mailhelp.edge import holidaydata
from mailhelp.edge.calendarfile import LoadedCalendar, days_off, load_calendar
from mailhelp.edge.zonedata import fingerprint

TODAY = date(2026, 11, 24)
ROOT = Path(__file__).resolve().parents[3]


def load(folder: Path, text: str, today: date = TODAY) -> LoadedCalendar:
    """The calendar of a file with that text."""
    (folder / "calendar.yaml").write_text(text, encoding="utf-8")
    return load_calendar(folder, "rules", zone="Asia/Makassar", today=today)


def hours(loaded: LoadedCalendar) -> list[str]:
    """The week, a text for each day."""
    return [" ".join(map(str, spans)) for spans in loaded.calendar.hours]


def test_all_countries_of_the_package_are_known() -> None:
    """The list that costs nothing is the one that the package makes by importing every country."""
    assert holidaydata.countries() == set(holidays.list_supported_countries(include_aliases=False))


def test_without_a_file_the_desk_has_the_usual_calendar(tmp_path: Path) -> None:
    """Monday to Friday from nine to six in the desk's zone, Indonesian holidays and joint leave, no problem at all."""
    loaded = load_calendar(tmp_path, "rules", zone="Asia/Makassar", today=TODAY)
    assert (loaded.problems, loaded.warnings) == ((), ())
    assert loaded.calendar.zone == "Asia/Makassar"
    assert hours(loaded) == ["09:00-18:00"] * 5 + [""] * 2
    assert loaded.calendar.closed[date(2026, 3, 20)].name == "Cuti Bersama Hari Raya Idul Fitri"
    assert loaded.calendar.closed[date(2026, 8, 17)].kind == "holiday"
    assert loaded.calendar.years == (2025, 2028)


def test_the_published_decrees_are_matched() -> None:
    """Holidays and joint leave of Indonesia in the numbers that the decrees of 2024 to 2026 name."""
    for year, public, joint in ((2024, 19, 10), (2025, 17, 11), (2026, 17, 8)):
        kinds = [off.kind for off in holidaydata.days_off("ID", "", "id", [year], joint_leave=True).values()]
        assert (kinds.count("holiday"), kinds.count("joint leave")) == (public, joint)


def test_joint_leave_is_switched_by_itself(tmp_path: Path) -> None:
    """Without joint leave the holidays stay; without holidays neither is off."""
    only = load(tmp_path, "joint_leave: false").calendar.closed
    assert date(2026, 3, 20) not in only
    assert date(2026, 8, 17) in only
    assert load(tmp_path, "holidays: false").calendar.closed == {}


@pytest.mark.parametrize(("language", "mark"), [("id", "(perkiraan)"), ("en", "(estimated)")])
def test_estimated_days_are_marked(tmp_path: Path, language: str, mark: str) -> None:
    """Days that follow the moon are estimates until they are announced, in each language; others are not."""
    loaded = load(tmp_path, f"language: {language}")
    eid, independence = loaded.calendar.closed[date(2027, 3, 10)], loaded.calendar.closed[date(2027, 8, 17)]
    assert eid.estimated
    assert mark in eid.name
    assert not independence.estimated
    assert any("an estimate" in line for line in days_off(loaded.calendar, 2027))


def test_a_coming_year_without_joint_leave_is_warned_of(tmp_path: Path) -> None:
    """The decree comes in autumn: until the data has it, the admin is told; not where joint leave is off."""
    (warning,) = load(tmp_path, "zone: Asia/Jakarta", date(2027, 11, 1)).warnings
    assert "no joint leave of 2028 is known yet" in warning
    assert load(tmp_path, "joint_leave: false", date(2027, 11, 1)).warnings == ()


def test_own_days_are_added_and_removed(tmp_path: Path) -> None:
    """A date or a range with a name is off; a holiday that is removed is a working day; what makes no sense is told."""
    loaded = load(
        tmp_path,
        "add:\n  2026-12-28..2026-12-30: Pindah kantor\n  2026-12-25: Natal\nremove: [2026-12-24, 2026-11-25]\n",
    )
    assert [loaded.calendar.closed[date(2026, 12, day)].name for day in (28, 29, 30)] == ["Pindah kantor"] * 3
    assert date(2026, 12, 24) not in loaded.calendar.closed
    assert loaded.warnings == (
        "rules/calendar.yaml: 2026-12-25 is added, but is off already: Hari Raya Natal",
        "rules/calendar.yaml:4:22: 2026-11-25 is removed, but is no day off.",
    )


def test_special_hours_of_a_date_open_it_and_those_of_a_range_only_change_working_days(tmp_path: Path) -> None:
    """Ramadan's shorter hours do not open Sundays and holidays; a single date is what it says."""
    loaded = load(
        tmp_path,
        "special:\n"
        "  2027-02-08..2027-03-14: {hours: 08:00-15:00, name: Ramadan}\n"
        "  2027-02-14: 10:00-12:00\n"
        "  2027-02-15: closed\n",
    )
    special = loaded.calendar.special
    assert str(special[date(2027, 2, 9)].hours[0]) == "08:00-15:00"
    assert str(special[date(2027, 2, 14)].hours[0]) == "10:00-12:00"  # a Sunday
    assert special[date(2027, 2, 15)].hours == ()
    assert date(2027, 2, 21) not in special  # another Sunday
    assert date(2027, 3, 8) not in special  # Nyepi
    assert loaded.calendar.is_open(datetime(2027, 2, 14, 3, tzinfo=UTC))


def test_hours_by_weekday_with_breaks(tmp_path: Path) -> None:
    """Several spans a day, days in a row, midnight as the end; a weekday that is not named is closed."""
    loaded = load(
        tmp_path,
        "hours:\n  monday-thursday: [08:00-12:00, 13:00-17:00]\n  friday: 08:00-11:30\n  sunday: 18:00-24:00\n",
    )
    assert loaded.problems == ()
    assert hours(loaded) == ["08:00-12:00 13:00-17:00"] * 4 + ["08:00-11:30", "", "18:00-24:00"]


def test_other_countries_and_regions(tmp_path: Path) -> None:
    """Holidays of another country's region, in its language."""
    loaded = load(tmp_path, "country: DE\nregion: BY\nlanguage: de\nzone: Europe/Berlin\n")
    assert loaded.problems == ()
    assert loaded.calendar.closed[date(2026, 1, 6)].name == "Heilige Drei Könige"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "zone: Asia/Jakrta",
            (
                'rules/calendar.yaml:1:7: zone: unknown time zone "Asia/Jakrta" '
                '(allowed: a name such as Asia/Jakarta; did you mean "Asia/Jakarta"?)'
            ),
        ),
        (
            "hours: {sunday: 9-5}",
            'rules/calendar.yaml:1:17: hours → sunday: must be office hours such as 09:00-18:00, or closed, not "9-5"',
        ),
        (
            "hours: {monday: [09:00-12:00, 11:00-14:00]}",
            'rules/calendar.yaml:1:17: hours → monday: begins before the hours before it end: "11:00-14:00"',
        ),
        (
            "hours: {monday-friday: 09:00-18:00, friday: 09:00-11:00}",
            'rules/calendar.yaml:1:37: hours: has a weekday that stands here twice: "friday"',
        ),
        ("hours: {monday: closed}", "rules/calendar.yaml:1:1: has no office hours on any weekday."),
        (
            "hours: {moonday: 09:00-18:00}",
            (
                'rules/calendar.yaml:1:9: hours: unknown key "moonday" (allowed: monday, tuesday, wednesday, thursday, '
                'friday, saturday, sunday; did you mean "monday"?)'
            ),
        ),
        (
            "country: XX",
            (
                'rules/calendar.yaml:1:10: country: no holidays are known of country "XX" '
                "(allowed: two letters of ISO 3166: ID, MY, SG, ...) Or take `holidays: false`."
            ),
        ),
        (
            "country: DE\nlanguage: fr",
            'rules/calendar.yaml:2:11: language: holidays have no names in language "fr" (allowed: de, en, th, uk)',
        ),
        (
            "country: DE\njoint_leave: true",
            (
                'rules/calendar.yaml:2:14: joint_leave: is not known of country "DE" '
                "Take `joint_leave` away and add such days under `add`."
            ),
        ),
        ("joint_leave: yes", 'rules/calendar.yaml:1:14: joint_leave: must be true or false, not "yes"'),
        (
            "add: {2026-13-01: x}",
            (
                "rules/calendar.yaml:1:19: add → 2026-13-01: must be a date such as 2026-01-31, or a range such as "
                '2026-02-18..2026-03-19, not "2026-13-01"'
            ),
        ),
        (
            "remove: 2026-12-24..2026-12-20",
            (
                "rules/calendar.yaml:1:9: remove: the range must end after it begins, within a year: "
                '"2026-12-24..2026-12-20"'
            ),
        ),
        (
            "special: {2026-12-30: {hour: 09:00-12:00}}",
            (
                'rules/calendar.yaml:1:24: special → 2026-12-30: unknown key "hour" '
                '(allowed: hours, name; did you mean "hours"?)'
            ),
        ),
        (
            "special: {2026-12-28..2026-12-30: closed, 2026-12-30..2026-12-31: closed}",
            'rules/calendar.yaml:1:43: special: has a date that another entry has, too: "2026-12-30"',
        ),
        (
            "holiday: true",
            (
                'rules/calendar.yaml:1:1: unknown key "holiday" (allowed: zone, hours, country, region, language, '
                'holidays, joint_leave, add, remove, special; did you mean "holidays"?)'
            ),
        ),
        ("- a", "rules/calendar.yaml:1:1: must be a mapping (key: value) at its top."),
    ],
)
def test_each_mistake_is_told_with_its_place_and_what_is_allowed(tmp_path: Path, text: str, sentence: str) -> None:
    """One mistake, one sentence: file, line, column, what was found, what is allowed, the nearest."""
    assert [str(problem) for problem in load(tmp_path, text).problems] == [sentence]


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """One mistake does not hide the others."""
    loaded = load(tmp_path, "zone: Mars/Olympus\nhours: {sunday: 9-5}\nremove: 5\ncountry: DE\nlanguage: fr\n")
    assert [problem.line for problem in loaded.problems] == [2, 3, 1, 5]


def test_the_version_changes_with_whatever_could_change_a_result(tmp_path: Path) -> None:
    """The same file gives the same version; hours, days off, names, zone and years each give another."""
    texts = (
        "zone: Asia/Jakarta",
        "zone: Asia/Jayapura",
        "hours: {monday: 09:00-12:00}",
        "joint_leave: false",
        "add: {2026-12-30: a}",
        "add: {2026-12-30: b}",
        "special: {2026-12-30: closed}",
        "holidays: false",
    )
    versions = [load(tmp_path, text).calendar.version for text in texts]
    assert len(set(versions)) == len(texts)
    assert load(tmp_path, texts[0]).calendar.version == versions[0]
    assert load(tmp_path, texts[0], date(2027, 1, 1)).calendar.version != versions[0]


def test_the_version_changes_with_the_zone_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new release of the tz database recomputes open due times."""
    before = load(tmp_path, "zone: Asia/Jakarta").calendar.version
    monkeypatch.setattr("mailhelp.edge.calendarfile.fingerprint", lambda zone: f"{zone}:2099z")
    assert load(tmp_path, "zone: Asia/Jakarta").calendar.version != before


def test_every_zone_has_a_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The data of each zone is found where the standard library finds it, also without the system's files."""
    for zone in sorted(available_timezones())[::40]:
        assert ":" in fingerprint(zone)
    monkeypatch.setattr("zoneinfo.TZPATH", ())
    assert fingerprint("Asia/Jakarta").startswith("tzdata-")


def test_the_example_calendar_is_sound() -> None:
    """rules/calendar.yaml, the working example, has no problem and no doubt."""
    loaded = load_calendar(ROOT / "rules", "rules", zone="UTC", today=TODAY)
    assert (loaded.problems, loaded.warnings) == ((), ())
    assert loaded.calendar.zone == "Asia/Jakarta"
    assert date(2027, 2, 8) in loaded.calendar.special
