from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "enrolhub.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enrolhub.web import deploy_checks, figures  # noqa: F401  # the checks register themselves
        from enrolhub.web.trail import wording

        figures.register_all()
        wording.register_all()
