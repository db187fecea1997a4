"""Every column that can hold a name is known: a new one has to be told here what becomes of it when somebody is made nobody."""

from django.apps import apps
from django.db import models

from courses.privacy.anonymising import EVENT_FIELDS, FREE_TEXT
from enrolhub.access.models import Event
from tests.dumps import APPLICATIONS

#: Renamed, emptied or deleted one by one (courses/privacy/anonymising.py).
ONE_BY_ONE = """
cohorts.Person access.User axes.AccessAttempt axes.AccessFailureLog axes.AccessLog
sync.Change:person,item,before,after courses.Delivery:address,answer access.SiteRole access.ViewPreference
"""
#: The registers' own rows: whoever stands there is refused, and they go by themselves.
REGISTERS = "cohorts.Staged"
#: Codes, prints, states, the names of what is taught: nobody's. What a file says (data, preview) is forgotten within a week.
NOBODYS = """
access.Attempts access.CasSession access.Event:action,address,request_id access.EventSeal access.SavedView:view,place
sync.Run:kind,lane,state,message,digest,holder sync.Phase sync.Scope sync.Change:action,reason,source
sync.Finding:code,level sync.Hold:state,reason,digest,extra sync.LimitRaise:limit sync.Notice
cohorts.Cohort:code,keeper,academic_year,programme_code,version_code,period_code,component cohorts.ExtractFile
cohorts.Snapshot cohorts.SnapshotFile cohorts.AskedRow cohorts.LeftOut
courses.Course courses.CourseUnit courses.Platform courses.Role courses.GroupKey courses.Enrolment
courses.Message:course_address,language courses.Delivery:state,reason courses.Outbox:holder courses.DigestChoice
courses.Digest:period,state courses.Group:code,keeper courses.AskedSetup:relation,item
courses.ImportFile:kind,stage,data,sha256,state,preview,digest
courses.Method:kind,role_map,departure_policy,key,expiry_policy
"""
TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField)


def columns_of(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields if isinstance(field, TEXTS)}


def known_columns(listed: str) -> set[tuple[str, str]]:
    """The columns that a list names; a model by itself has them all."""
    known = set()
    for entry in listed.split():
        label, _, names = entry.partition(":")
        columns = names.split(",") if names else columns_of(apps.get_model(label))
        known |= {(label, name) for name in columns}
    return known


def columns_read_through() -> set[tuple[str, str]]:
    tables: dict[type[models.Model], tuple[str, ...]] = {**FREE_TEXT, Event: EVENT_FIELDS}
    return {(model._meta.label, name) for model, names in tables.items() for name in names}


def test_every_column_is_known_and_each_once() -> None:
    applications = (*APPLICATIONS, "axes")
    models_here = [model for name in applications for model in apps.get_app_config(name).get_models()]
    there = {(m._meta.label, n) for m in models_here if not m._meta.label.startswith(REGISTERS) for n in columns_of(m)}
    lists = [columns_read_through(), known_columns(ONE_BY_ONE), known_columns(NOBODYS)]
    assert set().union(*lists) == there
    assert sum(map(len, lists)) == len(there)
