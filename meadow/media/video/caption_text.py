"""Reads WebVTT and SubRip strictly and writes WebVTT of our own: times and plain words, nothing else."""

import html
import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError
from meadow.media.video.limits import limits

LONGEST_CUE = 500
_ARROW = re.compile(
    r"^\s*(?:(\d{1,2}):)?([0-5]\d):([0-5]\d)[.,](\d{3})\s+-->\s+"
    r"(?:(\d{1,2}):)?([0-5]\d):([0-5]\d)[.,](\d{3})(?:\s.*)?$"
)
_TAG = re.compile(r"</?[a-zA-Z0-9][^<>\n]{0,100}>|\{\\[^{}\n]{0,50}\}")
_BLOCKS = ("NOTE", "STYLE", "REGION")


class CaptionsRefused(MeadowError):
    """Base of what is wrong with a file of captions."""

    status = 422
    code = "media.captions_refused"
    message = _("These captions could not be used.")
    hint = _("Export them as WebVTT or SRT, then add them again.")


class CaptionsTooLarge(CaptionsRefused):
    status = 413
    code = "media.captions_too_large"
    message = _("A file of captions may be at most {most_kib} KB.")
    hint = _("Check that you chose the right file.")


class CaptionsNotText(CaptionsRefused):
    code = "media.captions_not_text"
    message = _("These captions are not UTF-8 text.")
    hint = _("Open the file in a text editor, save it as UTF-8, then add it again.")


class CaptionsUnknown(CaptionsRefused):
    status = 415
    code = "media.captions_unknown"
    message = _("What is inside this file is neither WebVTT nor SRT captions.")


class CaptionsWrongLine(CaptionsRefused):
    code = "media.captions_wrong_line"
    message = _("Line {line} of the captions is not a time such as 00:01:02.000 --> 00:01:04.000.")
    hint = _("Mend that line, then add the file again.")


class CaptionsWrongTime(CaptionsRefused):
    code = "media.captions_wrong_time"
    message = _("At line {line} the captions end before they begin, or begin before the last ones.")
    hint = _("Mend the times there, then add the file again.")


class CaptionTooLong(CaptionsRefused):
    code = "media.caption_too_long"
    message = _("The caption at line {line} has {length} characters, and {most} fit on the screen.")
    hint = _("Split it into several, then add the file again.")


class TooManyCaptions(CaptionsRefused):
    code = "media.too_many_cues"
    message = _("There are more than {most} captions in this file.")
    hint = _("Check that you chose the right file.")


class CaptionsEmpty(CaptionsRefused):
    code = "media.captions_empty"
    message = _("There are no words in these captions.")
    hint = _("Check that you chose the right file.")


class CaptionsBeyondEnd(CaptionsRefused):
    code = "media.captions_beyond_end"
    message = _("The captions go on after the video has ended.")
    hint = _("Check that they belong to this video.")


@dataclass(frozen=True)
class Cue:
    """Words shown from `start` to `end`, in milliseconds."""

    start: int
    end: int
    text: str


def read_captions(content: bytes) -> list[Cue]:
    """Return the cues of a WebVTT or SRT file in their order. Raises a CaptionsRefused."""
    most = limits()
    if len(content) > most.caption_kib * 1024:
        raise CaptionsTooLarge(most_kib=most.caption_kib)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as other:
        raise CaptionsNotText from other
    if any(ord(letter) < 32 and letter not in "\r\n\t" for letter in text):
        raise CaptionsNotText
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = _skip_header(lines)
    cues: list[Cue] = []
    for number, block in _blocks(lines, start):
        cue = _read_cue(number, block)
        if cues and cue.start < cues[-1].start:
            raise CaptionsWrongTime(line=number)
        if cue.text:
            cues.append(cue)
        if len(cues) > most.most_cues:
            raise TooManyCaptions(most=most.most_cues)
    if not cues:
        raise CaptionsEmpty
    return cues


def write_webvtt(cues: list[Cue]) -> str:
    """Return cues as WebVTT in which no word is markup."""
    parts = ["WEBVTT\n"]
    for cue in cues:
        # A line of words that holds an arrow would be read as times.
        words = html.escape(cue.text, quote=False).replace("--&gt;", "→")
        parts.append(f"\n{_spell(cue.start)} --> {_spell(cue.end)}\n{words}\n")
    return "".join(parts)


def _skip_header(lines: list[str]) -> int:
    """Return the index where cues begin. Raises CaptionsUnknown."""
    if re.match(r"^WEBVTT(?:[ \t].*)?$", lines[0]):
        return next((place for place, line in enumerate(lines) if not line.strip()), len(lines))
    # SubRip has no header: it begins with a number and a time.
    filled = [line for line in lines if line.strip()][:2]
    if len(filled) == 2 and filled[0].strip().isdecimal() and "-->" in filled[1]:
        return 0
    raise CaptionsUnknown


def _blocks(lines: list[str], start: int) -> list[tuple[int, list[str]]]:
    """Return the runs of lines between empty ones, each with the number of its first line."""
    blocks: list[tuple[int, list[str]]] = []
    current: list[str] = []
    for place, line in enumerate([*lines[start:], ""], start=start + 1):
        if line.strip():
            current.append(line)
        elif current:
            if not current[0].startswith(_BLOCKS):
                blocks.append((place - len(current), current))
            current = []
    return blocks


def _read_cue(number: int, block: list[str]) -> Cue:
    # An identifier or SubRip's number may stand above the times.
    if "-->" not in block[0] and len(block) > 1:
        number, block = number + 1, block[1:]
    times = _ARROW.match(block[0])
    if times is None:
        raise CaptionsWrongLine(line=number)
    start, end = _milliseconds(times.groups()[:4]), _milliseconds(times.groups()[4:])
    if end <= start:
        raise CaptionsWrongTime(line=number)
    plain = (html.unescape(_TAG.sub("", line)).strip() for line in block[1:])
    text = "\n".join(line for line in plain if line)
    if len(text) > LONGEST_CUE:
        raise CaptionTooLong(line=number, length=len(text), most=LONGEST_CUE)
    return Cue(start=start, end=end, text=text)


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, rest = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _spell(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
