"""What browsers are told with every answer, beside what Django's own middleware says."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: Nothing of a browser that the site has no use for, not even for itself.
CLOSED = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
    "xr-spatial-tracking",
)
POLICY = ", ".join(f"{feature}=()" for feature in CLOSED)


class HeadersMiddleware:
    """Says which features of the browser are closed, that no other site may embed an answer, and that none is kept.

    What says itself how long it may be kept (a static file) is believed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # The answer to a form is what the arrow leads back to: if it is not kept, the browser can only send the form again.
        kept = "no-cache" if request.method == "POST" else "no-store"
        response.headers.setdefault("Cache-Control", f"private, {kept}")
        return response
