"""What axe finds on a page that a browser test has open."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    # Of what passes only the name is handed over, not every element of the page.
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}


def findings(page: Page, where: str, *, within: str = "html") -> list[str]:
    """Return what axe finds just now inside the elements that a selector names."""
    # A page that has axe already is not given it again.
    axe = Axe("0") if page.evaluate("'axe' in window") else Axe()
    return [
        f"{where} {one['id']}: {node['target']} {node['html'][:120]}"
        for one in axe.run(page, context=within, options=RULES).response["violations"]
        for node in one["nodes"]
    ]
