"""The page that the messages of a drill link to."""

from django.urls import path

from monitor.console.views import drills

app_name = "drills"
urlpatterns = [
    path("<slug:public_id>/", drills.show, name="show"),
    path("<slug:public_id>/answer/", drills.answer, name="answer"),
]
