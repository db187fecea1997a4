from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "cohorts"
    label = "cohorts"
    default_auto_field = "django.db.models.BigAutoField"
