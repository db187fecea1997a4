from django.conf import settings

from tests.registers import registers

__all__ = ["registers"]
#: SQLite knows no roles.
collect_ignore = [] if "postgresql" in settings.DATABASES["default"]["ENGINE"] else ["test_purge_role.py"]
