"""The name of the request that is being answered: ``{% load asked %}{% request_name as name %}``."""

from django import template

from enrolhub.access.asked import asked_now

register = template.Library()


@register.simple_tag
def request_name() -> str:
    """What its log lines bear; empty outside of a request."""
    return asked_now().request_id
