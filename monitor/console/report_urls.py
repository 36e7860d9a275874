"""The addresses that reporters use: no sign-in, and nothing of a case in any of them."""

from django.urls import path

from monitor.console.views import reports

app_name = "report"
urlpatterns = [
    path("", reports.schools, name="schools"),
    path("to/<slug:code>/", reports.report, name="form"),
    path("talk/", reports.talk, name="talk"),
    path("sms/", reports.sms, name="sms"),
]
