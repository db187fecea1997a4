"""Who may enter which course space, with which role, in which group, by which method."""

from courses.models.asked_setup import AskedSetup
from courses.models.course import Course, CourseUnit
from courses.models.digest import Digest, DigestChoice
from courses.models.enrolment import EndNotice, Enrolment, EnrolmentMark, Exclusion, Participation
from courses.models.group import Group, GroupMember, MembershipMark
from courses.models.import_file import ImportFile
from courses.models.message import Delivery, Message, Outbox
from courses.models.method import GroupKey, Method
from courses.models.platform import Platform
from courses.models.role import Role

__all__ = [
    "AskedSetup",
    "Course",
    "CourseUnit",
    "Delivery",
    "Digest",
    "DigestChoice",
    "EndNotice",
    "Enrolment",
    "EnrolmentMark",
    "Exclusion",
    "Group",
    "GroupKey",
    "GroupMember",
    "ImportFile",
    "MembershipMark",
    "Message",
    "Method",
    "Outbox",
    "Participation",
    "Platform",
    "Role",
]
