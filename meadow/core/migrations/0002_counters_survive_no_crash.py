"""Rate counts and the cache are unlogged: fast, shared by all web processes, emptied by a crash."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0001_shared_tables")]

    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE core_ratecount SET UNLOGGED",
            reverse_sql="ALTER TABLE core_ratecount SET LOGGED",
        ),
        # The table that django.core.cache.backends.db.DatabaseCache expects.
        migrations.RunSQL(
            sql="""
                CREATE UNLOGGED TABLE core_cache (
                    cache_key varchar(255) PRIMARY KEY,
                    value text NOT NULL,
                    expires timestamptz NOT NULL
                );
                CREATE INDEX core_cache_expires ON core_cache (expires);
            """,
            reverse_sql="DROP TABLE core_cache",
        ),
    ]
