"""docs/operations.md names what there is: commands with their options, units, alerts, files."""

import re
import shlex

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandError

from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DEPLOY = ROOT / "deploy"
COMMANDS = sorted({found.strip() for found in re.findall(r"manage\.py ([a-z][^`\n|;]*)", PAGE)})


def test_there_are_commands_to_try() -> None:
    assert len(COMMANDS) >= 15


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_exists_with_its_options(line: str) -> None:
    name, *words = shlex.split(line)
    application = get_commands()[name]
    command = application if isinstance(application, BaseCommand) else load_command_class(application, name)
    parser = command.create_parser("manage.py", name)
    parser.parse_args(words)


def test_a_command_with_a_wrong_option_would_be_seen() -> None:
    with pytest.raises(CommandError, match="comment"):
        test_every_command_of_the_page_exists_with_its_options("approve 412 --comment why")


def test_every_alert_has_its_heading_and_every_named_alert_exists() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus-rules.yml").read_text(encoding="utf-8"))
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    assert alerts == set(re.findall(r"\bEnrolHub[A-Z]\w+", PAGE))


def test_every_unit_that_the_page_names_is_there() -> None:
    kinds = {path.name.partition(".")[0].rstrip("@") for path in DEPLOY.glob("enrolhub-*")}
    named = set(re.findall(r"\benrolhub-(?:[a-z]+)(?=[@ .`'*]|$)", PAGE, flags=re.MULTILINE))
    assert named - kinds <= {"enrolhub-error", "enrolhub-token", "enrolhub-backups"}
    assert kinds - named == set()


def test_every_link_of_the_page_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_every_check_of_the_house_has_a_number_of_its_own() -> None:
    source = (ROOT / "enrolhub" / "web" / "deploy_checks.py").read_text(encoding="utf-8")
    numbers = re.findall(r'id="(enrolhub\.[WE]\d{3})"', source)
    assert sorted(set(numbers)) == sorted(numbers)
    assert set(re.findall(r"enrolhub\.[WE]\d{3}", PAGE)) <= set(numbers)
