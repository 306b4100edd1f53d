"""Static files under names that carry their hash, also where one ES module imports another."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = r"""(?P<matched>(?m:^)(?P<head>import (?:[^'";]+ from )?)["'](?P<url>\.[^"']+)["'];)"""


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage, with `import "./x.js"` in our modules rewritten to the hashed x.js.

    Otherwise an imported module would keep its plain name, and a browser that keeps static files
    for a year would run yesterday's beside today's. Django's own switch for this reads every .js
    file of every package and stumbles over a comment in one of them.
    """

    patterns: Any = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((IMPORT, '%(head)s"%(url)s";'),)),
    )
