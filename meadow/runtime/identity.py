"""Which operating-system user runs PostgreSQL, and how that user reaches its folders."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from meadow.runtime.errors import EngineFailed

SYSTEM_USER = "meadow"
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


@dataclass(frozen=True)
class Identity:
    """A user to drop to; `capability` is the one kernel capability it keeps, or None."""

    name: str
    uid: int
    gid: int
    capability: int | None = None


def running_as_root() -> bool:
    """PostgreSQL refuses to run as root, so root has to drop to somebody."""
    return os.geteuid() == 0


def find_lesser_user() -> pwd.struct_passwd:
    """Return the system user `meadow`, made on first need as Debian does, else `nobody`."""
    for attempt in range(2):
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
            if attempt or not useradd:
                break
            # A second `meadow up` may make the user at the same moment: look again either way.
            subprocess.run(
                [
                    useradd,
                    *("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"),
                    *("--shell", "/usr/sbin/nologin", SYSTEM_USER),
                ],
                check=False,
                capture_output=True,
            )
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EngineFailed(
            "PostgreSQL does not run as root, and there is neither a user `meadow` nor `nobody`.",
            mend="useradd --system meadow",
        ) from None


def choose_identity(*, reaches: list[Path], owner_of: Path) -> Identity | None:
    """Return the user to drop to so that all of `reaches` can be traversed, or None when not root.

    An existing `owner_of` decides the user, so that a folder begun as `nobody` stays with `nobody`.
    """
    if not running_as_root():
        return None
    user = find_lesser_user()
    if owner_of.exists() and owner_of.stat().st_uid != 0:
        try:
            user = pwd.getpwuid(owner_of.stat().st_uid)
        except KeyError:
            raise EngineFailed(
                f"{owner_of} belongs to user id {owner_of.stat().st_uid}, unknown here.",
                mend=f"chown -R {user.pw_name} {owner_of}",
            ) from None
    blocked = [path for path in reaches if not can_traverse(path, uid=user.pw_uid, gid=user.pw_gid)]
    if not blocked:
        return Identity(user.pw_name, user.pw_uid, user.pw_gid)
    # Search-only is the smaller power; Docker's default root lacks it but has the override.
    held = held_capabilities()
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if held >> capability & 1:
            return Identity(user.pw_name, user.pw_uid, user.pw_gid, capability)
    raise EngineFailed(
        f"user {user.pw_name} cannot enter {blocked[0]}, and this root may not grant it.",
        mend="set MEADOW_HOME to a folder whose parents are open to others, such as"
        " /srv/meadow, or run as an ordinary user",
    )


def can_traverse(path: Path, *, uid: int, gid: int) -> bool:
    """Say whether the user may enter every existing folder from / down to `path`."""
    path = path.resolve()
    for folder in [*reversed(path.parents), path]:
        if not folder.is_dir():
            continue
        facts = folder.stat()
        if facts.st_uid == uid:
            bit = 0o100
        elif facts.st_gid == gid:
            bit = 0o010
        else:
            bit = 0o001
        if not facts.st_mode & bit:
            return False
    return True


def held_capabilities() -> int:
    """Return this process's permitted capabilities as a bit set."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0
