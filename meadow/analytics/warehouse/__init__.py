"""The one process that owns the warehouse: ClickHouse's HTTP interface, ingest and projection."""
