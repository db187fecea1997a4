"""What « Base de données » can be told in a course: a name, and whether it lets people in; its elements have a form apart."""

from courses.methods.form import MethodForm


class DatabaseForm(MethodForm):
    without = ("role", "group", "new_group")
