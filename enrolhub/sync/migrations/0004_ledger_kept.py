"""On PostgreSQL: what took effect stays in the ledger, whatever the application's own role tries. The owner may (docs/audit.md)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MAY = "pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')"
REFUSE = (
    """RAISE EXCEPTION 'what took effect stays in the ledger for 400 days' USING ERRCODE = 'insufficient_privilege';"""
)
YOUNG = "greatest(s.arrived_at, s.departed_at) > now() - interval '400 days'"
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT {may} AND {case} THEN {refuse} END IF;
    RETURN {row};
END
$$
"""
FUNCTIONS = {
    # A plan that was not carried out may be thrown away and made anew.
    "sync_change_kept": (
        f"EXISTS (SELECT 1 FROM gone JOIN sync_scope AS s ON s.id = gone.scope_id WHERE {YOUNG})",
        "NULL",
    ),
    "sync_scope_kept": (f"EXISTS (SELECT 1 FROM gone AS s WHERE {YOUNG})", "NULL"),
    "sync_effect_kept": ("true", "NEW"),
}
GONE = "REFERENCING OLD TABLE AS gone FOR EACH STATEMENT"
MOVED = (
    "FOR EACH ROW WHEN ("
    + " OR ".join(
        f"(OLD.{each} IS NOT NULL AND NEW.{each} IS DISTINCT FROM OLD.{each})" for each in ("arrived_at", "departed_at")
    )
    + ")"
)
TRIGGERS = (
    ("sync_change", "deleted", f"AFTER DELETE ON sync_change {GONE} EXECUTE FUNCTION sync_change_kept()"),
    ("sync_change", "altered", f"AFTER UPDATE ON sync_change {GONE} EXECUTE FUNCTION sync_change_kept()"),
    ("sync_scope", "deleted", f"AFTER DELETE ON sync_scope {GONE} EXECUTE FUNCTION sync_scope_kept()"),
    ("sync_scope", "altered", f"BEFORE UPDATE ON sync_scope {MOVED} EXECUTE FUNCTION sync_effect_kept()"),
)


def add_triggers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, (case, row) in FUNCTIONS.items():
        schema_editor.execute(FUNCTION.format(name=name, may=MAY, case=case, refuse=REFUSE, row=row), params=None)
    for table, what, rest in TRIGGERS:
        schema_editor.execute(f"CREATE TRIGGER {table}_{what} {rest}", params=None)


def drop_triggers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, what, _rest in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER {table}_{what} ON {table}", params=None)
    for name in FUNCTIONS:
        schema_editor.execute(f"DROP FUNCTION {name}()", params=None)


class Migration(migrations.Migration):
    dependencies = [("sync", "0003_decisions")]
    operations = [migrations.RunPython(add_triggers, drop_triggers)]
