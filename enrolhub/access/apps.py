from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "enrolhub.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enrolhub.access import receivers, rules, sessions  # noqa: F401  # they register themselves
