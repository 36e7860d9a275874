"""Every page of the console and its address."""

from django.urls import path

from monitor.console.views import case, health, queue, sign_in

app_name = "console"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("decided/", queue.decided, name="decided"),
    path("cases/<slug:public_id>/", case.show, name="case"),
    path("cases/<slug:public_id>/look/", case.look, name="look"),
    path("cases/<slug:public_id>/claim/", case.claim, name="claim"),
    path("cases/<slug:public_id>/release/", case.release, name="release"),
    path("cases/<slug:public_id>/decide/", case.decide, name="decide"),
    path("health/", health.health, name="health"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
]
