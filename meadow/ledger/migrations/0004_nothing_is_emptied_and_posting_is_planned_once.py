"""No table of the books is emptied, and posting plans its statements once a connection."""

from pathlib import Path

from django.db import migrations

_BEFORE = Path(__file__).with_name("_posting.sql").read_text()
FORWARD = Path(__file__).with_name("_posting_once_planned.sql").read_text()


def _before(first: str) -> str:
    """Return a function or trigger as the migration before made it: from its first words to a blank line."""
    whole = first + _BEFORE.split(first, 1)[1].split("$$;\n", 1)[0] + "$$;"
    return whole.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


BACKWARD = f"""
{_before("CREATE FUNCTION ledger_entries_add_up()")}
{_before("CREATE FUNCTION ledger_post(")}
DROP TRIGGER ledger_transfer_has_its_entries ON ledger_transfer;
CREATE CONSTRAINT TRIGGER ledger_transfer_has_its_entries AFTER INSERT ON ledger_transfer
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_transfer_has_its_entries();
ALTER TABLE ledger_balance RESET (fillfactor);
DROP TRIGGER ledger_tables_are_not_emptied ON ledger_hold;
DROP TRIGGER ledger_tables_are_not_emptied ON ledger_balance;
DROP TRIGGER ledger_tables_are_not_emptied ON ledger_entry;
DROP TRIGGER ledger_tables_are_not_emptied ON ledger_transfer;
DROP TRIGGER ledger_tables_are_not_emptied ON ledger_account;
DROP FUNCTION ledger_refuse_emptying();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_proofs_of_the_books_are_kept")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
