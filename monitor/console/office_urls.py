"""The pages of those who keep the installation right."""

from django.urls import path

from monitor.console.views import connect, office, year

app_name = "office"
urlpatterns = [
    path("contacts/", office.contacts, name="contacts"),
    path("calendars/", office.calendars, name="calendars"),
    path("calendars/year/", year.year, name="year"),
    path("calendars/<int:key>/preview/", office.preview, name="preview"),
    path("calendars/<int:key>/confirm/", office.confirm, name="confirm"),
    path("policy/", office.policy, name="policy"),
    path("units/", office.units, name="units"),
    path("connect/", connect.connect, name="connect"),
    path("connect/check/", connect.check, name="check"),
    path("connect/roster/", connect.try_roster, name="try_roster"),
]
