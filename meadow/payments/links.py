"""What a wallet page leads to in packages above: they register it in AppConfig.ready()."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class WalletLink:
    """A page of the reader's money: its address, what it is called, and a symbol of the sprite."""

    url: str
    label: str | Promise
    icon: str


_links: dict[str, WalletLink] = {}


def register(link: WalletLink) -> None:
    """Have a wallet page lead to another page. Raises ValueError for a second owner."""
    if _links.get(link.url, link) != link:
        raise ValueError(f"{link.url} is registered already")
    _links[link.url] = link


def list_links() -> list[WalletLink]:
    """Return what a wallet page leads to, in the order in which packages were loaded."""
    return list(_links.values())
