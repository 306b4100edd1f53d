"""Commands that other packages own: they read their own words, we only lead the way."""

import sys

import typer


def bench(context: typer.Context) -> None:
    """Measure against the budgets: `meadow bench NAME… --json FILE`."""
    from meadow.bench.commands import main

    sys.exit(main(context.args))


def vendor(context: typer.Context) -> None:
    """Fetch the browser files that the manifest names, or `--check` them."""
    from meadow.web.vendor import main

    sys.exit(main(context.args))


def messages(context: typer.Context) -> None:
    """Collect the words to translate, or `--check` that the catalogue is current."""
    from meadow.cli.catalogue import main

    sys.exit(main(context.args))
