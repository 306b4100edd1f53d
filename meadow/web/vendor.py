"""Browser files from the npm registry: fetched by one command, committed, and checked offline."""

import argparse
import base64
import hashlib
import io
import re
import sys
import tarfile
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

WEB = Path(__file__).resolve().parent
REGISTRY = "https://registry.npmjs.org"
SPRITE = "static/img/icons.svg"


class VendorMismatch(Exception):
    """What is committed, or what was fetched, is not what the manifest names."""


@dataclass(frozen=True)
class Package:
    """One npm tarball and the part of it that is kept."""

    name: str
    version: str
    licence: str
    integrity: str
    folder: str
    files: Mapping[str, str] = field(default_factory=dict)
    trees: tuple[str, ...] = ()
    icons: tuple[str, ...] = ()

    @property
    def tarball(self) -> str:
        return f"{REGISTRY}/{self.name}/-/{self.name}-{self.version}.tgz"


def sync_vendor(*, check: bool, root: Path = WEB) -> list[str]:
    """Fetch every package of `root`/vendor.toml, or with `check` only compare; returns the files.

    A check reads no network: each file must have the SHA-256 in vendor.sha256, nothing may lie
    beside them, and the icon sprite must be the one these files make. Raises VendorMismatch naming
    each file that is not so.
    """
    packages = read_manifest(root / "vendor.toml")
    if check:
        return _check(packages, root)
    held: dict[str, bytes] = {}
    for package in packages:
        held.update(_pick(package, _fetch(package)))
    held[SPRITE] = make_sprite(packages, held)
    for stale in set(_committed(packages, root)) - held.keys():
        (root / stale).unlink()
    for name, content in held.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    lines = [f"{_headline(package)}\n" for package in packages]
    lines += [f"{hashlib.sha256(held[name]).hexdigest()}  {name}\n" for name in sorted(held)]
    (root / "vendor.sha256").write_text("".join(lines))
    return sorted(held)


def main(words: Sequence[str]) -> int:
    """Run `meadow vendor [--check]`; returns the exit status."""
    parser = argparse.ArgumentParser(prog="meadow vendor", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; reads no network")
    try:
        held = sync_vendor(check=parser.parse_args(words).check)
    except (VendorMismatch, OSError) as problem:
        sys.stderr.write(f"meadow vendor: {problem}\n")
        return 1
    sys.stdout.write(f"{len(held)} files are what vendor.toml names.\n")
    return 0


def read_manifest(path: Path) -> list[Package]:
    """The packages of a vendor.toml, in file order."""
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text())["package"]
    return [
        Package(
            **{
                **entry,
                "trees": tuple(entry.get("trees", ())),
                "icons": tuple(entry.get("icons", ())),
            }
        )
        for entry in entries
    ]


def make_sprite(packages: list[Package], held: Mapping[str, bytes]) -> bytes:
    """One SVG with a <symbol> per icon, so that a page asks for a single cached file."""
    symbols = []
    for package in packages:
        for icon in package.icons:
            drawing = held[f"{package.folder}/{icon}.svg"].decode()
            shapes = re.sub(r"\s+", " ", drawing[drawing.index(">", drawing.index("<svg")) + 1 :])
            shapes = shapes.replace("</svg>", "").replace("> <", "><").strip()
            symbols.append(f'<symbol id="{icon}" viewBox="0 0 24 24">{shapes}</symbol>')
    notice = "<!-- Made by `meadow vendor` from Lucide (ISC): assets/vendor/lucide/LICENSE -->"
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{notice}\n{body}\n</svg>\n'.encode()


def _headline(package: Package) -> str:
    return f"# {package.name} {package.version} {package.integrity}"


def _fetch(package: Package) -> tarfile.TarFile:
    with urllib.request.urlopen(package.tarball, timeout=60) as answer:  # noqa: S310 - https, above
        content: bytes = answer.read()
    digest = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if digest != package.integrity:
        raise VendorMismatch(f"{package.tarball} is {digest}; vendor.toml says {package.integrity}")
    return tarfile.open(fileobj=io.BytesIO(content))


def _pick(package: Package, archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    wanted = dict(package.files)
    wanted |= {f"icons/{icon}.svg": f"{icon}.svg" for icon in package.icons}
    names = {name.partition("/")[2]: name for name in archive.getnames()}
    for inner in names:
        if any(_matches(inner, pattern) for pattern in package.trees):
            wanted[inner] = inner
    if missing := sorted(wanted.keys() - names.keys()):
        raise VendorMismatch(f"{package.name} {package.version} has no {', '.join(missing)}")
    for inner, outer in wanted.items():
        member = archive.extractfile(names[inner])
        if member is not None:
            yield f"{package.folder}/{outer}", _without_map(member.read(), outer)


def _without_map(content: bytes, name: str) -> bytes:
    """Drop a script's last line that names a source map: it is not kept, and would be missed."""
    if not name.endswith(".js"):
        return content
    return re.sub(rb"\n//# sourceMappingURL=\S+\s*$", b"\n", content)


def _matches(name: str, pattern: str) -> bool:
    path = PurePosixPath(name)
    if "**" not in pattern:
        return path.match(pattern) and len(path.parts) == pattern.count("/") + 1
    head, _, tail = pattern.partition("/**/")
    return path.is_relative_to(head) and path.match(tail)


def _committed(packages: list[Package], root: Path) -> list[str]:
    found = [
        str(path.relative_to(root))
        for package in packages
        for path in (root / package.folder).rglob("*")
        if path.is_file()
    ]
    return sorted([*found, SPRITE] if (root / SPRITE).exists() else found)


def _check(packages: list[Package], root: Path) -> list[str]:
    lines = (root / "vendor.sha256").read_text().splitlines()
    promised = {
        name: digest for digest, _, name in (line.partition("  ") for line in lines) if name
    }
    committed = _committed(packages, root)
    faults = [
        f"{package.name} {package.version} was never fetched"
        for package in packages
        if _headline(package) not in lines
    ]
    faults += [f"{name} is not in vendor.sha256" for name in committed if name not in promised]
    faults += [f"{name} is missing" for name in promised if name not in committed]
    held = {name: (root / name).read_bytes() for name in committed if name in promised}
    faults += [
        f"{name} has changed"
        for name, content in held.items()
        if hashlib.sha256(content).hexdigest() != promised[name]
    ]
    faults += [
        f"{package.folder} has no LICENSE"
        for package in packages
        if f"{package.folder}/LICENSE" not in held
    ]
    if not faults and held.get(SPRITE) != make_sprite(packages, held):
        faults.append(f"{SPRITE} is not what the icons make")
    if faults:
        raise VendorMismatch("; ".join(faults) + ". Run `meadow vendor` to fetch them again.")
    return committed
