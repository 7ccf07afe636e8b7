"""The shapes of the files in rules/: what keys there are and what each may hold.

Short forms (`answer: name`, `text: [a, b]`) are brought into their long form before they are checked, so that there
is one shape behind each key. Whether a name is known is checked in `edge.rules_check`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mailhelp.edge.rules_values import (
    Address,
    Addresses,
    Count,
    Day,
    Days,
    Domains,
    EventName,
    Language,
    Link,
    Links,
    Minutes,
    Moment,
    Priority,
    Size,
    StateName,
    Text,
    TextOrNone,
    Texts,
    Weight,
    choices,
    long_form,
)


class Shape(BaseModel):
    """A mapping in a rules file: frozen, no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=False)


def _one_or_more(value: Any) -> Any:
    """One item may stand without its list."""
    return value if isinstance(value, tuple) else (value,)


# --- tests beside rules and categories


class FileShape(Shape):
    """See `desk.expectation.GivenFile`."""

    name: Text
    type: Text = ""
    size: Size = 1_000


Files = Annotated[tuple[Annotated[FileShape, long_form("name")], ...], BeforeValidator(_one_or_more)]


class GivenShape(Shape):
    """What a test starts from; see `desk.expectation.Given`."""

    event: EventName = "arrived"
    fields: dict[str, Text] = {}
    text: Text = ""
    subject: Text = ""
    sender: Address = ""
    recipient: Address = ""
    header: dict[str, Text] = {}
    attachments: Files = ()
    eml: Text = ""
    at: Moment | None = None
    known: bool = False
    open_reports: Count = 0
    state: StateName = "open"
    queue: Text = ""
    owner: Text = ""
    priority: Priority | None = None
    tag: Texts = ()


def _fires(value: Any) -> Any:
    return {"fires": value == "fires"} if value in ("fires", "does not fire") else value


class ExpectShape(Shape):
    """What a test expects; `fires` is about the rule the test stands in."""

    fires: bool = True
    stops: bool | None = None
    queue: Text | None = None
    owner: TextOrNone | None = None
    priority: Priority | None = None
    category: TextOrNone | None = None
    subcategory: TextOrNone | None = None
    user_type: TextOrNone | None = None
    language: Language | None = None
    state: StateName | None = None
    tag: Texts = ()
    no_tag: Texts = ()
    ask: Texts = ()
    answer: TextOrNone | None = None
    template: TextOrNone | None = None
    acknowledge: bool | None = None
    copy_to: Addresses = ()
    note: Texts = ()
    article: Links = ()
    spam: bool | None = None
    field: dict[str, Text] = {}


class TestShape(Shape):
    """One example beside its rule or category."""

    given: Annotated[GivenShape, long_form("text")]
    expect: Annotated[ExpectShape, BeforeValidator(_fires)] = ExpectShape()


# --- team.yaml


class Span(Shape):
    """An absence; both days included."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")


class AgentShape(Shape):
    """See `desk.policy.Agent`."""

    address: Address
    display: Text = ""
    aliases: Addresses = ()
    days: Days = frozenset(range(7))
    away: tuple[Span, ...] = ()
    notify: Literal["each", "digest"] = "each"
    digest: bool = False
    signature: Texts = ()


class QueueShape(Shape):
    """See `desk.policy.Queue`."""

    title: Text
    agents: Texts
    digest: Addresses = ()


class TeamFile(Shape):
    """rules/team.yaml."""

    agents: dict[str, AgentShape] = Field(min_length=1)
    queues: dict[str, QueueShape] = Field(min_length=1)
    default_queue: Text


# --- categories.yaml


class SubcategoryShape(Shape):
    """See `desk.policy.Subcategory`."""

    title: dict[Language, Text] = {}
    aliases: Texts = ()
    keywords: dict[str, Weight] = {}
    queue: Text = ""
    priority: Priority | None = None
    required: Texts = ()
    article: Link = ""
    template: Text = ""
    answers: Texts = ()
    tests: tuple[TestShape, ...] = ()


class CategoryShape(SubcategoryShape):
    """See `desk.policy.Category`."""

    subcategories: dict[str, SubcategoryShape] = {}
    needs_identity: bool = False


class CategoriesFile(Shape):
    """rules/categories.yaml."""

    categories: dict[str, CategoryShape] = Field(min_length=1)


# --- routing*.yaml


class RangeShape(Shape):
    """A count: `2`, or bounds that are both included."""

    low: Count | None = Field(default=None, alias="min")
    high: Count | None = Field(default=None, alias="max")


def _exact(value: Any) -> Any:
    return {"min": value, "max": value} if not isinstance(value, dict) else value


class SizeShape(Shape):
    """Bounds of a size such as 5 MB, both included."""

    low: Size | None = Field(default=None, alias="min")
    high: Size | None = Field(default=None, alias="max")


class TextTest(Shape):
    """Words or phrases, or a pattern."""

    has: Texts = ()
    matches: Texts = ()


def _value_test(value: Any) -> Any:
    if value in ("present", "missing"):
        return {"present": value == "present"}
    return value if isinstance(value, dict) else {"is": value}


class ValueTest(Shape):
    """What a form field or a header field must be."""

    one_of: Texts = Field(default=(), alias="is")
    present: bool | None = None
    matches: Texts = ()


class SenderTest(Shape):
    """Who wrote."""

    address: Addresses = ()
    domain: Domains = ()
    known: bool | None = None


class FilesTest(Shape):
    """What is attached: `count` files of a type and size; without `count` at least one."""

    count: Annotated[RangeShape, BeforeValidator(_exact)] | None = None
    type: Texts = ()
    size: SizeShape | None = None


class TimeTest(Shape):
    """When it is at the desk."""

    days: Days | None = None
    start: Minutes = Field(default=0, alias="from")
    end: Minutes = Field(default=1440, alias="to")


class WhenShape(Shape):
    """What must hold, all of it."""

    event: Annotated[tuple[str, ...], choices("arrived", "replied", "timer", "agent")] = ()
    category: Texts = ()
    subcategory: Texts = ()
    user_type: Texts = ()
    queue: Texts = ()
    state: Annotated[tuple[str, ...], choices("new", "open", "pending", "checking", "resolved", "closed")] = ()
    priority: Annotated[tuple[str, ...], choices("low", "normal", "high", "urgent")] = ()
    language: Annotated[tuple[str, ...], choices("id", "en")] = ()
    tag: Texts = ()
    field: dict[str, Annotated[ValueTest, BeforeValidator(_value_test)]] = {}
    header: dict[str, Annotated[ValueTest, BeforeValidator(_value_test)]] = {}
    text: Annotated[TextTest, long_form("has")] | None = None
    subject: Annotated[TextTest, long_form("has")] | None = None
    sender: Annotated[SenderTest, long_form("address")] | None = None
    recipient: Addresses = ()
    attachments: Annotated[FilesTest, long_form("count")] | None = None
    time: TimeTest | None = None
    office_hours: bool | None = None
    open_reports: Annotated[RangeShape, BeforeValidator(_exact)] | None = None
    all: Annotated[tuple[WhenShape, ...], BeforeValidator(_one_or_more)] = ()
    any: Annotated[tuple[WhenShape, ...], BeforeValidator(_one_or_more)] = ()
    no: Annotated[tuple[WhenShape, ...], BeforeValidator(_one_or_more)] = Field(default=(), alias="not")


class AnswerShape(Shape):
    """See `desk.rule.Answer`."""

    template: Text
    resolve: bool = False


class ThenShape(Shape):
    """What to do; see `desk.rule.Actions`."""

    queue: Text | None = None
    owner: Text | None = None
    priority: Priority | None = None
    category: Text | None = None
    subcategory: Text | None = None
    tag: Texts = ()
    target: Text | None = None
    state: StateName | None = None
    ask: Texts = ()
    answer: Annotated[AnswerShape, long_form("template")] | None = None
    note: Texts = ()
    copy_to: Addresses = ()
    article: Links = ()
    acknowledge: bool | None = None
    spam: bool = False
    template: Text | None = None


class RuleShape(Shape):
    """One rule."""

    name: Text
    when: WhenShape = WhenShape()
    then: ThenShape
    stop: bool = False
    tests: tuple[TestShape, ...] = ()


class RoutingFile(Shape):
    """rules/routing*.yaml and what they include."""

    include: Texts = ()
    rules: tuple[RuleShape, ...] = ()
