"""What only one of the databases has."""

from django.db import connection

#: Roles of the database are PostgreSQL's.
collect_ignore = [] if connection.vendor == "postgresql" else ["test_database_roles.py", "test_real_role.py"]
