"""The pages of figures; the overview by school is `console:district_figures`."""

from django.urls import path

from monitor.console.views import insights

app_name = "insights"
urlpatterns = [
    path("figures/<slug:name>/", insights.section, name="section"),
    path("figures/<slug:name>/csv/", insights.export, name="export"),
    path("transparency/", insights.public, name="public"),
]
