"""What rules of programs may ask of somebody's notes: metrics, and the evidence behind each figure."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.core.errors import join_sentences
from meadow.notes import histories, measures
from meadow.notes.measures import NoteFigures, Wanted
from meadow.programs.evidence import MOMENT, MOST_ITEMS, Evidence, Item
from meadow.programs.forecast import History, register_history
from meadow.programs.metrics import Column, Metric, Params, ParamSpec, register_metric
from meadow.programs.wording import register_reason, say_window

LONGEST_WINDOW = 3650
ORGANIC, EVERY = "organic", "every"


class NoteSource:
    """How many of somebody's published notes count, by their age, reads, topic and type."""

    def values(
        self, *, person_ids: Sequence[int], params: Params, now: dt.datetime
    ) -> dict[int, int]:
        """Return the counts of a few people."""
        return measures.count_for(person_ids, wanted=_wanted(params), now=now)

    def column(self, *, params: Params, now: dt.datetime) -> Column:
        """Return the counts of everybody."""
        ids, counts = measures.count_for_all(wanted=_wanted(params), now=now)
        return Column(ids=ids, values=counts)

    def evidence(self, *, person_id: int, params: Params, now: dt.datetime) -> Evidence:
        """Return each note, whether it counts, why not, and when it leaves the window."""
        wanted = _wanted(params)
        notes, total, value = measures.list_for(person_id, wanted=wanted, now=now, most=MOST_ITEMS)
        items = [_item(note, wanted, now) for note in notes]
        leaving = [one.leaves_at for one in items if one.counts and one.leaves_at is not None]
        counted = [note.counted_at for note in notes if note.counted_at is not None]
        return Evidence(
            value=value,
            items=tuple(items),
            changes_at=min(leaving) + MOMENT if leaving else None,
            more=total - len(items),
            as_of=max(counted) if counted and wanted.reads else None,
        )

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return when the next note leaves the window."""
        ids, moments = measures.next_leaving(person_ids, wanted=_wanted(params), now=now)
        return Column(ids=ids, values=moments)


def register() -> None:
    """Register the metrics of notes, and why one does not count."""
    source = NoteSource()
    window = ParamSpec(
        kind="number",
        name=gettext_lazy("Days a note counts (0: always)"),
        default=0,
        most=LONGEST_WINDOW,
    )
    topic = ParamSpec(kind="text", name=gettext_lazy("Topic (empty: any)"), default="")
    kind = ParamSpec(
        kind="text",
        name=gettext_lazy("Type of note"),
        default="",
        choices={
            "": gettext_lazy("any type"),
            "photo": gettext_lazy("photo notes"),
            "video": gettext_lazy("video notes"),
        },
    )
    register_metric(
        Metric(
            key="notes_published",
            unit="notes",
            name=gettext_lazy("Published notes"),
            definition=gettext_lazy(
                "Notes that are published now. With a window, a note counts up to and including"
                " the moment at which it is that many times 24 hours old."
            ),
            source=gettext_lazy("The person's notes, as they stand at that moment."),
            provenance=gettext_lazy(
                "Notes that everybody may see: drafts, deleted and hidden notes do not count, nor"
                " notes for followers or the author alone."
            ),
            phrase=_published,
            params={"within_days": window, "topic": topic, "type": kind},
        ),
        source,
    )
    register_metric(
        Metric(
            key="notes_with_reads",
            unit="notes",
            name=gettext_lazy("Well-read notes"),
            definition=gettext_lazy(
                "Published notes with enough valid reads since they were published. With a window,"
                " a note counts up to and including the moment at which it is that many times 24"
                " hours old."
            ),
            source=gettext_lazy("Reads as the warehouse counted them, seconds after they happen."),
            provenance=gettext_lazy(
                "Organic reads by people who are signed in, once a person, note and day. Paid,"
                " granted and invalid reads never count for anybody: they can be counted only where"
                " a rule asks for fewer than or at most so many notes."
            ),
            phrase=_well_read,
            params={
                "within_days": window,
                "reads_at_least": ParamSpec(
                    kind="number", name=gettext_lazy("Reads each, at least"), least=1
                ),
                "topic": topic,
                "type": kind,
                "provenance": ParamSpec(
                    kind="text",
                    name=gettext_lazy("Which reads"),
                    default=ORGANIC,
                    choices={
                        ORGANIC: gettext_lazy("valid reads only"),
                        EVERY: gettext_lazy(
                            "every read, also paid, granted and invalid ones: to keep out, never in"
                        ),
                    },
                    only_below=frozenset({EVERY}),
                ),
            },
        ),
        source,
    )
    register_history("notes_published", _read_history)
    register_history("notes_with_reads", _read_history)
    register_reason("notes.too_old", _too_old)
    register_reason("notes.other_topic", _other_topic)
    register_reason("notes.other_type", _other_type)
    register_reason("notes.too_few_reads", _too_few_reads)


def _wanted(params: Params) -> Wanted:
    return Wanted(
        within_days=_number(params, "within_days"),
        reads=_number(params, "reads_at_least"),
        topic=str(params.get("topic", "")),
        kind=str(params.get("type", "")),
        every_read=params.get("provenance") == EVERY,
    )


def _read_history(*, person_id: int, params: Params, now: dt.datetime) -> History:
    wanted = _wanted(params)
    if wanted.every_read:
        # Only valid reads are known day by day.
        return History(gains=())
    return histories.read_history(person_id, wanted=wanted, now=now)


def _item(note: NoteFigures, wanted: Wanted, now: dt.datetime) -> Item:
    window = dt.timedelta(days=wanted.within_days)
    reason = ""
    if wanted.within_days and now - note.published_at > window:
        reason = "notes.too_old"
    elif wanted.topic and not note.on_topic:
        reason = "notes.other_topic"
    elif wanted.kind and not note.of_kind:
        reason = "notes.other_type"
    elif note.reads(wanted) < wanted.reads:
        reason = "notes.too_few_reads"
    return Item(
        title=note.title,
        url=f"/n/{note.public_id}",
        value=note.reads(wanted),
        counts=not reason,
        reason=reason,
        leaves_at=note.published_at + window if wanted.within_days else None,
        params={
            "note": note.public_id,
            "published_at": note.published_at.isoformat(),
            "reads_valid": note.reads_valid,
            "reads_raw": note.reads_raw,
            "reads_needed": wanted.reads,
            "provenance": EVERY if wanted.every_read else ORGANIC,
            "within_days": wanted.within_days,
            "topic": wanted.topic,
            "type": wanted.kind,
        },
    )


def _published(count: int, params: Params) -> str:
    if count == 0:
        said = _("no published notes%(topic)s%(window)s")
    else:
        said = ngettext(
            "%(count)s published note%(topic)s%(window)s",
            "%(count)s published notes%(topic)s%(window)s",
            count,
        )
    return said % {
        "count": f"{count:,}",
        "topic": _narrowed(params),
        "window": say_window(_number(params, "within_days")),
    }


def _well_read(count: int, params: Params) -> str:
    reads = _number(params, "reads_at_least")
    if params.get("provenance") == EVERY:
        return _read_by_all(count, params, reads)
    if count == 0:
        said = _("no notes%(topic)s%(window)s with at least %(reads)s valid reads")
    else:
        said = ngettext(
            "%(count)s note%(topic)s%(window)s with at least %(reads)s valid reads",
            "%(count)s notes%(topic)s%(window)s with at least %(reads)s valid reads each",
            count,
        )
    return said % {
        "count": f"{count:,}",
        "reads": f"{reads:,}",
        "topic": _narrowed(params),
        "window": say_window(_number(params, "within_days")),
    }


def _read_by_all(count: int, params: Params, reads: int) -> str:
    if count == 0:
        said = _(
            "no notes%(topic)s%(window)s with at least %(reads)s reads, paid, granted and invalid"
            " ones included"
        )
    else:
        said = ngettext(
            "%(count)s note%(topic)s%(window)s with at least %(reads)s reads, paid, granted and"
            " invalid ones included",
            "%(count)s notes%(topic)s%(window)s with at least %(reads)s reads each, paid, granted"
            " and invalid ones included",
            count,
        )
    return said % {
        "count": f"{count:,}",
        "reads": f"{reads:,}",
        "topic": _narrowed(params),
        "window": say_window(_number(params, "within_days")),
    }


def _narrowed(params: Params) -> str:
    """Return the words for a type and a topic, each beginning with its own space."""
    kind, topic = params.get("type", ""), params.get("topic", "")
    said = {"photo": _(" with photos"), "video": _(" with a video")}.get(str(kind), "")
    return said + (_(" on “%(topic)s”") % {"topic": topic} if topic else "")


def _too_old(params: Params) -> str:
    days = _number(params, "within_days")
    said = ngettext("Older than %(days)s day.", "Older than %(days)s days.", days)
    return said % {"days": f"{days:,}"}


def _other_topic(params: Params) -> str:
    return _("Not on “%(topic)s”.") % {"topic": params.get("topic", "")}


def _other_type(params: Params) -> str:
    return _("Not a video note.") if params.get("type") == "video" else _("Not a photo note.")


def _too_few_reads(params: Params) -> str:
    valid, raw = _number(params, "reads_valid"), _number(params, "reads_raw")
    needed = _number(params, "reads_needed")
    if params.get("provenance") == EVERY:
        return _("%(raw)s of %(needed)s reads of every kind.") % {
            "raw": f"{raw:,}",
            "needed": f"{needed:,}",
        }
    said = _("%(valid)s of %(needed)s valid reads.") % {
        "valid": f"{valid:,}",
        "needed": f"{needed:,}",
    }
    if raw <= valid:
        return said
    left_out = ngettext(
        "%(count)s more does not count: repeated, signed out, paid, granted or invalid.",
        "%(count)s more do not count: repeated, signed out, paid, granted or invalid.",
        raw - valid,
    )
    return join_sentences(said, left_out % {"count": f"{raw - valid:,}"})


def _number(params: Params, name: str) -> int:
    value = params.get(name, 0)
    return value if isinstance(value, int) else 0
