from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import pre_migrate


class SyncConfig(AppConfig):
    name = "enrolhub.sync"
    label = "sync"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enrolhub.sync import approval, events, figures, presence, undo
        from enrolhub.sync.conduct import register_chain
        from enrolhub.sync.facts import teach_sqlite
        from enrolhub.sync.migrating import refuse_migration

        pre_migrate.connect(refuse_migration, sender=self, dispatch_uid="enrolhub.sync.refuse_migration")
        connection_created.connect(teach_sqlite, dispatch_uid="enrolhub.sync.teach_sqlite")
        register_chain(undo.KIND, undo.UndoChain)
        register_chain(approval.KIND, approval.ApprovalChain)
        presence.register_all()
        figures.register_all()
        events.register_all()
