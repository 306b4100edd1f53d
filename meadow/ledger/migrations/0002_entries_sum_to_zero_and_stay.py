"""What is posted stays, sums to zero and is what the balances say; posting is one function."""

from pathlib import Path

from django.db import migrations

FORWARD = Path(__file__).with_name("_posting.sql").read_text()
BACKWARD = """
DROP FUNCTION ledger_release_holds;
DROP FUNCTION ledger_hold_funds;
DROP FUNCTION ledger_post;
DROP TRIGGER ledger_hold_closes_once ON ledger_hold;
DROP FUNCTION ledger_hold_closes_once();
DROP TRIGGER ledger_balance_begins_empty ON ledger_balance;
DROP FUNCTION ledger_balance_begins_empty();
DROP TRIGGER ledger_balance_moves_by_posting ON ledger_balance;
DROP FUNCTION ledger_balance_moves_by_posting();
DROP TRIGGER ledger_transfer_has_its_entries ON ledger_transfer;
DROP FUNCTION ledger_transfer_has_its_entries();
DROP TRIGGER ledger_entries_add_up ON ledger_entry;
DROP FUNCTION ledger_entries_add_up();
DROP TRIGGER ledger_rows_are_only_added ON ledger_hold;
DROP TRIGGER ledger_rows_are_only_added ON ledger_balance;
DROP TRIGGER ledger_rows_are_only_added ON ledger_entry;
DROP TRIGGER ledger_rows_are_only_added ON ledger_transfer;
DROP TRIGGER ledger_rows_are_only_added ON ledger_account;
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_accounts_transfers_entries_and_holds")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
