from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"
    label = "courses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from courses import engine, events, figures, presence
        from courses.bulk import presence as bulk_presence
        from courses.expiry import presence as expiry_presence
        from courses.groups import presence as groups_presence
        from courses.hand import presence as hand_presence
        from courses.participants.lists import teach_sqlite_lists
        from courses.participants.marks import name_connections
        from courses.privacy import presence as privacy_presence
        from courses.self_enrolment import presence as self_enrolment_presence
        from courses.setup import presence as setup_presence

        teach_sqlite_lists()
        name_connections()
        engine.register_all()
        presence.register_all()
        figures.register_all()
        events.register_all()
        bulk_presence.register_all()
        expiry_presence.register_all()
        groups_presence.register_all()
        hand_presence.register_all()
        privacy_presence.register_all()
        self_enrolment_presence.register_all()
        setup_presence.register_all()
