from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "cohorts"
    label = "cohorts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cohorts import events, figures, presence
        from cohorts.hand import presence as hand_presence

        presence.register_all()
        events.register_all()
        hand_presence.register_all()
        figures.register_all()
