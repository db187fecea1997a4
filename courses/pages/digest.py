"""How often an account is told by mail what changed in its courses, and in which language."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.digests.readers import choice_of, taught_by
from courses.digests.sending import address_of
from courses.models import DigestChoice
from courses.pages.list_preferences import account_of


class DigestForm(forms.ModelForm):
    often = forms.ChoiceField(
        choices=DigestChoice.Often.choices, widget=forms.RadioSelect, label=gettext_lazy("How often")
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=gettext_lazy("Language of the mail"))

    class Meta:
        model = DigestChoice
        fields = ("often", "language")


@require_http_methods(["GET", "HEAD", "POST"])
def choose_digest(request: HttpRequest) -> HttpResponse:
    """The choice of an account; once made, the page says it again."""
    account, now = account_of(request), timezone.now()
    choice = choice_of(account)
    is_new = choice._state.adding
    before = None if is_new else choice.often
    if is_new:
        choice.language = get_language() or choice.language
    form = DigestForm(request.POST if request.method == "POST" else None, instance=choice)
    if request.method == "POST" and form.is_valid():
        keep(form, before)
        messages.success(request, _("Your choice is kept."))
        return redirect("courses:digest")
    context = {
        "form": form,
        "course_count": taught_by(account.username, now).count(),
        "address": address_of(account),
        "at": settings.DIGEST_AT,
    }
    return render(request, "courses/digest.html", context)


def keep(form: DigestForm, before: str | None) -> None:
    """Keep what was chosen; another rhythm begins now, another language changes nothing of it."""
    chosen: DigestChoice = form.save(commit=False)
    fields: dict[str, Any] = {"often": chosen.often, "language": chosen.language}
    if chosen.often != before:
        fields["chosen_at"] = timezone.now()
    DigestChoice.objects.update_or_create(
        user=chosen.user, defaults=fields, create_defaults={**fields, "chosen_at": timezone.now()}
    )
