"""The event store on PostgreSQL: recorder, committer, migrations, and the embedded server."""
