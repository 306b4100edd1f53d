"""What axe finds on a page that a browser test has open."""

from collections.abc import Mapping, Sequence
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser import Visitor

Look = tuple[str, dict[str, int]]
RULES: Mapping[str, Any] = {
    # Of what passes only the name is handed over, not every element of the page.
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # It asks for a person's eye and never finds anything, in a fifth of the time of all.
    "rules": {"hidden-content": {"enabled": False}},
}
# What words and looks decide. Roles, states and landmarks are the same in every language.
OF_WORDS: Mapping[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "rule",
        "values": [
            *("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"),
            *("html-has-lang", "html-lang-valid", "valid-lang", "document-title", "frame-title"),
            *("aria-command-name", "aria-dialog-name", "aria-input-field-name", "aria-meter-name"),
            *("aria-progressbar-name", "aria-toggle-field-name", "aria-tooltip-name"),
            *("area-alt", "image-alt", "image-redundant-alt", "input-image-alt", "role-img-alt"),
            *("button-name", "input-button-name", "label", "label-title-only", "link-name"),
            *("select-name", "summary-name", "svg-img-alt", "label-content-name-mismatch"),
            *("empty-heading", "empty-table-header", "landmark-unique"),
        ],
    },
}
# Only what is said of a violation leaves the page: to hand all of an answer over is a sixth of the work.
ASK = """async ([within, rules]) => (await axe.run(within, rules)).violations.flatMap(one =>
  one.nodes.map(node => [one.id, node.target, node.html.slice(0, 120)]))"""
MENUS = """[...document.querySelectorAll('details')].filter(one => !one.closest('main'))
  .map(one => one.textContent.replace(/\\s+/g, ' ')).join('|')"""
# Mark, of the parts that are built alike inside what opens, the first: the API reference repeats few
# of them five hundred times. Alike are elements, classes, roles and states; words and names may differ.
FIRST_OF_ITS_BUILD = """(within) => {
  const named =
    /^(for|name|value|href|action|src|alt|title|placeholder|(data|aria-(label|desc|contr|own)).*)$/;
  const build = (node) => {
    if (node.nodeType === 3) return node.data.trim() ? 'words' : '';
    if (node.nodeType !== 1) return '';
    const told = [...node.attributes].filter(({name}) => name !== 'id').map(({name, value}) =>
      named.test(name) ? name + !value.trim() : name + '=' + value);
    const inside = new Set([...node.childNodes].map(build));
    return `<${node.localName} ${told.sort().join(' ')}>${[...inside].join('')}</>`;
  };
  const seen = new Set();
  for (const one of document.querySelectorAll('[data-measured]'))
    one.removeAttribute('data-measured');
  for (const one of document.querySelectorAll(within)) {
    for (const box of one.children) {
      const alone = box.localName === 'summary' || box.children.length < 2
        || [...box.childNodes].some(node => build(node) === 'words');
      for (const part of alone ? [box] : box.children) {
        const its = build(part);
        if (!seen.has(its)) part.toggleAttribute('data-measured', true);
        seen.add(its);
      }
    }
  }
  return seen.size;
}"""
# Marked and measured at once: a page that renews itself takes the marks away with the parts that had them.
ASK_OPENED = f"""async ([within, rules]) =>
  ({FIRST_OF_ITS_BUILD})(within) ? ({ASK})(['[data-measured]', rules]) : []"""
# Of what opens in a page, leave only what has a part that is the first of its build.
SHORTEN = """() => {
  for (const one of document.querySelectorAll('main details'))
    if (!one.querySelector('[data-measured]')) one.remove();
  for (const one of document.querySelectorAll('[data-measured]'))
    one.removeAttribute('data-measured');
}"""
MANY = 8_000  # elements; a page of more says few things many times over
# A colour on its way to another is neither: what moves from one look to the next arrives at once.
SETTLE = """() => {
  const moving = () => document.getAnimations().filter(one =>
    one.playState === 'running' && one.effect.getComputedTiming().endTime < Infinity);
  for (let round = 0; round < 9 && moving().length; round++) moving().forEach(one => one.finish());
  return moving().length;
}"""

# A bar that stays in the window lies over whatever is scrolled beneath it just now, half a control
# perhaps: while a page is measured such bars lie where they stand in it.
LAY = """(lie) => {
  if (!document.adoptedStyleSheets.length) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('[data-laid] { position: static !important }');
    document.adoptedStyleSheets.push(sheet);
  }
  for (const one of document.querySelectorAll('body *'))
    if (!lie) one.removeAttribute('data-laid');
    else if (['sticky', 'fixed'].includes(getComputedStyle(one).position)) one.dataset.laid = '';
}"""


def findings(
    page: Page,
    where: str,
    *,
    within: str = "html",
    rules: Mapping[str, Any] = RULES,
    ask: str = ASK,
) -> list[str]:
    """Return what axe finds just now inside the elements that a selector names."""
    # A page that has axe already is not given it again.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"{where} {rule}: {target} {html}"
        for rule, target, html in page.evaluate(ask, [within, dict(rules)])
    ]


def rules_in(language: str) -> Mapping[str, Any]:
    """Return what is looked for: all that axe knows in English, elsewhere what words and looks decide."""
    return RULES if language == "en-US" else OF_WORDS


def inspect(
    visitor: Visitor,
    paths: Sequence[str],
    looks: Sequence[Look],
    *,
    whole: bool = True,
    rules: Mapping[str, Any] = RULES,
) -> tuple[list[str], list[str]]:
    """Return what axe finds on pages as they open and in all that a press lays open; and the too wide.

    A page that says few things many times over is measured without the repetitions and, if `whole`,
    once with them.
    """
    found: list[str] = []
    too_wide: list[str] = []
    menus: set[str] = set()
    for path in paths:
        page = visitor.open(path)
        page.wait_for_load_state("load")
        if page.evaluate("document.querySelectorAll('*').length") > MANY:
            if whole:
                found += measure(page, path, looks[0], rules)
            shorten(page)
        for look in looks:
            found += measure(page, path, look, rules)
        # An open menu lies over the page and hides parts of its controls: only the inside is measured.
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        # The menus around a page are measured where they first say what they say; what is in it, always.
        here = page.evaluate(MENUS)
        within = "main details" if here in menus else "details"
        menus.add(here)
        for look in reversed(looks):
            change(page, look)
            where = f"{path} {look[0]} {look[1]['width']}"
            found += findings(page, where, within=within, rules=rules, ask=ASK_OPENED)
            if overflow(visitor) > 0:
                too_wide.append(f"{path} at {look[1]['width']}")
    return found, too_wide


def measure(page: Page, path: str, look: Look, rules: Mapping[str, Any]) -> list[str]:
    """Return what axe finds on a page as it opens, in one theme and size."""
    change(page, look)
    page.evaluate(LAY, True)
    found = findings(page, f"{path} {look[0]} {look[1]['width']}", rules=rules)
    page.evaluate(LAY, False)
    return found


def shorten(page: Page) -> None:
    """Take out of a page what is built as something before it."""
    builds = page.evaluate(FIRST_OF_ITS_BUILD, "main details")
    page.evaluate(SHORTEN)
    assert page.evaluate(FIRST_OF_ITS_BUILD, "main details") == builds
    assert page.evaluate("document.querySelectorAll('*').length") < MANY


def change(page: Page, look: Look) -> None:
    """Give a page that is open another theme and another size."""
    theme, viewport = look
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size(viewport)  # type: ignore[arg-type]
    assert page.evaluate(SETTLE) == 0


def overflow(visitor: Visitor) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(
        visitor.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )
