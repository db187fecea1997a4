"""Which sources this installation reads, and which lists each of them answers for."""

from functools import partial
from pathlib import Path

from django.conf import settings

from cohorts.sources.exchange_files import KIND as EXCHANGE_FILES
from cohorts.sources.exchange_files import opened_folder, sample_of_folder
from cohorts.sources.protocol import LISTS, ConfiguredSource


def configured_sources(folder: Path | None = None) -> list[ConfiguredSource]:
    """The directory and APOGÉE where their addresses are set, the folder for the lists that are left.

    A ``folder`` that is given is read alone, whatever is configured.
    """
    if folder is not None:
        return [folder_source(folder, LISTS)]
    sources = [*apogee_source(), *directory_source()]
    left = tuple(name for name in LISTS if not any(name in source.lists for source in sources))
    return [*sources, *([folder_source(Path(settings.ENROLHUB_SOURCES_DIR), left)] if left else ())]


def folder_source(folder: Path, lists: tuple[str, ...]) -> ConfiguredSource:
    opened, tried = partial(opened_folder, folder, lists), partial(sample_of_folder, folder, lists)
    return ConfiguredSource(EXCHANGE_FILES, str(folder), lists, opened, tried)


def apogee_source() -> list[ConfiguredSource]:
    """APOGÉE by SQL: everything but the people."""
    if not settings.APOGEE_DATABASE_URL:
        return []
    # The extra `apogee` is installed only where it is used.
    from cohorts.sources.apogee_sql import KIND, LISTS_GIVEN, opened_apogee, sample_of_apogee, shown_address

    return [ConfiguredSource(KIND, shown_address(), LISTS_GIVEN, opened_apogee, sample_of_apogee)]


def directory_source() -> list[ConfiguredSource]:
    if not settings.LDAP_URL:
        return []
    from cohorts.sources.directory_ldap import KIND, lists_given, opened_directory, sample_of_directory

    return [ConfiguredSource(KIND, settings.LDAP_URL, lists_given(), opened_directory, sample_of_directory)]
