"""Landed rows of an extract, one table a list, keyed by file and physical line.

They belong to a file's content, not to a night; codes are already stripped, upper-cased and padded (FORMATS §3).
No foreign keys in the database: rows are loaded and dropped by the million, always file by file.
"""

from django.db import models

from cohorts.models.register_join import RegisterJoin
from enrolhub.web.fields import BytewiseCharField


class StagedRow(models.Model):
    """What every landed row carries: the file it came from and its physical line there (the header is line 1)."""

    pk = models.CompositePrimaryKey("file_id", "line")
    file = models.ForeignKey(
        "cohorts.ExtractFile",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    line = models.PositiveIntegerField()

    class Meta:
        abstract = True


class StagedPerson(StagedRow):
    username = BytewiseCharField(max_length=150)
    directory_uid = BytewiseCharField(max_length=150)
    student_number = BytewiseCharField(max_length=20)
    staff_number = BytewiseCharField(max_length=20)
    id_number = BytewiseCharField(max_length=20)
    last_name = BytewiseCharField(max_length=200)
    first_name = BytewiseCharField(max_length=200)
    email = BytewiseCharField(max_length=254)
    affiliations = BytewiseCharField(max_length=200)
    account_state = BytewiseCharField(max_length=10)
    last_name_key = BytewiseCharField(max_length=300)
    first_name_key = BytewiseCharField(max_length=300)
    email_key = BytewiseCharField(max_length=300)
    search_key = BytewiseCharField(max_length=1000)
    red_list = BytewiseCharField(max_length=3, default="")

    class Meta:
        indexes = [
            models.Index(fields=["file", "username"], name="staged_person_username"),
            models.Index(fields=["file", "student_number"], name="staged_person_student"),
        ]


class StagedYear(StagedRow):
    academic_year = BytewiseCharField(max_length=4)
    state = BytewiseCharField(max_length=5)
    label = BytewiseCharField(max_length=100)


class StagedProgramme(StagedRow):
    programme_code = BytewiseCharField(max_length=20)
    version_code = BytewiseCharField(max_length=10)
    label = BytewiseCharField(max_length=200)
    component = BytewiseCharField(max_length=10)
    component_label = BytewiseCharField(max_length=200)


class StagedRegistration(StagedRow):
    """An administrative registration (INS_ADM_ETP); counts when its state is E and its payment is accepted."""

    academic_year = BytewiseCharField(max_length=4)
    student_number = BytewiseCharField(max_length=20)
    programme_code = BytewiseCharField(max_length=20)
    version_code = BytewiseCharField(max_length=10)
    state = BytewiseCharField(max_length=5)
    payment_state = BytewiseCharField(max_length=5)
    changed_on = BytewiseCharField(max_length=30)
    student = RegisterJoin("cohorts.Person", from_fields=["student_number"], to_fields=["student_number"])

    class Meta:
        indexes = [
            models.Index(
                fields=[
                    "file",
                    "student_number",
                    "academic_year",
                    "programme_code",
                    "version_code",
                ],
                name="staged_registration_key",
            ),
            models.Index(
                fields=["file", "programme_code", "academic_year"],
                name="staged_registration_programme",
            ),
        ]


class StagedUnit(StagedRow):
    unit_code = BytewiseCharField(max_length=20)
    label = BytewiseCharField(max_length=200)
    period_code = BytewiseCharField(max_length=10)
    component = BytewiseCharField(max_length=10)

    class Meta:
        indexes = [models.Index(fields=["file", "unit_code"], name="staged_unit_code")]


class StagedUnitRegistration(StagedRow):
    """A pedagogical registration (IND_CONTRAT_ELP); counts when to be followed this year and administratively covered.

    The migrations take the key (file, line) away, by which nothing finds a row, and give SQLite an index on (file,
    unit_code, student_number). PostgreSQL joins by hashes instead, and would spend half of the landing of a large file on it.
    The index by student is for questions about one person (« Pourquoi ? »); it serves no comparison of a night.
    """

    academic_year = BytewiseCharField(max_length=4)
    student_number = BytewiseCharField(max_length=20)
    programme_code = BytewiseCharField(max_length=20)
    version_code = BytewiseCharField(max_length=10)
    unit_code = BytewiseCharField(max_length=20)
    followed = BytewiseCharField(max_length=1)
    changed_on = BytewiseCharField(max_length=30)
    student = RegisterJoin("cohorts.Person", from_fields=["student_number"], to_fields=["student_number"])

    class Meta:
        indexes = [models.Index(fields=["student_number"], name="staged_following_by_student")]


class StagedGroup(StagedRow):
    academic_year = BytewiseCharField(max_length=4)
    unit_code = BytewiseCharField(max_length=20)
    group_number = BytewiseCharField(max_length=20)
    group_code = BytewiseCharField(max_length=20)
    label = BytewiseCharField(max_length=200)
    assignments = RegisterJoin(
        "cohorts.StagedGroupAssignment",
        from_fields=["academic_year", "group_number"],
        to_fields=["academic_year", "group_number"],
    )

    class Meta:
        indexes = [
            models.Index(fields=["file", "unit_code", "academic_year"], name="staged_group_unit"),
            # By it SQLite finds the group of each assignment; without it, it reads all the groups for each of 300,000.
            models.Index(fields=["file", "group_number", "academic_year"], name="staged_group_number"),
        ]


class StagedGroupAssignment(StagedRow):
    """A student in a group of APOGÉE (IND_AFFECTE_GPE). Indexed as registrations are, by student on PostgreSQL only."""

    academic_year = BytewiseCharField(max_length=4)
    student_number = BytewiseCharField(max_length=20)
    group_number = BytewiseCharField(max_length=20)
    student = RegisterJoin("cohorts.Person", from_fields=["student_number"], to_fields=["student_number"])


class StagedRejection(models.Model):
    """A row that could not be used: where, why, and whom it protects (username or student number, if it could be read)."""

    file = models.ForeignKey("cohorts.ExtractFile", models.CASCADE, related_name="rejections")
    line = models.PositiveIntegerField()
    column = BytewiseCharField(max_length=40)
    value = BytewiseCharField(max_length=200)
    reason = BytewiseCharField(max_length=40)
    protects = BytewiseCharField(max_length=150)

    class Meta:
        indexes = [models.Index(fields=["file", "protects"], name="staged_rejection_protects")]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.line} {self.reason}"
